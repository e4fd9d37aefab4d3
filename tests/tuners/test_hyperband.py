"""Hyperband: its arithmetic against keras_tuner's, its rounds against halving that waits."""

import math
import random

import keras_tuner
import pytest
from formulas import Simulation, line_space, search, start, train
from hypothesis import given, settings
from hypothesis import strategies as st

import tuners
from recipes.errors import ArgumentError, SearchError
from tuners.oracles import HyperbandOracle
from tuners.pruning import HyperbandBrackets

# --- sizes and epochs -----------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [2, 3, 4, 10])
def test_sizes_and_epochs_are_those_of_keras_tuner(factor):
    for max_epochs in [*range(2, 60), 81, 100, 243, 1000]:
        theirs = keras_tuner.oracles.HyperbandOracle("loss", max_epochs, factor)
        ours = HyperbandBrackets(max_epochs=max_epochs, factor=factor)
        assert len(ours.brackets) == theirs._get_num_brackets()
        for s in ours.brackets:
            for k in range(s + 1):
                assert ours.size(s, k) == theirs._get_size(s, k)
                assert ours.epochs(s, k) == theirs._get_epochs(s, k)


def test_the_first_and_the_last_bracket_of_81_epochs_are_the_published_ones():
    """Li et al. 2017, table 1."""
    brackets = HyperbandBrackets(max_epochs=81, factor=3)
    rounds = [[(brackets.size(s, k), brackets.epochs(s, k)) for k in range(s + 1)] for s in (4, 0)]
    assert rounds == [[(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)], [(5, 81)]]


def test_a_trial_has_its_bracket_by_its_number():
    brackets = HyperbandBrackets(max_epochs=9, factor=3)  # 9, 5 and 3 trials, and again
    places = [brackets.place(number) for number in (0, 8, 9, 13, 14, 16, 17, 26)]
    assert places == [
        *[(2, range(0, 9))] * 2,
        *[(1, range(9, 14))] * 2,
        *[(0, range(14, 17))] * 2,
        (2, range(17, 26)),
        (1, range(26, 31)),
    ]


def test_longer_shortest_trainings_leave_out_the_first_brackets():
    assert HyperbandBrackets(max_epochs=27, min_epochs=1).brackets == [3, 2, 1, 0]
    assert HyperbandBrackets(max_epochs=27, min_epochs=4).brackets == [1, 0]


# --- who goes on ----------------------------------------------------------------------------------


def halving_that_waits(brackets, trials, curve, lengths):
    """Returns how many epochs each trial gets when each round waits for all of its trials."""
    epochs = {}
    for number in range(trials):
        s, numbers = brackets.place(number)
        members = list(numbers)
        for k in range(s + 1):
            results = {}
            for member in members:
                length = min(brackets.epochs(s, k), lengths.get(member, brackets.max_epochs))
                values = [curve(member, epoch) for epoch in range(length)]
                epochs[member] = values.index(None) if None in values else len(values)
                if None not in values and min(values) < math.inf:
                    results[member] = min(values)
            if k < s:
                best_first = sorted(results, key=lambda member: (results[member], member))
                members = best_first[: brackets.size(s, k + 1)]
    return epochs


def table_of(seed, trials, epochs, failures):
    """Returns a formula with many ties, some infinities, and failures."""
    numbers = random.Random(seed)
    levels = [*range(6), math.inf]
    rows = [[numbers.choice(levels) for _ in range(epochs)] for _ in range(trials)]
    for row in rows:
        if numbers.random() < failures:
            row[numbers.randrange(epochs) // 3] = None
    return lambda number, epoch: rows[number][epoch]


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    max_epochs=st.integers(1, 20),
    factor=st.integers(2, 4),
    workers=st.integers(1, 8),
    failures=st.sampled_from([0.0, 0.3, 0.9]),
    lengths=st.dictionaries(st.integers(0, 40), st.integers(1, 9), max_size=9),
)
def test_in_any_order_with_failures_and_early_ends_the_same_go_on_as_if_each_round_waited(
    seed, max_epochs, factor, workers, failures, lengths
):
    brackets = HyperbandBrackets(max_epochs=max_epochs, factor=factor)
    curve = table_of(seed, brackets.trials, max_epochs, failures)
    simulation = Simulation(brackets, curve, brackets.trials, max_epochs, lengths)
    simulation.run(workers, random.Random(seed).choice)
    found = {number: each.epochs for number, each in simulation.curves.items()}
    assert found == halving_that_waits(brackets, brackets.trials, curve, lengths)
    for s in brackets.brackets:
        numbers = next(r for b, r in map(brackets.place, range(brackets.trials)) if b == s)
        for k in range(s):
            beyond = sum(found[number] > brackets.epochs(s, k) for number in numbers)
            assert beyond <= brackets.size(s, k + 1)


