"""What was changed between two runs of a search is said, and counts."""

import keras_tuner as kt
import pytest

import tuners
from recipes.errors import FolderError
from tuners.constraints import parse_constraints
from tuners.oracles import BayesianOptimizationOracle, RandomSearchOracle
from tuners.results import read_search
from tuners.state.changes import lies_in, space_changes


def space(low=1e-4, high=1e-1, **others):
    hp = kt.HyperParameters()
    hp.Float("rate", low, high, sampling="log")
    for name, choices in others.items():
        hp.Choice(name, choices)
    return hp


def start(folder, hyperparameters=None, kind=RandomSearchOracle, objective="val_loss", **options):
    options = {"max_trials": 50, "seed": 0} | options
    oracle = kind(objective, hyperparameters=hyperparameters or space(), **options)
    oracle.verbose = 0
    oracle._set_project_dir(str(folder), "search")
    oracle.reload()
    return oracle


def run(oracle, trials, metrics=("val_loss",)):
    """Runs trials and returns them."""
    ran = []
    for _ in range(trials):
        trial = oracle.create_trial("tuner0")
        if trial.status == "STOPPED":
            break
        rate = trial.hyperparameters.values["rate"]
        oracle.update_trial(trial.trial_id, dict.fromkeys(metrics, (rate - 0.01) ** 2))
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
        ran.append(trial)
    return ran


def said(folder, changes):
    return (
        f"The search in {folder / 'search'} goes on with changed settings: {changes}. "
        "Earlier trials count where they have a place."
    )


def messages(caught):
    return [str(warning.message) for warning in caught]


# --- the space ------------------------------------------------------------------------------------


def test_a_range_that_was_narrowed_is_said_once_and_kept_to(tmp_path):
    before = run(start(tmp_path), 8)
    oracle = start(tmp_path, space(low=1e-3))
    change = "rate: 0.0001..0.1 (log) -> 0.001..0.1 (log)"
    assert oracle.changes == [change]
    with pytest.warns(UserWarning, match="changed settings") as caught:
        after = run(oracle, 8)
    assert messages(caught) == [said(tmp_path, change)]
    assert all(1e-3 <= t.hyperparameters.values["rate"] <= 1e-1 for t in after)
    inside = [t.trial_id for t in before if t.hyperparameters.values["rate"] >= 1e-3]
    assert 0 < len(inside) < 8
    again = start(tmp_path, space(low=1e-3))
    assert again.changes == []
    assert len(again.end_order) == 16
    placed = [t.trial_id for t in again.placed_trials()]
    assert placed == [*inside, *(t.trial_id for t in after)]
    assert len(run(again, 2)) == 2  # without a warning, which would be an error


def test_a_parameter_that_is_gone_stays_away_and_a_new_one_is_tuned(tmp_path):
    run(start(tmp_path, space(norm=["batch", "layer"])), 3)
    oracle = start(tmp_path, space(activation=["relu", "tanh", "gelu"]))
    assert oracle.changes == ["norm is gone", "activation is new"]
    with pytest.warns(UserWarning, match="norm is gone; activation is new"):
        ran = run(oracle, 12)
    assert all(list(t.hyperparameters.values) == ["rate", "activation"] for t in ran)
    assert len({t.hyperparameters.values["activation"] for t in ran}) == 3
    assert len(oracle.placed_trials()) == 15  # the first three count with the default
    again = start(tmp_path, space(activation=["relu", "tanh", "gelu"]))
    assert [hp.name for hp in again.get_space().space] == ["rate", "activation"]


def test_a_resumed_search_with_a_changed_space_equals_one_that_was_not_interrupted(tmp_path):
    values = []
    for folder, parts in ((tmp_path / "whole", [6]), (tmp_path / "parts", [1, 2, 1, 2])):
        run(start(folder, kind=BayesianOptimizationOracle), 5)
        found = []
        for number, part in enumerate(parts):
            oracle = start(folder, space(low=1e-3), kind=BayesianOptimizationOracle)
            if number == 0:
                with pytest.warns(UserWarning, match="changed settings"):
                    found += run(oracle, part)
            else:
                found += run(oracle, part)
        values.append([trial.hyperparameters.values for trial in found])
    assert values[0] == values[1]


def test_an_interrupted_trial_outside_of_the_new_range_is_left_and_said_in_its_message(tmp_path):
    oracle = start(tmp_path)
    while (trial := oracle.create_trial("tuner0")).hyperparameters.values["rate"] >= 1e-3:
        oracle.update_trial(trial.trial_id, {"val_loss": 1.0})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
    narrowed = start(tmp_path, space(low=1e-3))
    left = narrowed.trials[trial.trial_id]
    assert (left.status, left.message) == (
        "FAILED",
        "it was interrupted, and has no place in the space as it is now",
    )
    assert left not in narrowed.placed_trials()
    with pytest.warns(UserWarning, match="changed settings"):
        assert narrowed.create_trial("tuner0").trial_id != trial.trial_id
    assert start(tmp_path).create_trial("tuner1").trial_id == trial.trial_id  # changed back


