"""What every oracle must hold to: the contract. They are driven as KerasTuner drives them.

The objectives are formulas, the folders are real, and a kill is a journal that ends early.
"""

import functools
import json
import math
import threading
import time

import keras_tuner as kt
import numpy as np
import pytest

import tuners.oracles
from recipes.errors import ArgumentError, SearchError
from tuners.oracles import (
    BabySittingOracle,
    BayesianOptimizationOracle,
    GridSearchOracle,
    HyperbandOracle,
    Oracle,
    RandomSearchOracle,
)

# Three initial points, so that the model of each Bayesian search is asked early.
_bayesian = functools.partial(BayesianOptimizationOracle, num_initial_points=3)


def _hyperband(objective, max_trials, **options):
    """Brackets of 9, 5 and 3 trials again and again; the first of them of 1, 3 and 9 epochs."""
    oracle = HyperbandOracle(objective, max_epochs=9, hyperband_iterations=None, **options)
    oracle.max_trials = max_trials
    return oracle


ORACLES = {
    "random": RandomSearchOracle,
    "hyperband": _hyperband,
    "log_ei": functools.partial(_bayesian, acquisition="log_ei"),
    "ucb": functools.partial(_bayesian, acquisition="ucb"),
    "uncertainty": functools.partial(_bayesian, acquisition="uncertainty"),
    "grid": GridSearchOracle,
    "sitting": BabySittingOracle,
}
WITHOUT_CHANCE = {"grid", "sitting"}  # the same settings whatever the seed
ELSEWHERE = {"BinarySearchOracle"}


@pytest.fixture(params=ORACLES)
def kind(request):
    return ORACLES[request.param]


@pytest.fixture(params=sorted(ORACLES.keys() - WITHOUT_CHANCE))
def chance(request):
    return ORACLES[request.param]


def name_of(kind):
    return "HyperbandOracle" if kind is _hyperband else getattr(kind, "func", kind).__name__


def start(kind, folder, space=None, **options):
    """Returns an oracle in a folder, as a tuner prepares it: new, or with what is there."""
    options = {"max_trials": 100, "seed": 0} | options
    oracle = kind(kt.Objective("score", "min"), hyperparameters=space, **options)
    oracle.verbose = 0
    oracle._set_project_dir(folder, "search")
    oracle.reload()
    return oracle


def epochs_of(oracle, trial):
    """Returns how many epochs a trial has had: 0 if it is new."""
    return len(oracle.reports_of(trial))


def finish(oracle, trial, score):
    """Reports what a tuner reports: once a trial, or after each epoch where the oracle needs it."""
    for epoch in range(epochs_of(oracle, trial), getattr(oracle, "max_epochs", 1)):
        if oracle.update_trial(trial.trial_id, {"score": score}, step=epoch).status == "STOPPED":
            break
    trial.status = "COMPLETED"
    oracle.end_trial(trial)


def fail(oracle, trial, message="out of memory", status="INVALID"):
    """Reports what a tuner reports of a trial whose code raised an error."""
    trial.status, trial.message = status, message
    oracle.end_trial(trial)


def run(oracle, objective, trials=1000):
    """Runs new trials, and those that go on, until the oracle stops; returns the new settings."""
    settings = []
    while len(settings) < trials:
        trial = oracle.create_trial("tuner0")
        if trial.status == "STOPPED":
            break
        if not epochs_of(oracle, trial):
            settings.append(dict(trial.hyperparameters.values))
        finish(oracle, trial, objective(trial.hyperparameters.values))
    return settings


def keys(settings):
    return {tuple(sorted(values.items())) for values in settings}


def plane():
    hp = kt.HyperParameters()
    hp.Float("x", -1.0, 1.0)
    hp.Float("y", -1.0, 1.0)
    return hp


def bowl(values):
    """Least at (0.3, −0.2), where it is 0."""
    return (values["x"] - 0.3) ** 2 + (values["y"] + 0.2) ** 2


def twelve():
    """A space of 12 settings: 3 · 2 · 2."""
    hp = kt.HyperParameters()
    hp.Choice("a", ["p", "q", "r"])
    hp.Int("b", 1, 2)
    hp.Boolean("c")
    return hp


def six():
    """A space of 6 settings: 3 · 2."""
    hp = kt.HyperParameters()
    hp.Choice("a", ["p", "q", "r"])
    hp.Int("b", 1, 2)
    return hp


def count(values):
    return {"p": 0, "q": 1, "r": 2}[values["a"]] + values["b"] + values.get("c", 0)


def mixed():
    """Every kind of parameter, one of them under a condition."""
    hp = kt.HyperParameters()
    hp.Float("rate", 1e-5, 1e-1, sampling="log")
    hp.Float("momentum", 0.5, 0.99, sampling="reverse_log")
    hp.Float("dropout", 0, 0.5, step=0.1)
    hp.Int("width", 1, 512, sampling="log")
    hp.Choice("activation", ["relu", "tanh", "gelu"])
    hp.Choice("batch", [32, 64, 128])
    hp.Boolean("bias")
    hp.Fixed("optimizer", "sgd")
    with hp.conditional_scope("activation", ["relu", "gelu"]):
        hp.Int("depth", 1, 5)
    return hp


