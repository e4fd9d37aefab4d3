"""What a search has found, read from its journal; checked on real searches with formulas."""

import builtins
import json

import keras_tuner as kt
import pytest
from studies import oracle_in, search, try_settings

import tuners
from recipes.errors import FolderError, RecipesError
from tuners.constraints import parse_constraints
from tuners.oracles import BayesianOptimizationOracle
from tuners.results import curves, dataframe, read_search, results
from tuners.state.journal import Journal


def rate_and_width():
    hp = kt.HyperParameters()
    hp.Float("rate", 1e-4, 1e-1, sampling="log")
    hp.Int("width", 8, 64)
    hp.Fixed("optimizer", "sgd")
    return hp


SETTINGS = [{"rate": rate, "width": 8, "optimizer": "sgd"} for rate in (1e-4, 1e-3, 1e-2, 1e-1)]


def falling(values):
    """Three epochs, of which the second is the best; the largest rate fails."""
    if values["rate"] == 1e-1:
        raise ZeroDivisionError("the rate is too large")
    return [1.0, 100 * values["rate"], 0.9]


@pytest.fixture
def four(tmp_path):
    """An oracle with four trials, the last of which has failed."""
    return try_settings(oracle_in(tmp_path, rate_and_width()), SETTINGS, falling)


def test_each_trial_has_its_setting_score_and_the_metrics_of_its_best_epoch(four):
    assert results(four)[1] == {
        "trial": "001",
        "values": SETTINGS[1],
        "score": 0.1,
        "status": "finished",
        "message": "",
        "broken": [],
        "epochs": 3,
        "seconds": None,
        "metrics": {"score": 0.1},
    }


def test_a_failed_trial_has_no_score_but_a_message(four):
    failed = read_search(four).trials[3]
    assert (failed.status, failed.score, failed.epochs) == ("failed", None, 0)
    assert failed.reason == "ZeroDivisionError: the rate is too large"


def test_every_epoch_of_every_trial_is_there(four):
    rows = curves(four)
    assert [(row["trial"], row["epoch"]) for row in rows] == [
        (trial, epoch) for trial in ("000", "001", "002") for epoch in (1, 2, 3)
    ]
    assert [row["metrics"]["score"] for row in rows[3:6]] == [1.0, 0.1, 0.9]


def test_each_execution_has_rows_of_its_own(tmp_path):
    oracle = oracle_in(tmp_path, rate_and_width())
    trial = oracle.create_trial("tuner0")
    for scores in ([3.0, 1.0], [5.0, 2.0]):
        for epoch, score in enumerate(scores):
            oracle.update_trial(trial.trial_id, {"score": score}, step=epoch)
    trial.status = "COMPLETED"
    oracle.end_trial(trial)
    assert [(row["execution"], row["metrics"]["score"]) for row in curves(oracle)] == [
        (0, 3.0),
        (0, 1.0),
        (1, 5.0),
        (1, 2.0),
    ]
    assert results(oracle)[0]["metrics"] == {"score": 1.5}  # the mean of 1 and 2


@pytest.mark.parametrize(("direction", "best"), [("min", "000"), ("max", "002")])
def test_the_best_follows_the_direction_of_the_objective(direction, best, tmp_path):
    oracle = oracle_in(tmp_path, rate_and_width(), direction=direction)
    try_settings(oracle, SETTINGS[:3], lambda values: values["rate"])
    found = read_search(oracle)
    assert (found.direction, found.best.trial) == (direction, best)
    assert found.best.trial == oracle.get_best_trials()[0].trial_id


def test_a_trial_that_a_pruner_stopped_counts_with_its_score(four):
    trial = four.trials["002"]
    trial.message = "stopped after epoch 3 by SuccessiveHalving"
    four._save_trial(trial)
    found = read_search(four)
    assert [trial.status for trial in found.trials] == ["finished", "finished", "pruned", "failed"]
    assert len(found.scored) == 3


def test_a_trial_that_was_begun_and_did_not_end_is_unfinished(tmp_path):
    oracle = search(oracle_in(tmp_path, rate_and_width()), falling, 1)
    oracle.create_trial("tuner0")
    assert [trial.status for trial in read_search(oracle).trials] == ["finished", "unfinished"]


def test_the_tunable_parameters_are_those_that_are_not_fixed(four):
    assert list(read_search(four).parameters) == ["rate", "width"]