def test_an_interrupted_trial_inside_the_new_range_runs_again_in_the_new_space(tmp_path):
    trial = start(tmp_path, space(norm=["batch", "layer"])).create_trial("tuner0")
    oracle = start(tmp_path, space(low=1e-5))
    with pytest.warns(UserWarning, match="norm is gone"):
        (again,) = run(oracle, 1)
    assert again.trial_id == trial.trial_id
    assert [hp.name for hp in oracle.get_space().space] == ["rate"]


def test_parameters_found_by_a_model_are_known_again_until_the_code_changes(tmp_path):
    oracle = start(tmp_path)
    trial = oracle.create_trial("tuner0")
    trial.hyperparameters.Int("found", 1, 9)
    oracle.update_trial(trial.trial_id, {"val_loss": 1.0})
    trial.status = "COMPLETED"
    oracle.end_trial(trial)
    assert [hp.name for hp in start(tmp_path).get_space().space] == ["rate", "found"]
    changed = start(tmp_path, space(low=1e-3))
    assert [hp.name for hp in changed.get_space().space] == ["rate"]


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (lambda hp: hp.Int("a", 1, 9), lambda hp: hp.Int("a", 1, 9), None),
        (lambda hp: hp.Int("a", 1, 9), lambda hp: hp.Int("a", 1, 8), "whole 1..9 -> whole 1..8"),
        (lambda hp: hp.Float("a", 0, 1), lambda hp: hp.Int("a", 0, 1), "0..1 -> whole 0..1"),
        (
            lambda hp: hp.Float("a", 0, 1),
            lambda hp: hp.Float("a", 0, 1, step=0.5),
            "0..1 -> 0..1 (step 0.5)",
        ),
        (
            lambda hp: hp.Float("a", 1, 4),
            lambda hp: hp.Float("a", 1, 4, step=2, sampling="log"),
            "1..4 -> 1..4 (log, step 2)",
        ),
        (lambda hp: hp.Boolean("a"), lambda hp: hp.Fixed("a", 3), "False, True -> fixed 3"),
        (
            lambda hp: hp.Choice("a", ["u", "v"]),
            lambda hp: hp.Choice("a", ["u", "w"]),
            "u, v -> u, w",
        ),
        (
            lambda hp: hp.Choice("a", ["u", "v"]),
            lambda hp: hp.Choice("a", ["u", "v"], default="v"),
            "default u -> default v",
        ),
    ],
)
def test_a_change_of_a_parameter_is_named(old, new, text):
    before, after = kt.HyperParameters(), kt.HyperParameters()
    old(before)
    new(after)
    assert space_changes(before, after) == ([] if text is None else [f"a: {text}"])


def test_a_change_of_a_condition_is_named():
    before, after = kt.HyperParameters(), kt.HyperParameters()
    for hp, values in ((before, ["mlp"]), (after, ["mlp", "cnn"])):
        hp.Choice("model", ["mlp", "cnn"])
        with hp.conditional_scope("model", values):
            hp.Int("units", 1, 9)
    assert space_changes(before, after) == ["units: if model is mlp -> if model is mlp or cnn"]


def test_values_lie_in_a_space_if_those_that_matter_are_in_range():
    hp = kt.HyperParameters()
    hp.Choice("model", ["mlp", "cnn"])
    with hp.conditional_scope("model", ["mlp"]):
        hp.Int("units", 1, 9)
    assert lies_in({"model": "mlp", "units": 9}, hp)
    assert lies_in({"model": "mlp"}, hp)
    assert lies_in({"model": "cnn", "units": 99}, hp)  # without a meaning there
    assert not lies_in({"model": "mlp", "units": 10}, hp)
    assert not lies_in({"model": "mlp", "units": 2.5}, hp)
    assert not lies_in({"model": "rnn"}, hp)


# --- other settings -------------------------------------------------------------------------------


def test_another_oracle_goes_on_with_the_trials_and_says_so(tmp_path):
    run(start(tmp_path), 4)
    oracle = start(tmp_path, kind=BayesianOptimizationOracle)
    with pytest.warns(UserWarning, match="changed settings") as caught:
        run(oracle, 2)
    change = "oracle: RandomSearchOracle -> BayesianOptimizationOracle"
    assert messages(caught) == [said(tmp_path, change)]
    assert start(tmp_path, kind=BayesianOptimizationOracle).changes == []
    assert len(oracle.end_order) == 6


def test_other_arguments_of_the_oracle_are_said(tmp_path):
    run(start(tmp_path, kind=BayesianOptimizationOracle), 2)
    oracle = start(tmp_path, kind=BayesianOptimizationOracle, alpha=0.01, acquisition="ucb")
    assert oracle.changes == ["acquisition: log_ei -> ucb", "alpha: 0.0001 -> 0.01"]