ALLOWED = {  # what mixed declares, said once more
    "rate": (float, lambda x: 1e-5 <= x <= 1e-1),
    "momentum": (float, lambda x: 0.5 <= x <= 0.99),
    "dropout": (float, lambda x: x in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)),
    "width": (int, lambda x: 1 <= x <= 512),
    "activation": (str, lambda x: x in ("relu", "tanh", "gelu")),
    "batch": (int, lambda x: x in (32, 64, 128)),
    "bias": (bool, lambda x: x in (False, True)),
    "optimizer": (str, lambda x: x == "sgd"),
    "depth": (int, lambda x: x in (1, 2, 3, 4, 5)),
}


def mixed_score(values):
    return math.log10(values["rate"]) ** 2 + values["dropout"] + values.get("depth", 7)


def test_the_contract_covers_every_oracle_and_acquisition():
    named = set(map(name_of, ORACLES.values())) | ELSEWHERE
    assert named == set(tuners.oracles.__all__) - {"Oracle"}
    assert set(tuners.gp.acquisition.ACQUISITIONS) <= set(ORACLES)


# --- what is suggested ----------------------------------------------------------------------------


def test_values_are_active_within_bounds_and_of_plain_types(kind, tmp_path):
    settings = run(start(kind, tmp_path, mixed(), max_trials=6), mixed_score)
    assert len(settings) == 6
    for values in settings:
        without = {"depth"} if values["activation"] == "tanh" else set()
        assert set(values) == ALLOWED.keys() - without
        for name, value in values.items():
            type_, allowed = ALLOWED[name]
            assert type(value) is type_
            assert allowed(value)


def test_zero_is_a_seed_and_repeats_the_search_exactly(kind, tmp_path):
    first = run(start(kind, tmp_path / "a", plane(), seed=0, max_trials=6), bowl)
    second = run(start(kind, tmp_path / "b", plane(), seed=0, max_trials=6), bowl)
    assert first == second


def test_neighbouring_seeds_share_no_trial(chance, tmp_path):
    settings = []
    for seed in range(4):
        settings += run(start(chance, tmp_path / str(seed), plane(), seed=seed, max_trials=3), bowl)
    # Not even one coordinate: KerasTuner's neighbouring seeds share their random stream.
    assert len({values["x"] for values in settings}) == 12
    assert len({values["y"] for values in settings}) == 12


def test_without_a_seed_two_searches_differ(chance, tmp_path):
    first = run(start(chance, tmp_path / "a", plane(), seed=None, max_trials=2), bowl)
    second = run(start(chance, tmp_path / "b", plane(), seed=None, max_trials=2), bowl)
    assert len(keys(first + second)) == 4


def test_an_exhausted_space_has_had_each_setting_once_and_stops(kind, tmp_path):
    oracle = start(kind, tmp_path, twelve())
    settings = run(oracle, count)
    assert len(settings) == len(keys(settings)) == 12
    assert oracle.create_trial("tuner0").status == "STOPPED"
    assert len(oracle.trials) == 12


def test_a_space_with_conditions_is_exhausted_after_its_six_settings(kind, tmp_path):
    hp = kt.HyperParameters()
    hp.Choice("model", ["linear", "deep"])
    with hp.conditional_scope("model", ["deep"]):
        hp.Int("depth", 1, 3)
        with hp.conditional_scope("depth", [2, 3]):
            hp.Boolean("dropout")
    settings = run(start(kind, tmp_path, hp), lambda values: values.get("depth", 0))
    assert len(settings) == len(keys(settings)) == 6  # linear; deep 1; deep 2 and 3 twice each


def test_random_search_of_an_int_on_a_log_scale_tries_all_its_numbers(tmp_path):
    hp = kt.HyperParameters()
    hp.Int("width", 1, 64, sampling="log")
    settings = run(start(RandomSearchOracle, tmp_path, hp), lambda values: values["width"])
    assert sorted(values["width"] for values in settings) == list(range(1, 65))


def test_a_space_without_choices_is_one_trial(kind, tmp_path):
    hp = kt.HyperParameters()
    hp.Fixed("width", 8)
    assert run(start(kind, tmp_path, hp), lambda values: 1.0) == [{"width": 8}]


def test_parameters_that_are_not_tuned_do_not_make_a_setting_new(kind, tmp_path):
    oracle = start(kind, tmp_path, six(), tune_new_entries=False, max_trials=9)
    tried = []
    while (trial := oracle.create_trial("tuner0")).status != "STOPPED":
        if not epochs_of(oracle, trial):
            tried.append({name: trial.hyperparameters.values[name] for name in "ab"})
        trial.hyperparameters.Float("momentum", 0.0, 1.0, default=0.9)  # as a hypermodel asks
        finish(oracle, trial, count(trial.hyperparameters.values))
    assert len(tried) == len(keys(tried)) == 6