def test_a_folder_tells_the_same_as_its_oracle(four, tmp_path):
    assert results(tmp_path / "search") == results(four)
    assert results(tmp_path) == results(four)  # a job keeps its search in this folder


WIDTHS = [{**SETTINGS[0], "width": width} for width in (8, 16, 32, 64)]


def of_width(values):
    return {"score": 1 / values["width"], "size": 75_000.0 * values["width"]}


@pytest.fixture
def sized(tmp_path):
    """An oracle with four trials: the wider, the better, and the last two break its constraint."""
    oracle = oracle_in(tmp_path, rate_and_width())
    oracle.constraints = parse_constraints("test", "size <= 1234567.5")
    return try_settings(oracle, WIDTHS, of_width)


def test_the_best_meets_the_constraints_and_what_breaks_them_is_marked(sized, tmp_path):
    found = read_search(tmp_path)  # from the folder alone
    assert found.constraints == sized.constraints
    assert found.best.trial == "001"
    assert [trial.state for trial in found.trials] == [
        "finished",
        "finished",
        "finished, breaks size <= 1234567.5",
        "finished, breaks size <= 1234567.5",
    ]
    assert [row["broken"] for row in results(sized)[1:3]] == [[], ["size <= 1234567.5"]]
    in_order = [trial.trial for trial in sorted(found.trials, key=found.rank)]
    assert in_order == [trial.trial_id for trial in sized.get_best_trials(4)]


def test_a_trial_breaks_what_its_oracle_says_with_several_executions_too(tmp_path):
    oracle = oracle_in(tmp_path, rate_and_width())
    oracle.constraints = parse_constraints("test", ["size <= 5", "gain >= 2"])
    trial = oracle.create_trial("tuner0")
    for execution, epochs in enumerate([((1.0, 9), (3.0, 4)), ((2.0, 5), (1.0, 5), (9.0, 1))]):
        for epoch, (score, size) in enumerate(epochs):
            metrics = {"score": score, "size": size, "gain": 1.5, "execution": execution}
            oracle.update_trial(trial.trial_id, metrics, step=epoch)
    trial.status = "COMPLETED"
    oracle.end_trial(trial)
    (found,) = read_search(tmp_path).trials
    assert found.broken == ("gain >= 2",)  # the sizes that count are 4 and 5
    assert found.violation == oracle.violation(oracle.trials[trial.trial_id]) == 0.25
    assert found.score == 2.0  # the mean of 3 and 1


def test_a_folder_from_before_constraints_were_kept_opens_and_learns_them(sized, tmp_path):
    old = Journal(tmp_path / "old" / "search" / "journal.jsonl")
    old.path.parent.mkdir(parents=True)
    for entry in sized.journal.read():
        old.append({key: value for key, value in entry.items() if key != "constraints"})
    found = read_search(tmp_path / "old")
    assert (found.constraints, found.best.trial) == ((), "003")
    oracle = oracle_in(tmp_path / "old", rate_and_width())
    oracle.constraints = sized.constraints
    oracle.reload()
    assert oracle.changes == []  # nothing is known to have changed
    search(oracle, lambda values: {"score": 9.0, "size": 1.0}, 1)
    assert read_search(tmp_path / "old").best.trial == "001"


def test_all_is_plain_python_that_json_can_hold(four):
    assert json.loads(json.dumps([results(four), curves(four)])) == [results(four), curves(four)]


def test_seconds_are_those_between_beginning_and_end_of_each_run(four, tmp_path):
    entries = four.journal.read()
    journal = Journal(tmp_path / "timed" / "journal.jsonl")
    journal.path.parent.mkdir()
    begin, end = (entry for entry in entries if entry["kind"] == "trial" and _id(entry) == "000")
    for entry, time in ((begin, 10.0), (begin, 100.0), (end, 107.5)):  # the first run was killed
        journal.append({**entry, "time": time})
    assert results(journal.path.parent)[0]["seconds"] == 7.5


def test_without_times_in_the_journal_the_seconds_of_the_epochs_are_added_up(tmp_path):
    oracle = oracle_in(tmp_path, rate_and_width())
    trial = oracle.create_trial("tuner0")
    for execution in range(2):
        for epoch in range(2):
            metrics = {"score": 1.0, "epoch_seconds": 1.0 + epoch + 10 * execution}
            oracle.update_trial(trial.trial_id, metrics, step=epoch)
    trial.status = "COMPLETED"
    oracle.end_trial(trial)
    assert results(oracle)[0]["seconds"] == (1 + 2) + (11 + 12)