def test_a_trace_worked_out_by_hand(tmp_path):
    """Brackets of 9 trials (1, 3, 9 epochs; 3 and 1 go on), 5 (3, 9 epochs; 2 go on) and 3."""
    oracle = start(make(max_epochs=9), tmp_path)
    losses = [0.9, 0.1, 0.8, 0.3, 0.7, 0.5, 0.6, 0.2, 0.4]
    assert search(oracle, lambda number, epoch: losses[number % 9], 9) == [
        *[(number, 0, 1) for number in range(7)],
        (1, 1, 3),  # the first of seven: the two to come cannot push it from the first three
        (7, 0, 3),  # among the first three whatever trial 8 brings: it need not stop
        (8, 0, 1),
        (3, 1, 3),  # now the third is known
        (1, 3, 9),
        *[(number, 0, 3) for number in (9, 10, 11, 12)],
        (10, 3, 9),
        (13, 0, 3),
        (12, 3, 9),
        *[(number, 0, 9) for number in (14, 15, 16)],
    ]
    assert len(oracle.trials) == 17
    messages = [oracle.trials[f"{number:04d}"].message for number in (0, 7, 1, 9, 16)]
    assert messages == [
        "stopped after epoch 1 by HyperbandBrackets",
        "stopped after epoch 3 by HyperbandBrackets",
        None,
        "stopped after epoch 3 by HyperbandBrackets",
        None,
    ]


def make(max_epochs=9, seed=0, **options):
    options = {"hyperparameters": line_space()} | options
    return HyperbandOracle("loss", max_epochs, seed=seed, **options)


# --- the search -----------------------------------------------------------------------------------


@pytest.mark.parametrize("iterations", [1, 2])
def test_the_search_ends_when_all_brackets_are_done(iterations, tmp_path):
    oracle = start(make(max_epochs=9, hyperband_iterations=iterations), tmp_path)
    trainings = search(oracle, lambda number, epoch: number % 7, 9)
    assert len(oracle.trials) == iterations * (9 + 5 + 3)
    # 9 of 1 epoch, 3 more to 3, 1 more to 9; 5 of 3 and 2 more to 9; 3 of 9.
    epochs = 9 * 1 + 3 * 2 + 1 * 6 + 5 * 3 + 2 * 6 + 3 * 9
    assert sum(last - first for _, first, last in trainings) == iterations * epochs


def test_no_setting_comes_twice_and_what_an_exhausted_space_has_begun_is_brought_to_its_end(
    tmp_path,
):
    hp = keras_tuner.HyperParameters()
    hp.Choice("a", ["p", "q", "r"])
    hp.Boolean("b")
    oracle = start(make(hyperparameters=hp, hyperband_iterations=None), tmp_path)
    trainings = search(oracle, lambda number, epoch: number, 9)
    # The bracket of nine has six: no more come, so that the best three go on, and then the best.
    assert trainings == [
        *[(number, 0, 1) for number in range(6)],
        *[(number, 1, 3) for number in range(3)],
        (0, 3, 9),
    ]
    values = {tuple(t.hyperparameters.values.items()) for t in oracle.trials.values()}
    assert len(values) == 6