def test_one_name_under_two_conditions_can_be_searched(kind, tmp_path):
    hp = kt.HyperParameters()
    hp.Choice("model", ["mlp", "cnn"])
    with hp.conditional_scope("model", ["mlp"]):
        hp.Choice("activation", ["relu", "tanh"])
    with hp.conditional_scope("model", ["cnn"]):
        hp.Choice("activation", ["gelu", "swish", "relu"])
    settings = run(start(kind, tmp_path, hp), lambda values: len(values["activation"]))
    assert keys(settings) == keys(
        {"model": model, "activation": activation}
        for model, activation in [
            ("mlp", "relu"),
            ("mlp", "tanh"),
            ("cnn", "gelu"),
            ("cnn", "swish"),
            ("cnn", "relu"),
        ]
    )


def test_max_trials_ends_the_search(kind, tmp_path):
    oracle = start(kind, tmp_path, plane(), max_trials=5)
    assert len(run(oracle, bowl)) == 5
    assert oracle.create_trial("tuner0").status == "STOPPED"


def test_the_first_trial_is_the_defaults_where_these_are_the_users_own(kind, tmp_path):
    hp = kt.HyperParameters()
    hp.Float("x", -1.0, 1.0, default=0.25)
    hp.Float("y", -1.0, 1.0)
    settings = run(start(kind, tmp_path, hp, max_trials=3), bowl)
    assert settings[0] == {"x": 0.25, "y": -1.0}
    assert settings[1] != settings[0]


def test_the_first_trial_is_not_the_minimum_where_no_default_was_given(chance, tmp_path):
    (first,) = run(start(chance, tmp_path, plane(), max_trials=1), bowl)
    assert first["x"] != -1.0
    assert first["y"] != -1.0


# --- several workers ------------------------------------------------------------------------------


def test_eight_pending_trials_are_all_different(kind, tmp_path):
    oracle = start(kind, tmp_path, plane())
    run(oracle, bowl, trials=8)
    pending = [oracle.create_trial(f"tuner{number}") for number in range(8)]
    assert len(keys(trial.hyperparameters.values for trial in pending)) == 8
    assert len({trial.trial_id for trial in pending}) == 8
    # Were the others' pending points not known to the model, all eight would be one point but for
    # rounding: the nearest two 1e-8 apart. With them they are 0.002 (log_ei) to 0.5 apart.
    points = np.array([[t.hyperparameters.values[name] for name in "xy"] for t in pending])
    distances = np.linalg.norm(points[:, np.newaxis] - points, axis=-1)[np.triu_indices(8, 1)]
    assert distances.min() > 1e-5


def test_pending_trials_exhaust_a_space_too(kind, tmp_path):
    oracle = start(kind, tmp_path, six())
    run(oracle, count, trials=2)
    pending = [oracle.create_trial(f"tuner{number}") for number in range(5)]
    last = "IDLE" if kind is _hyperband else "STOPPED"  # one of those that run may go on
    assert [trial.status for trial in pending] == ["RUNNING"] * 4 + [last]
    settings = [trial.hyperparameters.values for trial in oracle.trials.values()]
    assert len(keys(settings)) == 6


def test_a_worker_that_asks_again_gets_the_trial_it_has(kind, tmp_path):
    oracle = start(kind, tmp_path, plane())
    first, other = oracle.create_trial("tuner0"), oracle.create_trial("tuner1")
    assert oracle.create_trial("tuner0") is first
    assert other.trial_id != first.trial_id


def test_threads_share_a_search_without_repeats(kind, tmp_path):
    oracle = start(kind, tmp_path, six())
    errors = []

    def work(name):
        try:
            while (trial := oracle.create_trial(name)).status != "STOPPED":
                if trial.status == "IDLE":
                    time.sleep(0.001)
                else:
                    finish(oracle, trial, count(trial.hyperparameters.values))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(f"tuner{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert errors == []
    assert sorted(oracle.end_order) == sorted(oracle.trials) == [f"{n:03d}" for n in range(6)]
    assert len(keys(t.hyperparameters.values for t in oracle.trials.values())) == 6


def test_an_error_leaves_no_lock_held(kind, tmp_path):
    oracle = start(kind, tmp_path, plane())
    trial = oracle.create_trial("tuner0")
    with pytest.raises(ValueError, match="Objective value missing in metrics"):
        oracle.update_trial(trial.trial_id, {"another": 1.0})
    thread = threading.Thread(target=oracle.create_trial, args=("tuner1",), daemon=True)
    thread.start()
    thread.join(timeout=30)
    assert len(oracle.trials) == 2


# --- scores and failures --------------------------------------------------------------------------


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf])
def test_a_score_that_is_not_finite_is_a_failure_and_never_the_best(kind, tmp_path, score):
    oracle = start(kind, tmp_path, plane())
    scores = iter([0.5, score, 0.4, 0.3, score, 0.2, 0.1])
    settings = run(oracle, lambda values: next(scores), trials=7)
    assert len(keys(settings)) == 7
    failed = [name for name, trial in oracle.trials.items() if trial.status == "FAILED"]
    assert failed == ["001", "004"]
    assert oracle.trials["001"].message == f"the score is {score}, not a finite number"
    assert [trial.score for trial in oracle.get_best_trials(5)] == [0.1, 0.2, 0.3, 0.4, 0.5]


