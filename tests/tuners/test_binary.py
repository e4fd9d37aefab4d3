"""Binary search: golden section under noise, and the threshold of a constraint (rows 77, 78)."""

import math

import keras_tuner as kt
import numpy as np
import pytest
import test_oracles
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize
from test_oracles import finish, run, start

from recipes.errors import ArgumentError, SearchError
from tuners.brackets import (
    Line,
    bisection,
    bracket_of_threshold,
    golden_section,
    least_hump,
    two_minima,
)
from tuners.constraints import Constraint
from tuners.oracles import BinarySearchOracle
from tuners.oracles.reopen import open_oracle
from tuners.results import read_search

quick = settings(max_examples=50, deadline=None, derandomize=True)

# --- the contract of all oracles, in one dimension ------------------------------------------------


def line():
    hp = kt.HyperParameters()
    hp.Float("x", -1.0, 1.0)
    return hp


def valley(values):
    """Least at 0.3, where it is 0."""
    return (values["x"] - 0.3) ** 2


CONTRACT = (  # the other tests need several parameters, or ask for every setting of a space
    "test_zero_is_a_seed_and_repeats_the_search_exactly",
    "test_a_space_without_choices_is_one_trial",
    "test_max_trials_ends_the_search",
    "test_a_worker_that_asks_again_gets_the_trial_it_has",
    "test_an_error_leaves_no_lock_held",
    "test_a_score_that_is_not_finite_is_a_failure_and_never_the_best",
    "test_a_failed_trial_does_not_stop_the_search_and_is_never_the_best",
    "test_failures_first_leave_a_search_that_works",
    "test_the_result_of_a_retry_counts",
    "test_a_trial_has_failed_when_its_retries_are_used_up",
    "test_retries_that_were_used_before_a_kill_are_not_given_again",
    "test_three_failures_in_a_row_end_the_search_and_are_kept",
    "test_failures_of_an_earlier_run_do_not_end_a_new_one",
    "test_the_best_of_what_is_maximised_is_the_highest",
    "test_several_objectives_are_scored_by_the_sum_that_keras_tuner_reports",
    "test_the_display_of_keras_tuner_can_follow_the_search",
    "test_a_search_killed_after_any_line_of_its_journal_goes_on_as_if_it_was_not",
    "test_a_new_process_for_each_trial_finds_what_one_process_finds",
    "test_an_interrupted_trial_comes_again_with_its_name_and_values",
    "test_a_search_that_ended_goes_on_when_it_is_given_more_trials",
    "test_a_kill_before_the_first_line_was_whole_starts_a_search_that_can_be_resumed",
    "test_a_trial_whose_lines_are_damaged_costs_no_other_trial",
    "test_a_trial_is_on_the_disk_when_it_begins_and_when_it_ends",
    "test_a_resumed_search_keeps_its_seed_and_says_so",
    "test_a_numpy_integer_is_a_seed",
)
globals().update({name: getattr(test_oracles, name) for name in CONTRACT})


@pytest.fixture
def kind(monkeypatch):
    monkeypatch.setattr(test_oracles, "plane", line)
    monkeypatch.setattr(test_oracles, "bowl", valley)
    return BinarySearchOracle


def measure(folder, objective, space=None, trials=1000, **options):
    """Runs a search; returns the oracle, and its values in order."""
    oracle = start(BinarySearchOracle, folder, space or line(), **({"max_trials": None} | options))
    found = run(oracle, objective, trials)
    return oracle, [next(iter(values.values())) for values in found]


def integers(last):
    hp = kt.HyperParameters()
    hp.Int("x", 0, last)
    return hp


# --- golden section -------------------------------------------------------------------------------


def test_it_goes_the_way_of_scipys_golden_section(tmp_path):
    seen = []

    def objective(x):
        seen.append(x)
        return (x - 0.3) ** 2

    optimize.golden(objective, brack=(-1.0, -1.0 + 2 * 0.381966011, 1.0), maxiter=8)
    _, values = measure(tmp_path, valley, trials=8)
    # SciPy measures the ends too, and takes the mirror image of the same golden points.
    assert values == pytest.approx(sorted(values, key=values.index))
    assert {round(x, 3) for x in values} <= {round(x, 3) for x in seen}