def _id(entry):
    return entry["trial"]["trial_id"]


class Formula(tuners.RandomSearch):
    """A search whose trials compute a formula instead of training a model."""

    def run_trial(self, trial, **options):
        return {"score": falling(trial.hyperparameters.values)[1]}


@pytest.fixture
def tuner(tmp_path):
    objective, folder = kt.Objective("score", "min"), str(tmp_path)
    found = Formula(
        objective=objective, hyperparameters=rate_and_width(), max_trials=2, directory=folder
    )
    found.search(verbose=0)
    return found


def test_a_tuner_gives_its_trials_and_epochs(tuner):
    assert tuner.results() == results(tuner.project_dir)
    assert len(tuner.results()) == 2
    assert tuner.curves() == curves(tuner.project_dir)
    assert [row["epoch"] for row in tuner.curves()] == [1, 1]


def test_a_tuner_gives_its_trials_as_a_dataframe(tuner):
    pytest.importorskip("pandas")
    frame = tuner.results_dataframe()
    assert frame["score"].tolist() == [row["score"] for row in tuner.results()]


def test_results_can_be_read_where_only_the_package_is_imported(tuner):
    assert tuners.results.results(tuner.project_dir) == tuner.results()


def test_a_dataframe_has_a_column_for_each_value_and_metric(four):
    pytest.importorskip("pandas")
    frame = dataframe(results(four))
    assert frame.shape == (4, 11)
    assert frame["values.rate"].tolist() == [1e-4, 1e-3, 1e-2, 1e-1]
    assert frame["metrics.score"][2] == 0.9  # 100 · 0.01 is 1 in the second epoch


def test_without_pandas_one_sentence_says_so(four, monkeypatch):
    real = builtins.__import__

    def importing(name, *rest):
        if name == "pandas":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", importing)
    with pytest.raises(RecipesError) as caught:
        dataframe(results(four))
    assert str(caught.value) == (
        "results_dataframe: a DataFrame needs pandas, which is not installed. Run `pip install "
        "pandas`, or take the plain dicts of results() and curves()."
    )


@pytest.mark.parametrize(
    ("file", "hint"),
    [
        (None, "Such a folder holds journal.jsonl, and that of a job holds search/journal.jsonl."),
        ("oracle.json", "It holds a search of keras_tuner: open that with keras_tuner."),
        ("plan.json", "It holds a job in which no trial has begun."),
    ],
)
def test_a_folder_without_a_search_is_refused_in_one_sentence(file, hint, tmp_path):
    if file:
        (tmp_path / file).touch()
    with pytest.raises(FolderError) as caught:
        read_search(tmp_path)
    assert str(caught.value) == (
        "results: the folder must be that of a search or of a job. Received: "
        f"folder={str(tmp_path)!r}. {hint}"
    )


def test_a_journal_without_entries_is_no_search(tmp_path):
    (tmp_path / "journal.jsonl").touch()
    with pytest.raises(FolderError) as caught:
        read_search(tmp_path)
    assert str(caught.value) == (
        "results: the folder must hold a search that has begun. Received: "
        f"folder={str(tmp_path)!r}."
    )


def test_a_damaged_line_costs_no_other_trial(four):
    lines = four.journal.path.read_bytes().splitlines(keepends=True)
    lines[4] = lines[4][:30] + b"#" + lines[4][31:]  # the end of the second trial
    four.journal.path.write_bytes(b"".join(lines))
    statuses = [trial.status for trial in read_search(four).trials]
    assert statuses == ["finished", "unfinished", "finished", "failed"]


def test_inactive_values_are_not_in_a_setting(tmp_path):
    hp = kt.HyperParameters()
    hp.Choice("optimizer", ["sgd", "adam"])
    with hp.conditional_scope("optimizer", ["sgd"]):
        hp.Float("momentum", 0.0, 0.9)
    oracle = oracle_in(tmp_path, hp, kind=BayesianOptimizationOracle)
    search(oracle, lambda values: len(values), 8)
    for row in results(oracle):
        assert ("momentum" in row["values"]) == (row["values"]["optimizer"] == "sgd")
