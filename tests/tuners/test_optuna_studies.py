"""Studies to and from Optuna: a real search goes there and comes back."""

import math

import keras_tuner as kt
import pytest
from studies import oracle_in, run_trial, search

from recipes.errors import ArgumentError
from tuners.constraints import parse_constraints
from tuners.oracles import BayesianOptimizationOracle, RandomSearchOracle
from tuners.results import curves, results

optuna = pytest.importorskip("optuna")
from tuners.optuna_studies import from_optuna, to_optuna  # noqa: E402


def everything():
    """Every kind of parameter, one of them under a condition."""
    hp = kt.HyperParameters()
    hp.Float("rate", 1e-5, 1e-1, sampling="log")
    hp.Float("momentum", 0.5, 0.99, sampling="reverse_log")
    hp.Float("dropout", 0.0, 0.55, step=0.1)
    hp.Int("width", 8, 512, sampling="log")
    hp.Int("depth", 1, 10, step=2)
    hp.Choice("activation", ["relu", "tanh"])
    hp.Boolean("bias")
    hp.Fixed("optimizer", "sgd")
    with hp.conditional_scope("activation", "tanh"):
        hp.Float("gain", 0.5, 2.0)
    return hp


def loss(values):
    if values["rate"] > 0.05:
        raise OverflowError("nan")
    best = abs(math.log10(values["rate"]) + 3) + values.get("gain", 0.0)
    return [best + 2.0, best + 1.0, best]


@pytest.fixture(scope="module")
def oracle(tmp_path_factory):
    """A search with finished, failed and pruned trials."""
    oracle = oracle_in(tmp_path_factory.mktemp("search"), everything())
    search(oracle, loss, 24)
    trial = oracle.create_trial("tuner0")
    run_trial(oracle, trial, lambda values: [5.0, 4.0])
    trial.message = "stopped after epoch 2 by MedianPruner"
    oracle._save_trial(trial)
    return oracle


@pytest.fixture(scope="module")
def study(oracle):
    return to_optuna(oracle)


def test_distributions_are_those_of_the_space(study):
    kinds = optuna.distributions
    found = {name: d for trial in study.trials for name, d in trial.distributions.items()}
    assert found == {
        "rate": kinds.FloatDistribution(1e-5, 1e-1, log=True),
        "momentum": kinds.FloatDistribution(0.5, 0.99),
        "dropout": kinds.FloatDistribution(0.0, 0.5, step=0.1),  # 0.55 is on no step
        "width": kinds.IntDistribution(8, 512, log=True),
        "depth": kinds.IntDistribution(1, 9, step=2),
        "activation": kinds.CategoricalDistribution(["relu", "tanh"]),
        "bias": kinds.CategoricalDistribution([False, True]),
        "optimizer": kinds.CategoricalDistribution(["sgd"]),
        "gain": kinds.FloatDistribution(0.5, 2.0),
    }


def test_values_scores_and_states_are_those_of_the_search(oracle, study):
    states = {"finished": "COMPLETE", "failed": "FAIL", "pruned": "PRUNED"}
    rows = results(oracle)
    assert {row["status"] for row in rows} == set(states)
    assert [trial.state.name for trial in study.trials] == [states[row["status"]] for row in rows]
    assert [trial.params for trial in study.trials] == [row["values"] for row in rows]
    assert [trial.value for trial in study.trials] == [row["score"] for row in rows]
    assert study.best_trial.value == oracle.get_best_trials()[0].score


def test_each_epoch_is_an_intermediate_value(oracle, study):
    finished = study.best_trial
    score = finished.value
    assert finished.intermediate_values == pytest.approx({0: score + 2, 1: score + 1, 2: score})
    assert study.trials[-1].intermediate_values == {0: 5.0, 1: 4.0}


def test_name_message_and_metrics_are_attributes(study):
    assert study.trials[-1].user_attrs == {
        "trial": "024",
        "message": "stopped after epoch 2 by MedianPruner",
        "metrics": {"score": 4.0},
    }


@pytest.mark.parametrize(("ours", "theirs"), [("min", "MINIMIZE"), ("max", "MAXIMIZE")])
def test_the_direction_is_that_of_the_objective(ours, theirs, tmp_path):
    oracle = oracle_in(tmp_path, everything(), direction=ours)
    search(oracle, lambda values: values["rate"], 3)
    assert to_optuna(oracle).direction.name == theirs


def test_the_best_trial_meets_the_constraints_of_the_search(tmp_path):
    oracle = oracle_in(tmp_path, everything())
    oracle.constraints = parse_constraints("test", "size <= 64")
    search(oracle, lambda values: {"score": 1 / values["width"], "size": values["width"]}, 8)
    study, best = to_optuna(oracle), oracle.get_best_trials()[0]
    assert study.best_trial.user_attrs["trial"] == best.trial_id
    assert min(trial.value for trial in study.trials) < best.score


def test_optuna_can_go_on_with_the_study(study):
    trial = study.ask(fixed_distributions=study.best_trial.distributions)
    assert 1e-5 <= trial.params["rate"] <= 1e-1
    study.tell(trial, state=optuna.trial.TrialState.FAIL)