@pytest.mark.parametrize(("tolerance", "trials"), [(0.1, 6), (0.01, 11), (0.001, 16)])
def test_trials_grow_with_the_logarithm_of_the_tolerance(tolerance, trials, tmp_path):
    # The bracket is 0.618 wide after two trials, and shrinks by 0.618 with each: log(t)/log(0.618).
    assert trials == 1 + math.ceil(math.log(tolerance) / math.log(0.618034))
    oracle, values = measure(tmp_path, valley, tolerance=tolerance, widest_gap=1.0)
    assert len(values) == trials
    low, high = oracle.bracket()
    assert low <= 0.3 <= high
    assert high - low <= 2 * tolerance  # the range is 2 wide


def test_a_rate_is_searched_on_its_own_scale(tmp_path):
    hp = kt.HyperParameters()
    hp.Float("rate", 1e-6, 1.0, sampling="log")
    oracle, values = measure(tmp_path, lambda v: abs(math.log10(v["rate"]) + 3.2), hp)
    assert values[0] == pytest.approx(10 ** (-6 + 6 * 0.381966), rel=1e-4)
    best = oracle.get_best_trials()[0].hyperparameters.get("rate")
    assert abs(math.log10(best) + 3.2) <= 0.06  # 0.01 of 6 decades


@quick
@given(best=st.integers(0, 232), slope=st.floats(0.1, 10.0))
def test_every_integer_can_be_found_with_as_many_trials_as_fibonacci_numbers(best, slope):
    # 233 is the 13th Fibonacci number; rounding costs a trial or two (Kiefer 1953: 12 are enough).
    places = tuple(place / 232 for place in range(233))
    whole, scores = Line(places, tolerance=0.0), {}
    while (place := golden_section(scores, [], whole, widest_gap=1.0)) is not None:
        distance = round(place * 232) - best
        scores[place] = max(distance, -slope * distance)
    assert round(min(scores, key=scores.get) * 232) == best
    assert len(scores) <= 14


def test_steps_and_ordered_choices_are_searched_to_the_last_value(tmp_path):
    steps, choices = kt.HyperParameters(), kt.HyperParameters()
    steps.Float("x", 0.0, 0.5, step=0.1)
    choices.Choice("x", [16, 32, 64, 128, 256])
    for name, space, best in (("s", steps, 0.5), ("c", choices, 128)):
        oracle, values = measure(tmp_path / name, lambda v, best=best: abs(v["x"] - best), space)
        assert oracle.get_best_trials()[0].hyperparameters.get("x") == best
        assert len(values) == len(set(values)) <= 5


def test_a_maximum_is_found_where_the_objective_is_maximised(tmp_path):
    oracle = BinarySearchOracle(kt.Objective("score", "max"), hyperparameters=line())
    oracle.verbose = 0
    oracle._set_project_dir(tmp_path, "search")
    run(oracle, lambda values: -valley(values))
    assert oracle.get_best_trials()[0].hyperparameters.get("x") == pytest.approx(0.3, abs=0.02)


def test_a_side_on_which_trials_fail_is_left(tmp_path):
    oracle, _ = measure(tmp_path, lambda v: -v["x"] if v["x"] < 0.4 else math.inf)
    low, high = oracle.bracket()
    assert low < 0.4 <= high + 1e-9
    assert high - low <= 0.02


def test_a_default_of_the_users_own_is_where_it_begins(tmp_path):
    hp = kt.HyperParameters()
    hp.Float("x", -1.0, 1.0, default=0.25)
    oracle, values = measure(tmp_path, valley, hp)
    assert values[0] == 0.25
    assert oracle.get_best_trials()[0].hyperparameters.get("x") == pytest.approx(0.3, abs=0.02)


def test_eight_workers_measure_eight_places(tmp_path):
    oracle = start(BinarySearchOracle, tmp_path, line())
    run(oracle, valley, trials=3)
    low, high = oracle.bracket()
    trials = [oracle.create_trial(f"tuner{number}") for number in range(8)]
    values = sorted(trial.hyperparameters.get("x") for trial in trials)
    assert all(low < value < high for value in values)
    assert min(np.diff(values)) > 0.01


def test_several_workers_find_what_one_finds(tmp_path):
    oracle = start(BinarySearchOracle, tmp_path, line(), max_trials=None)
    while True:
        trials = [oracle.create_trial(f"tuner{number}") for number in range(3)]
        trials = [trial for trial in trials if trial.status == "RUNNING"]
        if not trials:
            break
        for trial in trials:
            finish(oracle, trial, valley(trial.hyperparameters.values))
    assert oracle.get_best_trials()[0].hyperparameters.get("x") == pytest.approx(0.3, abs=0.02)


