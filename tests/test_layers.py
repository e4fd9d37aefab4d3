"""The architecture, read from the imports: a layer knows nothing of a higher one."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# The layer of each folder and file, as the design draws them. The longest prefix counts.
LAYERS = {
    "recipes": 0,
    "recipes.blocks": 1,
    "recipes.data": 1,
    "recipes.optim": 1,
    "recipes.models": 2,
    "recipes.cost": 3,
    "recipes.graph": 3,
    "recipes.diagnosis": 3,
    "recipes.training": 4,
    "recipes.ensembles": 5,
    "recipes.console": 6,
    "recipes.cli": 6,
    "tuners": 10,
    "tuners.parameters": 10,
    "tuners.space": 10,
    "tuners.state": 10,
    "tuners.plan": 10,
    "tuners.constraints": 10,
    "tuners.results": 11,
    "tuners.importance": 12,
    "tuners.gp": 11,
    "tuners.grids": 11,
    "tuners.surrogate": 11,
    "tuners.brackets": 11,
    "tuners.sitting": 11,
    "tuners.pruning": 11,
    "tuners.oracles": 12,
    "tuners.objectives": 10,
    "tuners.hypermodels": 13,
    "tuners.trials": 13,
    "tuners.engines": 13,
    "tuners.search_spaces": 12,
    "tuners.choose": 13,
    "tuners.tuner": 14,
    "tuners.searches": 15,
    "tuners.tune": 16,
    "tuners.ensembles": 16,
    "tuners.reports": 16,
    "tuners.live": 16,
    "tuners.optuna_studies": 16,
    "tuners.plots": 16,
    "tuners.plots.drawn": 17,
    "tuners.show": 17,
    "tuners.cli": 18,
}


def layer_of(module):
    parts = module.split(".")
    prefixes = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next(LAYERS[prefix] for prefix in prefixes if prefix in LAYERS)


def folder_of(module):
    return module.rpartition(".")[0] if "." in module else module


def imports_of(path):
    """Yields the modules of ours that a file imports, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] in ("recipes", "tuners"))


def modules():
    for package in ("recipes", "tuners"):
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            yield pytest.param(name, path, id=name)


@pytest.mark.parametrize(("module", "path"), list(modules()))
def test_a_file_imports_only_from_below_or_from_its_own_folder(module, path):
    for imported in imports_of(path):
        below = layer_of(imported) < layer_of(module)
        beside = folder_of(imported) == folder_of(module) or layer_of(imported) == layer_of(module)
        assert below or beside, f"{module} imports {imported}, which is above it"


def test_no_imports_go_in_a_circle():
    graph = {}
    for parameter in modules():
        name, path = parameter.values
        graph[name] = {imported for imported in imports_of(path) if imported != name}

    def visit(module, trail):
        assert module not in trail, " -> ".join([*trail, module])
        for imported in graph.get(module, ()):
            if imported not in ("recipes", "tuners"):  # the packages import lazily
                visit(imported, [*trail, module])

    for module in graph:
        visit(module, [])


def test_recipes_knows_nothing_of_tuners():
    for parameter in modules():
        name, path = parameter.values
        if name.split(".")[0] == "recipes":
            assert not [i for i in imports_of(path) if i.startswith("tuners")]


@pytest.mark.parametrize(
    "code",
    [
        "import recipes, tuners",
        "import recipes.cli, tuners.cli",
        "from recipes import diagnose",
        "import sys; sys.argv = ['recipes', '--help']; import recipes.cli\n"
        "try: recipes.cli.app()\nexcept SystemExit: pass",
        "import sys; sys.argv = ['tuners', 'search', '--help']; import tuners.cli\n"
        "try: tuners.cli.app()\nexcept SystemExit: pass",
        "import tuners.results, tuners.importance, tuners.reports.terminal",
        "from tuners.plots import plot_coverage, plot_curves, plot_grid, plot_history",
    ],
)
def test_what_needs_no_tensorflow_does_not_load_it(code):
    check = "import sys; assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules"
    subprocess.run([sys.executable, "-c", f"{code}\n{check}"], check=True, cwd=ROOT)


@pytest.mark.parametrize("package", ["recipes", "tuners"])
def test_every_public_name_can_be_imported(package):
    module = __import__(package)
    assert module.__all__
    for name in module.__all__:
        assert getattr(module, name) is not None
