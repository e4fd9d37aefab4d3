"""What `tuners report` and `tuners plot` say of a search, from its folder alone."""

import json

import keras_tuner as kt
import numpy as np
import pytest
from commands import run_command, run_python
from studies import oracle_in, run_trial, search

from tuners.cli import main
from tuners.constraints import parse_constraints
from tuners.oracles import BayesianOptimizationOracle
from tuners.reports.gathered import gather
from tuners.reports.terminal import draw, surrogate_line, trial_rows
from tuners.results import read_search, results


def loss(values):
    """Falls over three epochs; large rates fail."""
    if values["rate"] > 0.5:
        raise OverflowError("the loss is nan")
    return [values["rate"] + 2.0, values["rate"] + 1.0, values["rate"]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a search of 11 trials, 1 pruned and some failed."""
    hp = kt.HyperParameters()
    hp.Float("rate", 1e-3, 1.0, sampling="log")
    hp.Int("width", 8, 64)
    folder = tmp_path_factory.mktemp("job")
    oracle = oracle_in(folder, hp, max_consecutive_failed_trials=9)
    search(oracle, loss, 10)
    trial = oracle.create_trial("tuner0")
    run_trial(oracle, trial, lambda values: [3.0])
    trial.message = "stopped after epoch 1 by MedianPruner"
    oracle._save_trial(trial)
    return folder


@pytest.fixture(scope="module")
def said(folder):
    return run_python(folder.parent, "-m", "tuners.cli", "report", folder.name)


def tuners(folder, *words):
    return run_command(folder.parent, main, *words)


def test_a_report_says_what_search_how_many_trials_the_best_and_what_mattered(folder, said):
    assert (said.returncode, said.stderr) == (0, "")
    best = read_search(folder).best
    order = [
        f"RandomSearchOracle in {folder.name}/search, seed 0: 11 trials, judged by score "
        "(small is good).",
        "8 finished, 1 pruned, 2 failed; 25 epochs.",
        "pruned: stopped after epoch 1",
        f"Best: trial {best.trial}, score {best.score:.5g} at epoch 3 of 3",
        f"  rate   {best.values['rate']:.4g}",
        "What mattered among 9 trials, by a random forest that explains ",
        "% █",
        "Failed:\n  trials ",
    ]
    places = [said.stdout.find(text) for text in order]
    assert -1 not in places, said.stdout
    assert places == sorted(places)


def test_an_unusual_optimiser_that_wins_is_remarked_on(tmp_path):
    """Row 37: the model may be immature."""
    hp = kt.HyperParameters()
    hp.Choice("optimizer", ["momentum", "adadelta"])
    remark = (
        '"adadelta" is none of the two optimisers that are recommended, "momentum" and "adam": '
        "if it wins, the model may be immature (guide row 37)."
    )
    for winner, expected in (("adadelta", remark), ("momentum", None)):
        oracle = oracle_in(tmp_path / winner, hp)
        search(oracle, lambda v, winner=winner: 1.0 - (v["optimizer"] == winner), 2)
        found = read_search(tmp_path / winner)
        gathered = gather(found)
        assert gathered["best_note"] == expected
        assert (remark in map(str, draw(found, gathered))) == (expected is not None)


def with_constraint(folder, constraint):
    """What the report says of a search with a constraint, and what a script reads."""
    hp = kt.HyperParameters()
    hp.Int("width", 1, 4)
    oracle = oracle_in(folder, hp)
    oracle.constraints = parse_constraints("test", constraint)
    search(oracle, lambda values: {"score": -values["width"], "size": values["width"]}, 4)
    found = read_search(folder)
    gathered = gather(found)
    return "\n".join(part for part in draw(found, gathered) if isinstance(part, str)), gathered


def test_the_best_is_one_that_meets_the_constraints(tmp_path):
    said, gathered = with_constraint(tmp_path, "size <= 2")
    assert "score -2\n  width  2\nIt meets the constraints: size <= 2.\n" in said
    assert gathered["constraints"] == ["size <= 2"]
    best = next(row for row in gathered["trials"] if row["trial"] == gathered["best"])
    assert best["values"] == {"width": 2}
    rows = trial_rows(read_search(tmp_path).trials, "score")
    states = {row["width"]: row["state"] for row in rows}
    assert states == {
        1: "finished",
        2: "finished",
        3: "finished, breaks size <= 2",
        4: "finished, breaks size <= 2",
    }


def test_if_no_trial_meets_the_constraints_the_nearest_is_named(tmp_path):
    said, gathered = with_constraint(tmp_path, ["size <= 0.5", "score >= -9"])
    assert (
        "No trial meets the constraints (size <= 0.5, score >= -9): "
        f"trial {gathered['best']} comes nearest, and breaks size <= 0.5."
    ) in said
    assert "  width  1\n" in said


def test_each_failed_trial_is_named_once_with_its_reason(folder, said):
    failed = [row["trial"] for row in results(folder) if row["status"] == "failed"]
    assert f"  trials {', '.join(failed)}: OverflowError: the loss is nan\n" in said.stdout


def test_a_script_can_read_all_trials_and_epochs(folder):
    read = json.loads(tuners(folder, "report", folder.name, "--json").stdout)
    assert read["trials"] == results(folder)
    assert len(read["epochs"]) == 25
    assert next(iter(read["importance"]["shares"])) == "rate"
    assert (read["objective"], read["direction"]) == ("score", "min")


def test_what_is_no_number_in_json_is_null(tmp_path):
    hp = kt.HyperParameters()
    hp.Float("rate", 1e-3, 1.0)
    oracle = oracle_in(tmp_path, hp)
    search(oracle, lambda values: float("nan"), 1)
    gathered = json.loads(json.dumps(gather(read_search(oracle)), allow_nan=False))
    assert gathered["epochs"][0]["metrics"] == {"score": None}
    assert gathered["best"] is None
    assert gathered["importance_note"] == (
        "importance: at least 6 trials with a score are needed. Received: trials=0. Go on with the "
        "search."
    )


def test_too_few_trials_are_said_in_place_of_the_importance(tmp_path):
    hp = kt.HyperParameters()
    hp.Float("rate", 1e-3, 1.0)
    found = read_search(search(oracle_in(tmp_path, hp), lambda values: 1.0, 2))
    texts = [part for part in draw(found, gather(found)) if isinstance(part, str)]
    assert texts[-1] == (
        "\nWhat mattered cannot be told: importance: at least 6 trials with a score are needed. "
        "Received: trials=2. Go on with the search."
    )


def test_noise_is_told_as_what_it_is(tmp_path):
    hp = kt.HyperParameters()
    hp.Float("rate", 1e-3, 1.0)
    noise = iter(np.random.default_rng(1).normal(size=20).tolist())
    found = read_search(search(oracle_in(tmp_path, hp), lambda values: next(noise), 20))
    assert gather(found)["importance_note"] == (
        "The forest explains nothing of trials that it has not seen: do not rely on it."
    )


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            0.352,
            "Surrogate: its error at trials left out is 0.35 of that of the mean of the others, so "
            "it knows something.",
        ),
        (
            0.98,
            "Warning: the surrogate knows no more than the mean: its error at trials left out is "
            "0.98 of that of the mean of the others. Do not rely on it. From 10 trials on, some "
            "fill the space while it is 0.9 or more.",
        ),
        (None, "Surrogate: it has not been asked yet; the first trials fill the space."),
    ],
)
def test_the_surrogate_is_compared_with_the_mean(error, sentence):
    assert surrogate_line(error) == sentence


def test_a_report_says_how_well_the_surrogate_predicts_on_request(tmp_path):
    hp = kt.HyperParameters()
    hp.Float("rate", 1e-3, 1.0, sampling="log")
    oracle = oracle_in(tmp_path, hp, kind=BayesianOptimizationOracle)
    search(oracle, lambda values: values["rate"] ** 2, 8)
    said = tuners(tmp_path, "report", tmp_path, "--surrogate")
    assert (said.returncode, said.stderr) == (0, "")
    assert surrogate_line(oracle.surrogate_error()) in said.stdout.splitlines()
    read = json.loads(tuners(tmp_path, "report", tmp_path, "--surrogate", "--json").stdout)
    assert read["surrogate"] == oracle.surrogate_error()


@pytest.mark.parametrize("kind", ["grid", "coverage", "history", "curves"])
def test_each_picture_is_written_and_the_path_is_said(kind, folder):
    pytest.importorskip("matplotlib")
    result = tuners(folder, "plot", kind, folder.name)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"Wrote {folder.name}/{kind}.png\n"
    assert (folder / f"{kind}.png").read_bytes().startswith(b"\x89PNG")


def test_the_picture_of_a_surrogate_is_drawn_from_the_folder(tmp_path):
    pytest.importorskip("matplotlib")
    hp = kt.HyperParameters()
    hp.Float("rate", 1e-3, 1.0, sampling="log")
    search(oracle_in(tmp_path, hp, kind=BayesianOptimizationOracle), lambda v: v["rate"], 4)
    words = ("plot", "surrogate", tmp_path, "--trial", 2, "--output", tmp_path / "two.png")
    result = tuners(tmp_path, *words)
    assert (result.returncode, result.stderr) == (0, "")
    assert (tmp_path / "two.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("report", "nowhere"),
            "results: the folder must be that of a search or of a job. Received: "
            "folder='nowhere'. Such a folder holds journal.jsonl, and that of a job holds "
            "search/journal.jsonl.",
        ),
        (
            ("plot", "history", "nowhere"),
            "results: the folder must be that of a search or of a job. Received: "
            "folder='nowhere'. Such a folder holds journal.jsonl, and that of a job holds "
            "search/journal.jsonl.",
        ),
        (
            ("report", "job", "--surrogate"),
            "report: the search must be a Bayesian one: another has no surrogate. Received: "
            "oracle='RandomSearchOracle'.",
        ),
        (
            ("resume", "nowhere"),
            "resume: the folder must be that of a job, with a whole plan.json in it. Received: "
            "folder='nowhere'. `tuners search` begins one; a search of a script goes on when the "
            "script runs.",
        ),
        (
            ("plot", "grid", "job", "--x", "depth"),
            'plot_grid: `parameter` must be one of "rate", "width". Received: parameter=\'depth\'.',
        ),
        (
            ("plot", "history", "job", "--output", "history.gif"),
            "plot: `output` must end in .png, .svg or .pdf. Received: output='history.gif'.",
        ),
    ],
)
def test_wrong_use_is_one_message_on_stderr_and_exits_with_2(words, message, folder):
    words = [folder.name if word == "job" else word for word in words]
    result = tuners(folder, *words)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"Error: {message}\n"


def test_a_report_loads_no_tensorflow(folder):
    code = (
        f"import sys; sys.argv = ['tuners', 'report', {folder.name!r}]\n"
        "import tuners.cli\n"
        "try: tuners.cli.app()\nexcept SystemExit: pass\n"
        "assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules"
    )
    result = run_python(folder.parent, "-c", code)
    assert result.returncode == 0, result.stderr