def test_a_second_worker_waits_where_the_next_place_depends_on_the_first(tmp_path):
    oracle = start(BinarySearchOracle, tmp_path, integers(2), max_trials=None)
    states = []
    while True:
        trials = [oracle.create_trial(name) for name in ("one", "two")]
        states.append([trial.status for trial in trials])
        running = [trial for trial in trials if trial.status == "RUNNING"]
        if not running:
            break
        finish(oracle, running[0], valley(running[0].hyperparameters.values))
    assert states == [["RUNNING"] * 2, ["RUNNING"] * 2, ["IDLE", "RUNNING"], ["STOPPED"] * 2]
    assert oracle.get_best_trials()[0].hyperparameters.get("x") == 0


def test_trials_that_were_pending_at_a_kill_come_again_first(tmp_path):
    def with_four_pending(folder):
        oracle = start(BinarySearchOracle, folder, line())
        run(oracle, valley, trials=3)
        return oracle, [oracle.create_trial(f"tuner{number}") for number in range(4)]

    whole, _ = with_four_pending(tmp_path / "whole")
    _, pending = with_four_pending(tmp_path / "killed")
    again = start(BinarySearchOracle, tmp_path / "killed", line())
    for before in pending:
        after = again.create_trial(f"again{before.trial_id}")
        assert after.trial_id == before.trial_id
        assert after.hyperparameters.values == before.hyperparameters.values
    new = again.create_trial("another").hyperparameters.values
    assert new == whole.create_trial("another").hyperparameters.values


# --- noise ----------------------------------------------------------------------------------------


def noisy(seed, size):
    generator = np.random.default_rng(seed)
    return lambda values: valley(values) + size * generator.standard_normal()


def test_repeats_measure_each_setting_so_often_and_judge_the_mean(tmp_path):
    oracle, values = measure(tmp_path, noisy(0, 0.01), repeats=3, trials=9)
    assert values == [value for value in values[::3] for _ in range(3)]
    means = {}
    for trial in oracle.trials.values():
        means.setdefault(trial.hyperparameters.get("x"), []).append(trial.score)
    assert {len(scores) for scores in means.values()} == {3}
    best = min(means, key=lambda value: np.mean(means[value]))
    assert [t.hyperparameters.get("x") for t in oracle.get_best_trials(3)] == [best] * 3


def test_means_of_repeats_bring_a_noisy_search_nearer():
    def error(repeats):
        found = []
        for seed in range(40):
            objective, scores = noisy(seed, 0.05), {}
            while (place := golden_section(scores, [], Line(None, 0.05), 1.0)) is not None:
                scores[place] = np.mean([objective({"x": 2 * place - 1}) for _ in range(repeats)])
            found.append(2 * min(scores, key=scores.get) - 1)
        return np.sqrt(np.mean((np.array(found) - 0.3) ** 2))

    assert error(9) < 0.7 * error(1)


def test_workers_share_the_repeats(tmp_path):
    oracle = start(BinarySearchOracle, tmp_path, line(), repeats=2)
    values = [oracle.create_trial(f"t{number}").hyperparameters.get("x") for number in range(6)]
    assert values[::2] == values[1::2]
    assert len(set(values)) == 3


def test_a_search_with_repeats_goes_on_after_a_kill_as_if_there_was_none(tmp_path):
    _, expected = measure(tmp_path / "whole", valley, repeats=2, trials=8)
    found = []
    for _ in range(8):
        found += measure(tmp_path / "killed", valley, repeats=2, trials=1)[1]
    assert found == expected


# --- one minimum is an assumption -----------------------------------------------------------------


def w_shape(values):
    """Least at 0.6 with 0; a second minimum at −0.5 with 0.05; 0.4 between them."""
    x = values["x"]
    return min(1.6 * (x - 0.6) ** 2, 0.05 + 1.2 * (x + 0.5) ** 2)


def test_a_w_shape_is_warned_of(tmp_path):
    with pytest.warns(UserWarning, match="two minima") as caught:
        oracle, _ = measure(tmp_path, w_shape)
    (said,) = [str(warning.message) for warning in caught]
    assert said.startswith("BinarySearchOracle: the trials show two minima of `x`, near -0.")
    assert said.endswith(
        "between them. A binary search may miss the better one: try BayesianOptimization."
    )
    assert oracle.get_best_trials()[0].hyperparameters.get("x") == pytest.approx(0.6, abs=0.02)