def test_a_tuner_waits_only_while_a_trial_runs_that_may_bring_work(tmp_path):
    """Brackets of 3 trials (1 and 3 epochs) and of 2."""
    oracle = start(make(max_epochs=3), tmp_path)
    begun = [oracle.create_trial(f"tuner{number}") for number in range(5)]
    assert oracle.create_trial("tuner5").status == "IDLE"
    assert oracle.tuner_ids == {"tuner5"}  # for whom the chief of keras_tuner goes on serving
    for trial in begun[:2]:
        train(oracle, trial, lambda number, epoch: number, 3)
        assert oracle.create_trial("tuner5").status == "IDLE"
    assert train(oracle, begun[2], lambda number, epoch: number, 3) == (2, 0, 1)
    again = oracle.create_trial("tuner5")
    assert (again.trial_id, again.status) == (begun[0].trial_id, "RUNNING")
    assert oracle.tuner_ids == set()
    for trial in begun[3:]:
        train(oracle, trial, lambda number, epoch: number, 3)
    assert oracle.create_trial("tuner0").status == "IDLE"
    assert train(oracle, again, lambda number, epoch: number, 3) == (0, 1, 3)
    assert oracle.create_trial("tuner0").status == "STOPPED"


def test_every_third_training_fails_and_the_others_go_on(tmp_path):
    """With keras_tuner's oracle none would."""
    oracle = start(make(max_epochs=9, max_retries_per_trial=0), tmp_path)
    lengths = {}
    while (trial := oracle.create_trial("tuner0")).status == "RUNNING":
        if int(trial.trial_id) % 3 == 2:
            trial.status, trial.message = "INVALID", "out of memory"
            oracle.end_trial(trial)
        else:
            number, _, lengths[number] = train(oracle, trial, lambda number, epoch: number, 9)
    assert {number: lengths[number] for number in lengths if number < 9} == {
        **{0: 9, 1: 3, 3: 3},
        **dict.fromkeys([4, 6, 7], 1),
    }


def test_known_results_take_no_place_in_a_bracket(tmp_path):
    class Knowing(HyperbandOracle):
        def known_names(self):
            return {"0000", "0003"}

    losses = [0.9, 0.1, 0.8, 0.3, 0.7, 0.5, 0.6, 0.2, 0.4]
    trace = search(start(make(), tmp_path / "a"), lambda number, epoch: losses[number % 9], 9)
    oracle = start(Knowing("loss", 9, seed=0, hyperparameters=line_space()), tmp_path / "b")

    def curve(number, epoch):  # the known ones are the best, and are not promoted for it
        place = number - (number > 0) - (number > 3)
        return 0.0 if number in (0, 3) else losses[place % 9]

    names = [number for number in range(19) if number not in (0, 3)]
    expected = [(names[number], first, last) for number, first, last in trace]
    found = search(oracle, curve, 9)
    assert [training for training in found if training[0] not in (0, 3)] == expected


@pytest.mark.parametrize("prior", ["defaults", None])
def test_the_first_trial_has_the_users_defaults_unless_they_are_no_prior(prior, tmp_path):
    hp = keras_tuner.HyperParameters()
    hp.Float("x", 0.0, 1.0, default=0.25)
    oracle = start(make(hyperparameters=hp, prior=prior), tmp_path)
    x = oracle.create_trial("tuner0").hyperparameters.values["x"]
    assert (x == 0.25) is (prior is not None)


# --- tuners that report once a trial --------------------------------------------------------------


def refusal(trial, steps):
    return (
        "HyperbandOracle: each epoch must be reported when it ends, and this tuner reports once a "
        f"trial. Received: trial='{trial}', steps={steps}. "
        "Use tuners.Hyperband, or RandomSearchOracle with this tuner."
    )


def report_once(oracle, trial, step):
    oracle.update_trial(trial.trial_id, {"loss": 1.0}, step=step)
    trial.status = "COMPLETED"
    oracle.end_trial(trial)


def test_a_plain_tuner_of_keras_tuner_is_refused(tmp_path):
    import keras
    import numpy as np

    def build(hp):
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
        model.layers[0].set_weights([np.zeros((1, 1))])
        model.compile(keras.optimizers.SGD(hp.Float("rate", 0.01, 0.1)), "mse")
        return model

    oracle = HyperbandOracle("loss", max_epochs=9, seed=0)
    tuner = keras_tuner.Tuner(oracle, build, directory=str(tmp_path), project_name="search")
    with pytest.raises(SearchError) as error:
        tuner.search(np.ones((4, 1)), np.ones((4, 1)), epochs=3, verbose=0)
    assert str(error.value) == refusal("0000", [2])  # the loss falls: the last epoch is the best
    again = start(HyperbandOracle("loss", max_epochs=9, seed=0), tmp_path)
    assert again.unfinished_trials() == ["0000"]  # the folder is as before: nothing was judged