@pytest.mark.parametrize("status", ["INVALID", "FAILED"])
def test_a_failed_trial_does_not_stop_the_search_and_is_never_the_best(kind, tmp_path, status):
    oracle = start(kind, tmp_path, plane())
    run(oracle, bowl, trials=2)
    fail(oracle, oracle.create_trial("tuner0"), status=status)
    run(oracle, bowl, trials=4)
    assert [trial.status for trial in oracle.trials.values()] == [
        *["COMPLETED"] * 2,
        "FAILED",
        *["COMPLETED"] * 4,
    ]
    assert oracle.trials["002"].message == "out of memory"
    assert "002" not in [trial.trial_id for trial in oracle.get_best_trials(6)]


def test_failures_first_leave_a_search_that_works(kind, tmp_path):
    oracle = start(kind, tmp_path, plane(), max_trials=8, max_consecutive_failed_trials=6)
    for _ in range(5):
        fail(oracle, oracle.create_trial("tuner0"))
    run(oracle, bowl)
    assert [trial.status for trial in oracle.trials.values()] == ["FAILED"] * 5 + ["COMPLETED"] * 3


@pytest.mark.parametrize("score", [math.inf, None], ids=["not finite", "an error"])
def test_the_result_of_a_retry_counts(kind, tmp_path, score):
    oracle = start(kind, tmp_path, plane(), max_retries_per_trial=1)
    first = oracle.create_trial("tuner0")
    values = dict(first.hyperparameters.values)
    fail(oracle, first) if score is None else finish(oracle, first, score)
    again = oracle.create_trial("tuner0")
    assert (again.trial_id, again.hyperparameters.values) == (first.trial_id, values)
    assert (again.score, again.message, again.metrics.metrics) == (None, None, {})
    finish(oracle, again, 0.25)
    assert oracle.get_best_trials()[0].trial_id == first.trial_id
    assert oracle.get_best_trials()[0].score == 0.25
    assert oracle.end_order == [first.trial_id]
    assert oracle.create_trial("tuner0").trial_id != first.trial_id


def test_a_trial_has_failed_when_its_retries_are_used_up(kind, tmp_path):
    oracle = start(kind, tmp_path, plane(), max_retries_per_trial=2)
    names = []
    for _ in range(3):
        trial = oracle.create_trial("tuner0")
        names.append(trial.trial_id)
        fail(oracle, trial)
    assert names == ["000"] * 3
    assert oracle.trials["000"].status == "FAILED"
    assert oracle.create_trial("tuner0").trial_id == "001"


def test_retries_that_were_used_before_a_kill_are_not_given_again(kind, tmp_path):
    for _ in range(2):
        oracle = start(kind, tmp_path, plane(), max_retries_per_trial=1)
        fail(oracle, oracle.create_trial("tuner0"))
    assert oracle.trials["000"].status == "FAILED"


def test_three_failures_in_a_row_end_the_search_and_are_kept(kind, tmp_path):
    oracle = start(kind, tmp_path, plane())
    run(oracle, bowl, trials=1)
    fail(oracle, oracle.create_trial("tuner0"))
    run(oracle, bowl, trials=1)  # not in a row: it does not count on
    fail(oracle, oracle.create_trial("tuner0"))
    fail(oracle, oracle.create_trial("tuner0"))
    with pytest.raises(SearchError) as error:
        fail(oracle, oracle.create_trial("tuner0"), "no such layer")
    assert str(error.value) == (
        "search: 3 trials in a row have failed. All that is finished is kept. "
        "The last one said: no such layer"
    )
    states = [entry["trial"] for entry in oracle.journal.read() if entry["kind"] == "trial"]
    last = states[-1]
    assert (last["trial_id"], last["status"], last["message"]) == ("005", "FAILED", "no such layer")


def test_failures_of_an_earlier_run_do_not_end_a_new_one(kind, tmp_path):
    oracle = start(kind, tmp_path, plane())
    for _ in range(2):
        fail(oracle, oracle.create_trial("tuner0"))
    with pytest.raises(SearchError):
        fail(oracle, oracle.create_trial("tuner0"))
    oracle = start(kind, tmp_path, plane())  # the cause was mended
    for _ in range(2):
        fail(oracle, oracle.create_trial("tuner0"))
    with pytest.raises(SearchError):
        fail(oracle, oracle.create_trial("tuner0"))