def test_more_or_fewer_trials_count_and_are_no_surprise(tmp_path):
    run(start(tmp_path, max_trials=3), 9)
    oracle = start(tmp_path, max_trials=5)
    assert oracle.changes == ["max_trials: 3 -> 5"]
    assert len(run(oracle, 9)) == 2  # without a warning, which would be an error
    assert run(start(tmp_path, max_trials=4), 9) == []


def test_other_constraints_are_said_and_kept(tmp_path):
    run(start(tmp_path), 2)
    oracle = start(tmp_path)
    oracle.constraints = parse_constraints("test", ["val_loss <= 2", "size <= 9"])
    oracle.reload()
    change = "constraints: none -> val_loss <= 2, size <= 9"
    assert oracle.changes == [change]
    with pytest.warns(UserWarning, match="changed settings") as caught:
        run(oracle, 1)
    assert messages(caught) == [said(tmp_path, change)]
    assert read_search(tmp_path).constraints == oracle.constraints
    assert start(tmp_path).changes == ["constraints: val_loss <= 2, size <= 9 -> none"]


def test_another_objective_scores_the_trials_again(tmp_path):
    run(start(tmp_path), 4, metrics=("val_loss", "val_accuracy"))
    for _ in range(2):
        oracle = start(tmp_path, objective="val_accuracy")
        assert oracle.changes == ["objective: val_loss (min) -> val_accuracy (max)"]
        scores = [trial.score for trial in oracle.trials.values()]
        assert oracle.get_best_trials()[0].score == max(scores)
    with pytest.warns(UserWarning, match=r"objective: val_loss \(min\) -> val_accuracy \(max\)"):
        run(oracle, 1, metrics=("val_loss", "val_accuracy"))
    again = start(tmp_path, objective="val_accuracy")
    assert again.changes == []
    assert [trial.score for trial in again.trials.values()][:4] == scores


def test_another_direction_of_the_objective_scores_the_trials_again(tmp_path):
    oracle = start(tmp_path, objective=kt.Objective("val_loss", "min"))
    trial = oracle.create_trial("tuner0")
    for step, value in enumerate([3.0, 1.0, 2.0]):
        oracle.update_trial(trial.trial_id, {"val_loss": value}, step=step)
    trial.status = "COMPLETED"
    oracle.end_trial(trial)
    assert (oracle.trials["00"].score, oracle.trials["00"].best_step) == (1.0, 1)
    turned = start(tmp_path, objective=kt.Objective("val_loss", "max"))
    assert (turned.trials["00"].score, turned.trials["00"].best_step) == (3.0, 0)


def test_an_objective_that_was_not_measured_is_refused(tmp_path):
    run(start(tmp_path), 1)
    with pytest.raises(FolderError) as caught:
        start(tmp_path, objective="val_accuracy")
    assert str(caught.value) == (
        "search: the trials in the folder must have the metric of the objective. Received: "
        "objective='val_accuracy', metrics='val_loss'. Ask for one of these, name another folder, "
        f"or pass overwrite=True. The folder is {tmp_path / 'search'}."
    )


def test_what_is_only_looked_at_is_not_written(tmp_path):
    run(start(tmp_path), 2)
    before = (tmp_path / "search" / "journal.jsonl").read_bytes()
    start(tmp_path, space(low=1e-3))
    assert (tmp_path / "search" / "journal.jsonl").read_bytes() == before


def test_a_tuner_prints_what_it_found_and_what_has_changed(tmp_path, capsys):
    class Curve(tuners.RandomSearch):
        def run_trial(self, trial, **kwargs):
            return trial.hyperparameters.values["rate"]

    def search(trials):
        tuner = Curve(
            objective=kt.Objective("score", "min"),
            max_trials=trials,
            seed=0,
            hyperparameters=space(),
            directory=str(tmp_path),
            project_name="search",
        )
        tuner.search()

    search(2)
    search(3)
    assert (
        f"Going on with the search in {tmp_path / 'search'}: 2 trials have ended. "
        "Changed: max_trials: 2 -> 3.\n"
    ) in capsys.readouterr().out


def test_what_follows_from_another_number_of_trials_is_no_change(tmp_path):
    oracle = start(tmp_path, kind=BayesianOptimizationOracle, max_trials=2)
    run(oracle, 2)
    more = start(tmp_path, kind=BayesianOptimizationOracle, max_trials=20)
    assert more.initial_points != oracle.initial_points
    assert more.changes == ["max_trials: 2 -> 20"]


@pytest.mark.parametrize("options", [{"alhpa": 1}, {"objective": "loss"}])
def test_arguments_that_an_oracle_does_not_take_are_refused_by_its_constructor(options):
    with pytest.raises(TypeError, match=rf"argument '?{next(iter(options))}|multiple values"):
        BayesianOptimizationOracle("val_loss", **options)