def test_a_study_comes_back_as_it_went(oracle, tmp_path):
    again = oracle_in(tmp_path, everything())
    rows = [row for row in results(oracle) if row["status"] != "failed"]
    assert from_optuna(to_optuna(oracle), again) == len(rows)
    came = results(again)
    assert [row["values"] for row in came] == [row["values"] for row in rows]
    assert [row["score"] for row in came] == [row["score"] for row in rows]
    epochs = [row["metrics"]["score"] for row in curves(oracle)]
    assert [row["metrics"]["score"] for row in curves(again)] == epochs
    assert again.create_trial("tuner0").hyperparameters.values not in [r["values"] for r in rows]


def square():
    hp = kt.HyperParameters()
    hp.Float("x", 0.0, 1.0)
    hp.Float("y", 0.0, 1.0)
    return hp


def foreign_study(direction="minimize"):
    """A study that Optuna itself has made."""
    study = optuna.create_study(direction=direction, sampler=optuna.samplers.RandomSampler(seed=0))

    def objective(trial):
        x, y = trial.suggest_float("x", 0, 1), trial.suggest_float("y", 0, 1)
        trial.report(x + 1, step=0)
        if x > 0.8:
            raise optuna.TrialPruned
        return x + y

    study.optimize(objective, n_trials=12)
    return study


def test_what_optuna_has_found_can_be_taken_in(tmp_path):
    study = foreign_study()
    oracle = oracle_in(tmp_path, square())
    assert from_optuna(study, oracle) == 12
    came = results(oracle)
    assert [row["values"] for row in came] == [trial.params for trial in study.trials]
    assert [row["score"] for row in came] == [
        t.value if t.state.name == "COMPLETE" else t.params["x"] + 1 for t in study.trials
    ]


@pytest.mark.parametrize(
    ("space", "direction", "message"),
    [
        (
            square,
            "max",
            "from_optuna: the study must have the objectives of the search, in their order: "
            "score (max). Received: directions=['minimize'].",
        ),
        (
            everything,
            "min",
            "from_optuna: each trial must have the parameters of the space that are active in it. "
            "Received: trial=0, unknown=['x', 'y'], missing=['rate', 'momentum', 'dropout', "
            "'width', 'depth', 'activation', 'bias']. Nothing was added.",
        ),
    ],
)
def test_a_study_of_something_else_is_refused(space, direction, message, tmp_path):
    oracle = oracle_in(tmp_path, space(), kind=BayesianOptimizationOracle, direction=direction)
    with pytest.raises(ArgumentError) as caught:
        from_optuna(foreign_study(), oracle)
    assert str(caught.value) == message


# --- several objectives ---------------------------------------------------------------------------

LOSS_AND_GAIN = [kt.Objective("loss", "min"), kt.Objective("gain", "max")]


def two_objectives(folder, trials=0):
    """A search with two objectives, and a metric besides, whose trials have two epochs."""
    oracle = RandomSearchOracle(LOSS_AND_GAIN, max_trials=50, seed=0, hyperparameters=square())
    oracle.verbose = 0
    oracle._set_project_dir(str(folder), "search")
    oracle.reload()
    for _ in range(trials):
        trial = oracle.create_trial("tuner0")
        x, y = (trial.hyperparameters.values[name] for name in ("x", "y"))
        for epoch in (0, 1):
            metrics = {"loss": x - epoch, "gain": y + epoch, "other": 7.0}
            oracle.update_trial(trial.trial_id, metrics, step=epoch)
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
    return oracle


def test_several_objectives_are_the_values_of_a_study_with_the_same_front(tmp_path):
    oracle = two_objectives(tmp_path, trials=8)
    study = to_optuna(oracle)
    assert [direction.name for direction in study.directions] == ["MINIMIZE", "MAXIMIZE"]
    settings = [trial.hyperparameters.values for trial in oracle.trials.values()]
    assert [t.values for t in study.trials] == [[s["x"] - 1, s["y"] + 1] for s in settings]
    assert all(trial.intermediate_values == {} for trial in study.trials)
    front = {trial.user_attrs["trial"] for trial in study.best_trials}
    assert front == {trial.trial_id for trial in oracle.pareto_front()}


def test_a_study_of_several_objectives_comes_back_with_its_front(tmp_path):
    oracle = two_objectives(tmp_path / "first", trials=8)
    again = two_objectives(tmp_path / "second")
    assert from_optuna(to_optuna(oracle), again) == 8
    fronts = [[t.hyperparameters.values for t in each.pareto_front()] for each in (oracle, again)]
    assert fronts[0] == fronts[1]


def test_a_study_with_fewer_objectives_is_refused(tmp_path):
    with pytest.raises(ArgumentError) as caught:
        from_optuna(foreign_study(), two_objectives(tmp_path))
    assert str(caught.value) == (
        "from_optuna: the study must have the objectives of the search, in their order: "
        "loss (min), gain (max). Received: directions=['minimize']."
    )