def test_the_best_of_what_is_maximised_is_the_highest(kind, tmp_path):
    oracle = kind(kt.Objective("score", "max"), max_trials=8, seed=0, hyperparameters=plane())
    oracle.verbose = 0
    oracle._set_project_dir(tmp_path, "search")
    scores = [-bowl(values) for values in run(oracle, lambda values: -bowl(values))]
    assert oracle.get_best_trials()[0].score == max(scores)


def test_several_objectives_are_scored_by_the_sum_that_keras_tuner_reports(kind, tmp_path):
    objectives = [kt.Objective("loss", "min"), kt.Objective("accuracy", "max")]
    oracle = kind(objectives, max_trials=6, seed=0, hyperparameters=plane())
    oracle.verbose = 0
    oracle._set_project_dir(tmp_path, "search")
    for number in range(6):
        trial = oracle.create_trial("tuner0")
        metrics = {"loss": 1.0, "accuracy": 0.1 * number, "multi_objective": 1.0 - 0.1 * number}
        oracle.update_trial(trial.trial_id, metrics)
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
    best = oracle.get_best_trials()[0]
    assert (best.trial_id, best.score) == (f"{5:0{len(best.trial_id)}d}", 0.5)
    assert best.metrics.get_direction("accuracy") == "max"


def test_the_display_of_keras_tuner_can_follow_the_search(kind, tmp_path, capsys):
    oracle = start(kind, tmp_path, plane(), max_trials=2, max_retries_per_trial=1)
    oracle.verbose = 1
    fail(oracle, oracle.create_trial("tuner0"))
    run(oracle, lambda values: 0.125)
    assert "Best score So Far: 0.125" in capsys.readouterr().out


# --- a space that grows ---------------------------------------------------------------------------


def grown(oracle, trial):
    """Asks for three parameters one trial after the other, as a hypermodel may."""
    hp = trial.hyperparameters
    values = [hp.Float("x", 0.0, 1.0)]
    if int(trial.trial_id) >= 1:
        values.append(hp.Float("y", 0.0, 1.0))
    if int(trial.trial_id) >= 4:
        values.append(-len(hp.Choice("z", ["a", "bb", "ccc"])))
    finish(oracle, trial, sum(values))


def test_a_space_may_grow_during_the_search(kind, tmp_path):
    oracle = start(kind, tmp_path, max_trials=9)
    while (trial := oracle.create_trial("tuner0")).status != "STOPPED":
        grown(oracle, trial)
    settings = [trial.hyperparameters.values for trial in oracle.trials.values()]
    assert [sorted(values) for values in settings] == [
        ["x"],
        *[["x", "y"]] * 3,
        *[["x", "y", "z"]] * 5,
    ]
    assert len(keys(settings)) == 9
    # A trial that brings a parameter has its default; from then on it is tuned.
    assert (settings[1]["y"], settings[4]["z"]) == (0.0, "a")
    assert settings[2]["y"] != 0.0
    assert {values["z"] for values in settings[5:]} != {"a"}


def test_a_space_that_grew_is_known_again_after_a_kill(kind, tmp_path):
    oracle = start(kind, tmp_path / "whole", max_trials=7)
    expected = []
    while (trial := oracle.create_trial("tuner0")).status != "STOPPED":
        expected.append(dict(trial.hyperparameters.values))
        grown(oracle, trial)
    found = []
    for _ in expected:
        oracle = start(kind, tmp_path / "killed", max_trials=7)  # a new process for each trial
        trial = oracle.create_trial("tuner0")
        found.append(dict(trial.hyperparameters.values))
        grown(oracle, trial)
    assert found == expected


def test_parameters_are_known_again_in_the_order_in_which_they_were_found(kind, tmp_path):
    oracle = start(kind, tmp_path, plane())
    first, second = oracle.create_trial("tuner0"), oracle.create_trial("tuner1")
    second.hyperparameters.Choice("found first", ["a", "b", "c"])
    finish(oracle, second, 1.0)
    first.hyperparameters.Int("found second", 1, 9)
    finish(oracle, first, 2.0)
    again = start(kind, tmp_path, plane())
    expected = oracle.create_trial("tuner0").hyperparameters.values
    assert again.create_trial("tuner0").hyperparameters.values == expected


# --- kills and resumes ----------------------------------------------------------------------------


def eventful(oracle, trial, attempt):
    """Ends a trial: the third one is retried with success, the fifth one fails for good."""
    if trial.trial_id == "2" and attempt == 1:
        fail(oracle, trial)
    elif trial.trial_id == "4":
        finish(oracle, trial, math.inf)
    else:
        finish(oracle, trial, bowl(trial.hyperparameters.values))