def test_the_report_of_a_first_epoch_is_refused_if_the_trial_then_ends_by_itself(tmp_path):
    oracle = start(make(max_epochs=9, min_epochs=9), tmp_path)  # all have nine epochs to run
    with pytest.raises(SearchError) as error:
        report_once(oracle, oracle.create_trial("tuner0"), step=0)
    assert str(error.value) == refusal("0000", [0])


def test_a_trial_that_goes_on_and_reports_no_further_epoch_is_refused(tmp_path):
    oracle = start(make(max_epochs=9, min_epochs=3), tmp_path)  # five trials of three epochs
    for _ in range(4):
        train(oracle, oracle.create_trial("tuner0"), lambda number, epoch: number, 9)
    with pytest.raises(SearchError) as error:
        report_once(oracle, oracle.create_trial("tuner0"), step=2)
    assert str(error.value) == refusal("0000", [0, 1, 2])


def test_early_stopping_within_a_round_is_no_reason_to_refuse(tmp_path):
    oracle = start(make(max_epochs=9, min_epochs=3), tmp_path)
    trial = oracle.create_trial("tuner0")
    for step in range(2):
        oracle.update_trial(trial.trial_id, {"loss": 1.0}, step=step)
    trial.status = "COMPLETED"
    oracle.end_trial(trial)
    assert (trial.message, oracle.curve_of(trial).state) == (None, "ended")


# --- arguments ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"max_epochs": 0},
            "HyperbandOracle: `max_epochs` must be a whole number of at least 1. "
            "Received: max_epochs=0.",
        ),
        (
            {"factor": 1},
            "HyperbandOracle: `factor` must be a whole number of at least 2. Received: factor=1.",
        ),
        (
            {"hyperband_iterations": -1},
            "HyperbandOracle: `hyperband_iterations` must be a whole number of at least 0. "
            "Received: hyperband_iterations=-1.",
        ),
        (
            {"seed": -1},
            "HyperbandOracle: `seed` must be a whole number of at least 0. Received: seed=-1.",
        ),
        (
            {"prior": "guide"},
            "HyperbandOracle: `prior` must be one of \"defaults\", None. Received: prior='guide'.",
        ),
        (
            {"min_epochs": 101},
            "HyperbandBrackets: `min_epochs` must be at most max_epochs=100. "
            "Received: min_epochs=101.",
        ),
    ],
)
def test_an_argument_that_breaks_a_rule_is_refused(options, sentence):
    with pytest.raises(ArgumentError) as error:
        HyperbandOracle("loss", **options)
    assert str(error.value) == sentence


def test_brackets_have_no_grace_period():
    with pytest.raises(ArgumentError) as error:
        HyperbandBrackets(grace=3)
    assert str(error.value) == (
        "HyperbandBrackets: brackets have no grace period (`grace`); `min_epochs` is their "
        "shortest training. Received: grace=3."
    )
    brackets = HyperbandBrackets(max_epochs=9)
    assert brackets.prepared(epochs=50, grace=10) == brackets


def test_another_pruner_is_refused():
    oracle = make()
    oracle.pruner = oracle.pruner.prepared(epochs=50, grace=10)  # as a tuner does
    with pytest.raises(ArgumentError) as error:
        oracle.pruner = "median"
    assert str(error.value) == (
        "HyperbandOracle: its brackets are its pruner (`pruner`). Received: pruner='median'. "
        "Take RandomSearch or BayesianOptimization with this pruner."
    )


def test_the_tuner_trains_for_the_epochs_of_the_search(tmp_path):
    class Given(keras_tuner.HyperModel):
        def build(self, hp):
            import keras

            hp.Float("x", 0.0, 1.0)
            model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
            model.compile("sgd", "mse")
            return model

        def fit(self, hp, model, *args, **kwargs):
            raise keras_tuner.errors.FatalValueError(f"epochs={kwargs['epochs']}")

    tuner = tuners.Hyperband(Given(), "loss", max_epochs=9, seed=0, directory=str(tmp_path))
    with pytest.raises(keras_tuner.errors.FatalValueError, match=r"^epochs=9$"):
        tuner.search([[0.0]], [[0.0]], epochs=5, verbose=0)
