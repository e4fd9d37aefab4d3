"""The benchmark of ensembles (guide rows 65, 67, 68): what is finished is kept, and told."""

import functools
import json

import pytest
from typer.testing import CliRunner

from benchmarks import ensembles
from benchmarks.cells import Cells
from recipes import build_mlp


def cell(contender, seed, accuracy):
    return {
        "kind": "2 members",
        "contender": contender,
        "problem": "digits",
        "seed": seed,
        "scores": {"accuracy": accuracy, "loss": 0.1},
        "seconds": 2.0,
        "epochs": 24,
        "parameters": 100,
    }


@pytest.fixture
def words(tmp_path):
    """Arguments for two finished contenders with two seeds each."""
    store = Cells(tmp_path / "cells.jsonl")
    for seed, accuracy in enumerate((0.96, 0.98)):
        store.add(cell("one network", seed, accuracy))
        store.add(cell("seeds", seed, accuracy + 0.01))
    names = ["--tasks", "digits", "--contenders", "one network,seeds", "--seeds", "2"]
    written = ["--cells", str(store.path), "--json", str(tmp_path / "figures.json")]
    return [*names, "--members", "2", *written]


@pytest.mark.parametrize("more", [["--finished"], []])
def test_what_is_finished_is_told_and_not_run_again(words, more, tmp_path, monkeypatch):
    monkeypatch.setattr(ensembles, "run_cell", None)  # nothing is to be run
    done = CliRunner().invoke(ensembles.app, [*words, *more])
    assert done.exit_code == 0, done.output
    assert "0.9700 ± 0.0100" in done.output
    assert "0.9800 ± 0.0100" in done.output
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert [row["contender"] for row in figures["results"]["digits"]] == ["one network", "seeds"]
    assert figures["members"] == 2


@pytest.mark.parametrize(("members", "kept"), [(2, ["images", "digits"]), (4, ["digits"])])
def test_what_another_run_has_measured_is_kept_if_it_was_the_same(words, members, kept, tmp_path):
    earlier = {"members": members, "results": {"images": [], "digits": []}}
    (tmp_path / "figures.json").write_text(json.dumps(earlier))
    assert CliRunner().invoke(ensembles.app, [*words, "--finished"]).exit_code == 0
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert list(figures["results"]) == kept
    assert len(figures["results"]["digits"]) == 2


def test_the_snapshots_are_those_of_one_training():
    job, trainings = ensembles.Job("digits", 0, 3, None), []
    job.build, job.epochs, fit = functools.partial(build_mlp, (8, 8, 1), 10, units=4), 3, job.fit
    job.fit = lambda *given, **options: trainings.append(fit(*given, **options)) or trainings[-1]
    predict, parameters, epochs = ensembles.snapshots(job)
    (run,) = trainings
    assert (run.recipe.schedule, run.recipe.cycles, epochs) == ("cosine", 3, 3)
    assert parameters == 3 * run.model.count_params()
    assert predict(job.data.tests["test"][0][:2]).shape == (2, 10)


def test_an_unknown_contender_is_refused_with_the_known_ones():
    words = ["--contenders", "luck", "--finished"]
    done = CliRunner().invoke(ensembles.app, words, terminal_width=200)
    assert done.exit_code == 2
    assert "--contenders must name some of" in done.output