@quick
@given(
    best=st.floats(-1.0, 1.0),
    power=st.floats(0.5, 3.0),
    left=st.floats(0.2, 5.0),
)
def test_one_minimum_never_looks_like_two(best, power, left):
    scores, whole = {}, Line(None, 0.01)
    while (place := golden_section(scores, [], whole, widest_gap=0.25)) is not None:
        distance = 2 * place - 1 - best
        scores[place] = (max(distance, 0) + left * max(-distance, 0)) ** power
    assert two_minima(scores, margin=1e-9) is None
    gaps = np.diff([0.0, *sorted(scores), 1.0])
    assert max(gaps) <= 0.25


def test_two_minima_are_found_by_hand():
    scores = {0.0: 3.0, 0.2: 1.0, 0.5: 2.0, 0.8: 1.5, 1.0: 4.0}
    assert two_minima(scores, margin=0.4) == (0.2, 0.5, 0.8)
    assert two_minima(scores, margin=0.5) is None  # the hump is 0.5 above the higher one
    assert two_minima({0.0: 1.0, 0.5: 2.0, 1.0: math.inf}, margin=0.0) is None


def test_a_hump_within_the_noise_is_none():
    # Variances 0.02 of two measurements each: the difference of two means has √0.02 = 0.1414.
    losses = {0.0: [0.9, 1.1], 0.5: [0.4, 0.6], 1.0: [1.9, 2.1]}
    assert least_hump(losses) == pytest.approx(3 * math.sqrt(2 * 0.02 / 2))
    # Measured once, a tenth of the spread of 1.5 is taken for noise.
    assert least_hump({0.0: [1.0], 0.5: [0.5], 1.0: [2.0]}) == pytest.approx(0.15)
    assert least_hump({0.0: [1.0], 0.5: [math.inf], 1.0: [2.0]}) == math.inf


# --- a constraint ---------------------------------------------------------------------------------


def alpha():
    hp = kt.HyperParameters()
    hp.Float("alpha", 0.0, 1.0)
    return hp


def thresholds(folder, recall, space=None, trials=1000, **options):
    """Runs a search in which trials report a recall; returns the oracle and its values."""
    options = {"max_trials": None, "constraint": "recall >= 0.95"} | options
    oracle = start(BinarySearchOracle, folder, space or alpha(), **options)
    values = []
    while len(values) < trials and (trial := oracle.create_trial("t")).status != "STOPPED":
        (value,) = trial.hyperparameters.values.values()
        values.append(value)
        oracle.update_trial(trial.trial_id, {"recall": recall(value), "score": 1.0 - value})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
    return oracle, values


@pytest.mark.parametrize("halvings", [3, 6, 10])
def test_the_largest_feasible_alpha_is_found_within_the_halvings(halvings, tmp_path):
    # The MTCNN case: the recall falls as the boxes gain weight, and meets 0.95 up to 0.6180.
    oracle, values = thresholds(
        tmp_path, lambda alpha: 0.95 + 0.1 * (0.618 - alpha), tolerance=2.0**-halvings
    )
    assert len(values) == halvings + 2  # the two ends come first
    assert values[:3] == [1.0, 0.0, 0.5]
    best = oracle.get_best_trials()[0].hyperparameters.get("alpha")
    assert 0 <= 0.618 - best <= 2.0**-halvings
    assert oracle.bracket() == (best, best + 2.0**-halvings)


def test_what_breaks_the_constraint_is_marked_and_never_the_best_of_a_report(tmp_path):
    oracle, _ = thresholds(tmp_path, lambda alpha: 1.0 - 0.2 * alpha, tolerance=0.1)
    search = read_search(oracle)
    for trial in search.trials:
        met = 1.0 - 0.2 * trial.values["alpha"] >= 0.95
        assert trial.broken == (() if met else ("recall >= 0.95",))
    assert search.best.broken == ()
    assert open_oracle(tmp_path / "search").constraints == ()  # bisection follows its own


def test_the_smallest_feasible_value_is_found_too(tmp_path):
    oracle, values = thresholds(
        tmp_path, lambda x: 0.9 + 0.1 * x, constraint="recall >= 0.93", largest=False
    )
    assert values[:2] == [0.0, 1.0]
    best = oracle.get_best_trials()[0].hyperparameters.get("alpha")
    assert 0 < best - 0.3 <= 0.01
    low, high = oracle.bracket()
    assert low == best
    assert high <= 0.3