def suggestion_of(trial):
    """Returns what a tuner is given: a name, values, and the epochs that the trial has had."""
    metrics = json.dumps(trial.metrics.get_config())
    return trial.trial_id, trial.status, dict(trial.hyperparameters.values), metrics


def recorded(oracle):
    """Runs a search, and returns what it suggests after each number of lines in its journal."""
    suggested, attempts = {}, {}
    while True:
        before = len(oracle.journal.read())
        trial = oracle.create_trial("tuner0")
        suggestion = suggestion_of(trial)
        # Killed before it began, or before it ended: the same trial comes next.
        for lines in range(before, len(oracle.journal.read()) + 1):
            suggested[lines] = suggestion
        if trial.status == "STOPPED":
            return suggested
        attempts[trial.trial_id] = attempts.get(trial.trial_id, 0) + 1
        eventful(oracle, trial, attempts[trial.trial_id])


def written(lines):
    """Returns the last state of each trial in the lines of a journal."""
    entries = [json.loads(line.partition(b" ")[2]) for line in lines]
    return {e["trial"]["trial_id"]: e["trial"] for e in entries if e["kind"] == "trial"}


@pytest.mark.parametrize("seed", [0, None])
def test_a_search_killed_after_any_line_of_its_journal_goes_on_as_if_it_was_not(
    kind, tmp_path, seed
):
    options = {"max_trials": 7, "max_retries_per_trial": 1, "seed": seed}
    oracle = start(kind, tmp_path / "whole", plane(), **options)
    suggested = recorded(oracle)
    lines = oracle.journal.path.read_bytes().splitlines(keepends=True)
    # One line for the search, two for each of 7 trials, one for each of the 2 retries; two more
    # each time a stopped trial of Hyperband goes on: 3 into the second round, 1 into the third.
    # The seventh, if it is the best, goes into the second without a stop: the two that may still
    # come cannot take all 3 places.
    best = oracle.get_best_trials()[0].trial_id
    going_on = (3 if best == "6" else 4) if kind is _hyperband else 0
    assert len(lines) == 1 + 2 * 7 + 2 + 2 * going_on == len(suggested) - 1
    for cut in range(1, len(lines) + 1):
        folder = tmp_path / str(cut)
        (folder / "search").mkdir(parents=True)
        (folder / "search" / "journal.jsonl").write_bytes(b"".join(lines[:cut]))
        resumed = start(kind, folder, plane(), **options)
        for name in resumed.end_order:  # nothing that had ended is lost or changed
            assert resumed.trials[name].get_state() == written(lines[:cut])[name]
        assert suggestion_of(resumed.create_trial("tuner0")) == suggested[cut]


def test_a_new_process_for_each_trial_finds_what_one_process_finds(kind, tmp_path):
    expected = run(start(kind, tmp_path / "whole", plane(), max_trials=7), bowl)
    found = []
    for _ in range(7):
        found += run(start(kind, tmp_path / "killed", plane(), max_trials=7), bowl, trials=1)
    assert found == expected
    assert run(start(kind, tmp_path / "killed", plane(), max_trials=7), bowl) == []


def test_an_interrupted_trial_comes_again_with_its_name_and_values(kind, tmp_path):
    expected = run(start(kind, tmp_path / "whole", plane(), max_trials=6), bowl)
    for number in range(6):
        killed = start(kind, tmp_path / "killed", plane(), max_trials=6).create_trial("tuner0")
        oracle = start(kind, tmp_path / "killed", plane(), max_trials=6)
        assert oracle.unfinished_trials() == [killed.trial_id]
        again = oracle.create_trial("tuner0")
        assert (again.trial_id, again.status) == (killed.trial_id, "RUNNING")
        assert again.hyperparameters.values == killed.hyperparameters.values == expected[number]
        finish(oracle, again, bowl(again.hyperparameters.values))


def test_all_trials_that_were_pending_at_a_kill_come_again_first(kind, tmp_path):
    oracle = start(kind, tmp_path, plane())
    run(oracle, bowl, trials=3)
    pending = [oracle.create_trial(f"tuner{number}") for number in range(4)]
    finish(oracle, pending.pop(1), 0.5)
    oracle = start(kind, tmp_path, plane())
    again = [oracle.create_trial(f"tuner{number}") for number in range(4)]
    assert [trial.trial_id for trial in again] == ["003", "005", "006", "007"]
    for before, after in zip(pending, again, strict=False):
        assert after.hyperparameters.values == before.hyperparameters.values


def test_a_search_that_ended_goes_on_when_it_is_given_more_trials(kind, tmp_path):
    expected = run(start(kind, tmp_path / "whole", plane(), max_trials=5), bowl)
    first = run(start(kind, tmp_path / "more", plane(), max_trials=3), bowl)
    # Ten have two digits, so that the names of the trials change their width.
    oracle = start(kind, tmp_path / "more", plane(), max_trials=10)
    assert first + run(oracle, bowl, trials=2) == expected
    assert len(oracle.trials) == 5


