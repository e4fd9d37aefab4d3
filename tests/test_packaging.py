"""The wheel holds both packages and both commands, and works outside the checkout."""

import configparser
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from recipes import __version__

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel built from the files that git knows, as a clean checkout has them."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    for name in names:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", folder, source]
    subprocess.run(build, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_the_two_packages_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    top = {name.split("/")[0] for name in names}
    assert top == {"recipes", "tuners", f"keras_recipes-{__version__}.dist-info"}
    assert {"recipes/py.typed", "tuners/py.typed"} <= set(names)
    for stub in ("recipes/__init__.pyi", "tuners/__init__.pyi", "tuners/oracles/__init__.pyi"):
        assert stub in names
    for asset in ("page.html", "script.js", "style.css"):
        assert f"tuners/reports/assets/{asset}" in names
    assert f"keras_recipes-{__version__}.dist-info/licenses/LICENSE" in names


def test_the_wheel_works_outside_the_checkout(wheel, tmp_path):
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "--target", tmp_path / "lib"]
    subprocess.run([*install, wheel], check=True, capture_output=True)
    code = (
        "import recipes, tuners; print(recipes.__file__, tuners.__file__);"
        "from recipes import diagnose; from tuners import BayesianOptimization"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "lib")}
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.count(str(tmp_path / "lib")) == 2
    for command in ("recipes", "tuners"):
        script = tmp_path / "lib" / "bin" / command
        said = subprocess.run(
            [script, "--version"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert said.stdout == f"keras-recipes {__version__}\n"


def setup():
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def test_python_and_licence_are_those_of_the_design():
    assert setup()["options"]["python_requires"] == ">=3.11"
    assert setup()["metadata"]["license"] == "Apache-2.0"
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_no_dependency_has_an_upper_bound():
    required = setup()["options"]["install_requires"].split()
    assert [line for line in required if re.search(r"<|==|~=", line)] == []


def test_pyproject_holds_the_build_system_and_ruff_alone():
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(pyproject) == {"build-system", "tool"}
    assert set(pyproject["tool"]) == {"ruff"}
    assert pyproject["tool"]["ruff"]["line-length"] == 100


def test_no_code_is_left_to_be_done():
    for package in ("recipes", "tuners"):
        for path in (ROOT / package).rglob("*.py"):
            assert not re.search(r"TODO|FIXME|XXX", path.read_text(encoding="utf-8")), path