@quick
@given(threshold=st.integers(0, 98))
def test_the_last_integer_that_meets_it_is_exact(threshold):
    whole, met = Line(tuple(place / 99 for place in range(100)), tolerance=0.0), {}
    while (place := bisection(met, [], whole)) is not None:
        met[place] = round(place * 99) <= threshold
    assert bracket_of_threshold(met) == (threshold / 99, (threshold + 1) / 99)
    assert len(met) <= 2 + 7  # 2⁷ > 99


def test_a_constraint_on_an_integer_ends_with_neighbours(tmp_path):
    oracle, _ = thresholds(tmp_path, lambda x: 1.0 if x <= 37 else 0.0, integers(99))
    assert oracle.get_best_trials()[0].hyperparameters.get("x") == 37
    assert oracle.bracket() == (37, 38)


def test_a_rate_reaches_both_ends_of_its_logarithm(tmp_path):
    hp = kt.HyperParameters()
    hp.Float("alpha", 3e-7, 0.7, sampling="log")
    _, values = thresholds(tmp_path, lambda x: 1.0 if x < 1e-3 else 0.0, hp)
    assert values[:2] == [0.7, 3e-7]
    assert len(values) == 9


def test_a_far_end_that_is_feasible_ends_the_search(tmp_path):
    _, values = thresholds(tmp_path, lambda alpha: 0.99)
    assert values == [1.0]


def test_no_feasible_end_is_said(tmp_path):
    with pytest.raises(SearchError) as caught:
        thresholds(tmp_path, lambda alpha: 0.9 - 0.1 * alpha)
    assert str(caught.value) == (
        "BinarySearchOracle: no end of `alpha` meets recall >= 0.95. recall is 0.9 at 0 and 0.8 at "
        "1. Widen the range, or lower the bound."
    )


def test_a_constraint_on_a_metric_that_nobody_reports_is_said(tmp_path):
    with pytest.raises(SearchError) as caught:
        thresholds(tmp_path, lambda alpha: 0.99, constraint="val_recall >= 0.95")
    assert str(caught.value) == (
        "BinarySearchOracle: the constraint must name a metric that the trials report. Received: "
        'constraint=\'val_recall >= 0.95\'. They report "recall", "score".'
    )


def test_the_metric_of_the_epoch_that_is_kept_counts(tmp_path):
    oracle = start(BinarySearchOracle, tmp_path, alpha(), constraint="recall >= 0.95")
    trial = oracle.create_trial("t")
    for epoch, (score, recall) in enumerate([(3.0, 0.99), (1.0, 0.96), (2.0, 0.5)]):
        oracle.update_trial(trial.trial_id, {"score": score, "recall": recall}, step=epoch)
    trial.status = "COMPLETED"
    oracle.end_trial(trial)
    assert oracle.get_best_trials()[0].trial_id == trial.trial_id  # 0.96, with the score of 1.0
    assert oracle.create_trial("t").status == "STOPPED"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("recall >= 0.95", ("recall", ">=", 0.95)),
        ("val_loss<=1e-3", ("val_loss", "<=", 1e-3)),
        (" head/f1_score  <=  -2. ", ("head/f1_score", "<=", -2.0)),
    ],
)
def test_a_constraint_is_read_from_text(text, parts):
    constraint = Constraint.parse("test", text)
    assert (constraint.metric, constraint.sign, constraint.bound) == parts
    assert Constraint.parse("test", str(constraint)) == constraint
    assert Constraint.parse("test", constraint) is constraint


@pytest.mark.parametrize(
    ("text", "value", "is_met"),
    [
        ("r >= 0.5", 0.5, True),
        ("r >= 0.5", 0.499, False),
        ("r <= 0.5", 0.5, True),
        ("r <= 0.5", 0.501, False),
        ("r >= 0.5", math.nan, False),
        ("r <= 0.5", math.nan, False),
    ],
)
def test_a_bound_itself_meets_a_constraint(text, value, is_met):
    assert Constraint.parse("test", text).is_met(value) is is_met


@pytest.mark.parametrize("text", ["recall", "recall => 0.9", "0.9", "recall >= high", 3, []])
def test_a_constraint_of_another_form_is_refused(text):
    with pytest.raises(ArgumentError) as caught:
        BinarySearchOracle("val_loss", constraint=text)
    assert str(caught.value) == (
        'BinarySearchOracle: `constraint` must read "METRIC >= NUMBER" or "METRIC <= NUMBER". '
        f"Received: constraint={text!r}."
    )