@pytest.mark.parametrize("seed", [0, None])
def test_a_kill_before_the_first_line_was_whole_starts_a_search_that_can_be_resumed(
    kind, tmp_path, seed
):
    (tmp_path / "search").mkdir()
    (tmp_path / "search" / "journal.jsonl").write_bytes(b'1f0a77b2 {"kind": "sea')
    oracle = start(kind, tmp_path, plane(), seed=seed)
    oracle.journal.repair()
    run(oracle, bowl, trials=2)
    kinds = [entry["kind"] for entry in oracle.journal.read()]
    assert kinds == ["search", "trial", "trial", "trial", "trial"]
    again = start(kind, tmp_path, plane(), seed=seed)
    expected = oracle.create_trial("tuner0").hyperparameters.values
    assert again.create_trial("tuner0").hyperparameters.values == expected


def test_a_trial_whose_lines_are_damaged_costs_no_other_trial(kind, tmp_path):
    oracle = start(kind, tmp_path, plane())
    run(oracle, bowl, trials=5)
    lines = oracle.journal.path.read_bytes().splitlines(keepends=True)
    # Line 0 is the search's; trial 2 has lines 5 and 6, which a bad sector takes together.
    oracle.journal.path.write_bytes(b"".join(lines[:5] + lines[7:]))
    resumed = start(kind, tmp_path, plane())
    kept = {name: trial.score for name, trial in resumed.trials.items()}
    assert set(kept) == {"000", "001", "003", "004"}
    run(resumed, bowl, trials=2)
    assert len(resumed.trials) == len(kept) + 2
    assert {name: resumed.trials[name].score for name in kept} == kept
    settings = [trial.hyperparameters.values for trial in resumed.trials.values()]
    assert len(keys(settings)) == 6


def before_the_edit(hp):
    hp.Choice("model", ["linear", "deep"])
    hp.Float("rate", 0.0, 0.1, step=0.1)


def after_the_edit(hp):
    hp.Choice("model", ["linear", "wide"])
    hp.Float("rate", 1e-4, 1e-1, sampling="log")


def test_a_search_goes_on_when_the_space_was_edited_in_between(kind, tmp_path):
    first, second = kt.HyperParameters(), kt.HyperParameters()
    before_the_edit(first)
    after_the_edit(second)
    run(start(kind, tmp_path, first), lambda values: values["rate"], trials=4)
    with pytest.warns(UserWarning, match="goes on with changed settings: model: linear, deep -> "):
        settings = run(start(kind, tmp_path, second), lambda values: values["rate"], trials=4)
    assert len(settings) == 4
    for values in settings:
        assert values["model"] in ("linear", "wide")
        assert 1e-4 <= values["rate"] <= 1e-1


def test_a_trial_is_on_the_disk_when_it_begins_and_when_it_ends(kind, tmp_path):
    oracle = start(kind, tmp_path, plane())
    trial = oracle.create_trial("tuner0")
    lines = oracle.journal.path.read_text().splitlines()
    assert json.loads(lines[-1].partition(" ")[2])["trial"]["status"] == "RUNNING"
    finish(oracle, trial, 0.5)
    state = json.loads(oracle.journal.path.read_text().splitlines()[-1].partition(" ")[2])["trial"]
    assert (state["status"], state["score"]) == ("COMPLETED", 0.5)
    assert state["hyperparameters"]["values"] == trial.hyperparameters.values


def test_a_resumed_search_keeps_its_seed_and_says_so(kind, tmp_path):
    expected = run(start(kind, tmp_path / "whole", plane(), seed=1, max_trials=5), bowl)
    first = run(start(kind, tmp_path / "resumed", plane(), seed=1, max_trials=5), bowl, trials=2)
    with pytest.warns(UserWarning, match="began with seed") as caught:
        oracle = start(kind, tmp_path / "resumed", plane(), seed=2, max_trials=5)
    assert [str(warning.message) for warning in caught] == [
        f"The search in {tmp_path / 'resumed' / 'search'} began with seed 1 and goes on with it, "
        "not with seed 2."
    ]
    assert first + run(oracle, bowl) == expected


# --- arguments ------------------------------------------------------------------------------------


