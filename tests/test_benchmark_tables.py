"""docs/benchmarks.md is what benchmarks/*.json give, and other pages quote what they hold."""

import json
import re
import shutil

import pytest
from commands import run_command
from pages import ROOT, read_page

from benchmarks.tables.__main__ import app
from benchmarks.tables.page import SECTIONS, page
from recipes.errors import DataError

FOLDER = ROOT / "benchmarks"


def read(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


# --- the page -------------------------------------------------------------------------------------


def test_the_page_is_what_the_files_give():
    assert read_page("docs/benchmarks.md") == page(FOLDER), "run python -m benchmarks.tables"


def test_every_file_that_a_benchmark_writes_has_a_section():
    code = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py"))
    assert set(re.findall(r"benchmarks/(\w+)\.json", code)) == {each.name for each in SECTIONS}


def test_an_old_page_is_told_with_what_to_do(tmp_path):
    shutil.copy(FOLDER / "norms.json", tmp_path)
    words = ("--folder", str(tmp_path), "--output", str(tmp_path / "page.md"))
    assert run_command(tmp_path, app, *words).returncode == 0
    assert run_command(tmp_path, app, *words, "--check").returncode == 0
    with (tmp_path / "page.md").open("a") as file:
        file.write("| by hand | 1.000 |\n")
    assert run_command(tmp_path, app, *words, "--check").returncode == (
        f"{tmp_path}/page.md is not what the files give: run python -m benchmarks.tables."
    )


def test_a_file_without_a_section_is_refused(tmp_path):
    (tmp_path / "new.json").write_text("{}")
    with pytest.raises(DataError) as caught:
        page(tmp_path)
    assert str(caught.value) == (
        "benchmarks.tables: every file of figures must have a section. Received: files=['new']. "
        "Add it to SECTIONS of a module in benchmarks/tables/."
    )


def spoil_dry_run(figures):
    figures["rows"][0] |= {"accuracy": 0.5, "in_interval": False}


def spoil_graph_check(figures):
    figures["claims"][0] |= {"figure": 0.06, "kept": False}


def spoil_mutations(figures):
    figures["healthy"][0]["findings"] = ["error CUT"]
    figures["rows"][0] |= {"located": False, "said": ["nothing"]}


def spoil_curves(figures):
    figures["rows"][0] |= {"verdict": "noisy", "right": False}


@pytest.mark.parametrize(
    ("name", "spoil", "rows"),
    [
        ("dry_run", spoil_dry_run, ["| 0.500 | 0.970 (0.892 to 1.000) | NO |"]),
        ("graph_check", spoil_graph_check, ["| static on ResNet-50, s ≤ 0.05 | 0.060 | NO |"]),
        (
            "graph_mutations",
            spoil_mutations,
            ["with an alarm: 1. MLP: error CUT", "| MLP | cut | hidden1_bn | nothing |"],
        ),
        ("curves", spoil_curves, ["| digits, adam, seed 0: good rate | set | noisy | done |"]),
    ],
)
def test_bad_rows_are_shown(name, spoil, rows, tmp_path):
    figures = read(name)
    spoil(figures)
    (tmp_path / f"{name}.json").write_text(json.dumps(figures))
    text = page(tmp_path)
    assert [row for row in rows if row not in text] == []


# --- what other pages quote -----------------------------------------------------------------------


def digits(figures):
    means, seeds = figures["means"], len({row["seed"] for row in figures["rows"]})
    yield "README.md", f"{means['recipe']:.3f} rightly"
    yield "README.md", f"defaults {means['keras']:.3f}, means of {seeds} seeds"
    yield (
        "docs/guide.md",
        f"Measured: {means['recipe']:.3f} of the test digits, with Keras' defaults "
        f"{means['keras']:.3f}, means of {seeds} seeds",
    )


def norms(figures):
    means = figures["means"]
    yield (
        "docs/guide.md",
        f"Measured at depth {figures['depth']}: {means['none']:.3f} of the test digits without a "
        f"norm, {means['batch']:.3f} with batch normalization, means of 3 seeds",
    )


def builders(figures):
    ratio = next(r for r in figures["results"] if r["network"] == "ResNet-50")["ratios"]["step"]
    yield "docs/guide.md", f"Measured: a step of our ResNet-50 takes {ratio:.2f} of the time"


def augmentation(figures):
    ratio = figures["rows"][-1]["cpu_ratio"]["median"]
    yield "docs/guide.md", f"at level 3 takes {ratio:.2f} of the processor time of one without"


def epochs(figures):
    ratio = next(row["ratio"] for row in figures["rows"] if row["name"] == "fit")
    yield "docs/guide.md", f"one took {ratio:.2f} of the time of one of `model.fit`"


def dry_run(figures):
    rows = figures["rows"]
    off = max(abs(row["seconds"] / row["forecast"] - 1) for row in rows)
    times = sorted(row["dry_run_seconds"] / row["seconds"] for row in rows)
    inside = sum(row["in_interval"] for row in rows)
    yield (
        "docs/guide.md",
        f"the time was within {100 * off:.0f} % of its forecast, and {inside} of {len(rows)} "
        "accuracies were in their interval",
    )
    yield "docs/guide.md", f"{times[0]:.1f} to {times[-1]:.1f} times as long as they"


def find_lr(figures):
    factor = max(row["largest_factor"] for row in figures["rows"])
    seeds = len(figures["seeds"].split(","))
    by = f"by the mean loss of {seeds} seeds"
    yield "docs/guide.md", f"within a factor of {factor} of the best rate of a grid, {by}"


def curves(figures):
    share = f"{100 * figures['right']['held']:.1f} %"
    yield "docs/diagnosis.md", f"of the other half {share} are named rightly"
    yield "docs/guide.md", f"{share} of the curves that the thresholds were not set on"


def graph_check(figures):
    found = figures["results"]
    for level in ("trace", "full"):
        ratios = [each["ratios"][f"{level} to step"]["median"] for each in found.values()]
        yield "docs/graph_check.md", f"{min(ratios):.2f} to {max(ratios):.2f}"
    seconds = found["ResNet-50"]["seconds"]["static"]["median"]
    yield "docs/graph_check.md", f"`static` {1000 * seconds:.0f} ms on ResNet-50"


def graph_mutations(figures):
    located, every = sum(row["located"] for row in figures["rows"]), len(figures["rows"])
    loud, healthy = sum(bool(h["findings"]) for h in figures["healthy"]), len(figures["healthy"])
    yield (
        "docs/guide.md",
        f"of {every} faults at random places {located} are located, and {loud} of {healthy} "
        "healthy networks raise an alarm",
    )


def search(figures):
    place = figures["trials"].index(20)
    regrets = {(r["of"], r["contender"]): f"{r['mean'][place]:.3f}" for r in figures["results"]}
    tasks = {name: regret for (of, name), regret in regrets.items() if of == "tasks"}
    ours, gp, ax = tasks["ours"], tasks["optuna-gp"], tasks["ax"]
    yield "README.md", f"a regret of {ours} after 20 trials, Optuna's process {gp}"
    yield "docs/guide.md", f"regret {ours} after 20 trials on five tasks, Optuna's process {gp}"
    yield "docs/guide.md", f"Ax {ax} ("
    random, theirs = tasks["ours-random"], tasks["kt-random"]
    yield "docs/guide.md", f"regret {random} after 20 trials on five tasks"
    yield "docs/guide.md", f"independent draws (KerasTuner) {theirs}"
    for title, name in (
        ("`BayesianOptimization`", "ours"),
        ("Optuna GP", "optuna-gp"),
        ("Ax", "ax"),
        ("HEBO", "hebo"),
        ("Optuna TPE", "optuna-tpe"),
        ("KerasTuner Bayesian", "kt-bayesian"),
        ("KerasTuner random", "kt-random"),
        ("`RandomSearch`", "ours-random"),
    ):
        yield "docs/searches.md", f"| {title} | {tasks[name]} | {regrets['functions', name]} |"


def scale(figures):
    last, load = figures["scaling"][-1], figures["load"]
    yield "docs/cluster.md", f"{last['workers']} workers run {last['of_linear']:.2f} of four times"
    yield "docs/cluster.md", f"the search took {100 * load['core_of_the_search']:.1f} % of a core"


def recipe_parts(figures):
    worth = [row["worth"] for row in figures["rows"]]
    words = f"the least is worth {min(worth):.2f} points, the most {max(worth):.2f}"
    yield "docs/guide.md", words


def memory(figures):
    ours, theirs = (row for row in figures["rows"] if row["network"].startswith("ResNet"))
    words = f"leaves {ours['mb_a_trial']:.1f} MB, with KerasTuner {theirs['mb_a_trial']:.0f} MB"
    yield "docs/searches.md", words


@pytest.mark.parametrize(
    "quotes",
    [
        digits,
        norms,
        builders,
        augmentation,
        epochs,
        dry_run,
        find_lr,
        curves,
        graph_check,
        graph_mutations,
        search,
        recipe_parts,
        memory,
        scale,
    ],
    ids=lambda function: function.__name__,
)
def test_what_a_page_quotes_is_what_the_file_holds(quotes):
    for name, text in quotes(read(quotes.__name__)):
        assert text in " ".join(read_page(name).split()), f"{name} does not say: {text}"