class Detector(kt.HyperModel):
    """Trains nothing: its recall falls as α rises, as in the MTCNN case."""

    def build(self, hp):
        import keras

        hp.Float("alpha", 0.0, 1.0)
        return keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])

    def fit(self, hp, model, **kwargs):
        return {"loss": 1.0 - hp.get("alpha"), "recall": 1.0 - 0.1 * hp.get("alpha")}


def test_the_tuner_says_what_it_has_found(tmp_path, capsys):
    from tuners import BinarySearch

    tuner = BinarySearch(
        Detector(),
        kt.Objective("loss", "min"),
        constraint="recall >= 0.95",
        tolerance=0.125,
        directory=tmp_path,
    )
    tuner.search()
    said = capsys.readouterr().out
    assert said.endswith(
        "BinarySearch: the largest alpha that meets recall >= 0.95 is 0.5; 0.625 does not.\n"
    )


def test_the_answer_names_the_best_place_and_its_bracket(tmp_path):
    oracle, _ = measure(tmp_path / "a", valley, tolerance=0.1)
    assert oracle.answer() == (
        "BinarySearch: the best score is at x = 0.3475, between 0.2361 and 0.4164."
    )
    oracle, _ = thresholds(tmp_path / "b", lambda alpha: 0.99)
    assert oracle.answer() == (
        "BinarySearch: the largest alpha that meets recall >= 0.95 is 1, the end of its range."
    )
    oracle = start(BinarySearchOracle, tmp_path / "c", alpha(), constraint="recall >= 1")
    assert oracle.answer() == "BinarySearch: no trial has met the bound."


def test_a_plain_tuner_of_keras_tuner_can_use_it(tmp_path):
    oracle = BinarySearchOracle(kt.Objective("loss", "min"), max_trials=3)
    tuner = kt.Tuner(oracle, Detector(), directory=tmp_path)
    tuner.search(verbose=0)
    values = [trial.hyperparameters.get("alpha") for trial in oracle.trials.values()]
    assert values == pytest.approx([0.381966, 0.618034, 0.763932], abs=1e-6)


# --- what it refuses ------------------------------------------------------------------------------


def test_several_parameters_are_refused(tmp_path):
    hp = kt.HyperParameters()
    hp.Float("alpha", 0.0, 1.0, default=0.5)
    hp.Float("rate", 1e-4, 1e-1, sampling="log")
    with pytest.raises(ArgumentError) as caught:
        start(BinarySearchOracle, tmp_path, hp).create_trial("t")
    assert str(caught.value) == (
        "BinarySearchOracle: the space must have one parameter to tune: with several no half can "
        "be left out. Received: parameters='alpha, rate'. Fix all but one, or take "
        "BayesianOptimization."
    )


def test_the_tuner_refuses_them_when_it_is_made(tmp_path):
    from tuners import BinarySearch

    hp = kt.HyperParameters()
    hp.Float("alpha", 0.0, 1.0)
    hp.Boolean("bias")
    with pytest.raises(ArgumentError, match="the space must have one parameter to tune"):
        BinarySearch(None, "val_loss", hyperparameters=hp, directory=tmp_path)


def test_values_without_an_order_are_refused(tmp_path):
    hp = kt.HyperParameters()
    hp.Choice("activation", ["relu", "swish", "tanh"])
    with pytest.raises(ArgumentError) as caught:
        start(BinarySearchOracle, tmp_path, hp).create_trial("t")
    assert str(caught.value) == (
        "BinarySearchOracle: the values of the parameter must have an order. Received: "
        "parameter='activation'. Pass ordered=True to hp.Choice, or take GridSearch."
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"repeats": 0}, "`repeats` must be a whole number of at least 1. Received: repeats=0."),
        ({"tolerance": 0}, "`tolerance` must be a number in (0, 1]. Received: tolerance=0."),
        ({"widest_gap": 2}, "`widest_gap` must be a number in (0, 1]. Received: widest_gap=2."),
        ({"largest": "no"}, "`largest` must be True or False. Received: largest='no'."),
    ],
)
def test_an_argument_that_breaks_its_rule_is_refused(options, sentence):
    with pytest.raises(ArgumentError) as caught:
        BinarySearchOracle("val_loss", **options)
    assert str(caught.value) == f"BinarySearchOracle: {sentence}"