@pytest.mark.parametrize("oracle", [Oracle, RandomSearchOracle, BayesianOptimizationOracle])
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"max_trials": 0},
            "`max_trials` must be a whole number of at least 1. Received: max_trials=0.",
        ),
        (
            {"max_trials": 2.5},
            "`max_trials` must be a whole number of at least 1. Received: max_trials=2.5.",
        ),
        ({"seed": -1}, "`seed` must be a whole number of at least 0. Received: seed=-1."),
        ({"seed": True}, "`seed` must be a whole number of at least 0. Received: seed=True."),
    ],
)
def test_an_argument_that_breaks_a_rule_is_refused(oracle, options, sentence):
    with pytest.raises(ArgumentError) as error:
        oracle(kt.Objective("score", "min"), **options)
    assert str(error.value) == f"{oracle.__name__}: {sentence}"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"num_initial_points": 0},
            "`num_initial_points` must be a whole number of at least 1. "
            "Received: num_initial_points=0.",
        ),
        ({"alpha": 0}, "`alpha` must be a number in (0, 1000.0]. Received: alpha=0."),
        ({"beta": -1}, "`beta` must be a number in [0, 1000.0]. Received: beta=-1."),
        (
            {"acquisition": "ei"},
            '`acquisition` must be one of "log_ei", "ucb", "uncertainty". '
            "Received: acquisition='ei'.",
        ),
    ],
)
def test_a_bayesian_argument_that_breaks_a_rule_is_refused(options, sentence):
    with pytest.raises(ArgumentError) as error:
        BayesianOptimizationOracle(kt.Objective("score", "min"), **options)
    assert str(error.value) == f"BayesianOptimizationOracle: {sentence}"


def test_a_numpy_integer_is_a_seed(kind, tmp_path):
    plain = run(start(kind, tmp_path / "a", plane(), seed=3, max_trials=2), bowl)
    assert run(start(kind, tmp_path / "b", plane(), seed=np.int64(3), max_trials=2), bowl) == plain


# --- how good the suggestions are -----------------------------------------------------------------


def branin(values):
    """Dixon & Szegö 1978; its least value is 0.397887."""
    x, y = values["x"], values["y"]
    valley = y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6
    return valley**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def branin_space():
    hp = kt.HyperParameters()
    hp.Float("x", -5.0, 10.0)
    hp.Float("y", 0.0, 15.0)
    return hp


def test_the_formula_of_branin_is_the_published_one():
    for x, y in [(-math.pi, 12.275), (math.pi, 2.275), (9.42478, 2.475)]:
        assert branin({"x": x, "y": y}) == pytest.approx(0.397887, abs=1e-6)


def mean_of_the_best(oracle, folder, objective, space, trials, seeds=5):
    best = []
    for seed in range(seeds):
        search = start(oracle, folder / str(seed), space(), seed=seed, max_trials=trials)
        best.append(min(objective(values) for values in run(search, objective)))
    return np.mean(best)


def test_bayesian_search_beats_random_search_on_branin(tmp_path):
    options = {"objective": branin, "space": branin_space, "trials": 25, "seeds": 10}
    random = mean_of_the_best(RandomSearchOracle, tmp_path / "r", **options)
    bayesian = mean_of_the_best(BayesianOptimizationOracle, tmp_path / "b", **options)
    assert bayesian - 0.397887 < 0.2 * (random - 0.397887)


def test_bayesian_search_of_categories_needs_fewer_trials_than_random_search(tmp_path):
    def space():
        hp = kt.HyperParameters()
        for name in "abcd":
            hp.Choice(name, ["u", "v", "w"])
        return hp

    def objective(values):
        """Each of four choices adds its own part; one of the 81 settings has 0."""
        return sum((values[name] != "v") * weight for weight, name in enumerate("abcd", start=1))

    options = {"objective": objective, "space": space, "trials": 16, "seeds": 3}
    random = mean_of_the_best(RandomSearchOracle, tmp_path / "r", **options)
    bayesian = mean_of_the_best(BayesianOptimizationOracle, tmp_path / "b", **options)
    assert bayesian < 0.5 * random


def test_bayesian_search_maximises_where_it_is_asked_to(tmp_path):
    oracle = BayesianOptimizationOracle(
        kt.Objective("score", "max"), max_trials=15, seed=0, hyperparameters=plane()
    )
    oracle.verbose = 0
    oracle._set_project_dir(tmp_path, "search")
    run(oracle, lambda values: 1.0 - bowl(values))
    assert oracle.get_best_trials()[0].score == pytest.approx(1.0, abs=0.01)


def test_one_diverged_trial_does_not_blind_bayesian_search(tmp_path):
    oracle = start(BayesianOptimizationOracle, tmp_path, plane(), max_trials=15)
    # One of the first trials has a score of another order of magnitude.
    run(oracle, lambda values: 1e12 if len(oracle.trials) == 2 else bowl(values))
    assert oracle.get_best_trials()[0].score < 0.01


def test_bayesian_search_avoids_the_half_where_trials_fail(tmp_path):
    oracle = start(
        BayesianOptimizationOracle,
        tmp_path,
        plane(),
        max_trials=20,
        max_consecutive_failed_trials=9,
    )
    # The score improves towards the edge beyond which all fails, like a learning rate.
    failures = []
    while (trial := oracle.create_trial("tuner0")).status != "STOPPED":
        x = trial.hyperparameters.values["x"]
        failures.append(x > 0.0)
        finish(oracle, trial, math.inf if x > 0.0 else -x)
    assert sum(failures[10:]) <= 5  # of ten; KerasTuner, which scores inf with 0, chose it 21 of 22
