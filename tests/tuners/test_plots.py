"""The pictures of searches: what they show is compared, saving is tried (rows 86, 87, 88)."""

import math

import keras_tuner as kt
import numpy as np
import pytest
from studies import oracle_in, run_trial, search, try_settings

from recipes.errors import ArgumentError, FolderError, SearchError
from tuners.constraints import parse_constraints
from tuners.oracles import BayesianOptimizationOracle
from tuners.plots import plot_coverage, plot_curves, plot_grid, plot_history, plot_surrogate
from tuners.plots.coverage import coverage_picture
from tuners.plots.curves import curves_picture
from tuners.plots.grid import grid_picture
from tuners.plots.history import history_picture
from tuners.plots.surrogate import surrogate_picture

DROPOUTS, RATES = (0.4, 0.5, 0.6, 0.7), (1e-4, 1e-3, 1e-2)


def accuracy(values):
    """Best at dropout 0.5 and rate 1e-3, where it is 0.97."""
    rate = math.log10(values["learning_rate"]) + 3
    return 0.97 - 0.05 * rate**2 - 2 * (values["dropout"] - 0.5) ** 2


@pytest.fixture(scope="module")
def guide_grid(tmp_path_factory):
    """The grid of guide row 86."""
    hp = kt.HyperParameters()
    hp.Float("dropout", 0.4, 0.7, step=0.1)
    hp.Float("learning_rate", 1e-4, 1e-2, sampling="log", step=10)
    options = {"direction": "max", "name": "val_accuracy"}
    oracle = oracle_in(tmp_path_factory.mktemp("grid"), hp, **options)
    settings = [{"dropout": d, "learning_rate": r} for d in DROPOUTS for r in RATES]
    return try_settings(oracle, settings, accuracy)


def test_the_grid_picture_has_the_twelve_places_of_the_guide(guide_grid):
    picture = grid_picture(guide_grid)
    assert (picture.x_axis.name, picture.y_axis.name) == ("dropout", "learning_rate")
    assert (picture.x_axis.is_log, picture.y_axis.is_log) == (False, True)
    places = list(zip(picture.x.tolist(), picture.y.tolist(), strict=True))
    assert places == [(dropout, rate) for dropout in DROPOUTS for rate in RATES]
    assert picture.is_grid


def test_its_colour_is_the_validation_error_and_the_best_is_ringed(guide_grid):
    picture = grid_picture(guide_grid)
    assert picture.label == "error (1 − val_accuracy)"
    assert picture.error[picture.best] == pytest.approx(0.03)
    assert (picture.x[picture.best], picture.y[picture.best]) == (0.5, 1e-3)
    assert picture.small_is_good


def test_what_is_drawn_are_these_places_colours_and_the_ring(guide_grid):
    picture, figure = grid_picture(guide_grid), plot_grid(guide_grid)
    axes = figure.axes[0]
    finished, _, ring = axes.collections[:3]
    assert np.allclose(finished.get_offsets(), np.c_[picture.x, picture.y])
    assert np.allclose(finished.get_array(), picture.error)
    assert np.allclose(ring.get_offsets(), [(0.5, 1e-3)])
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["0.4", "0.5", "0.6", "0.7"]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["0.0001", "0.001", "0.01"]


def test_across_and_up_can_be_named(guide_grid):
    picture = grid_picture(guide_grid, x="learning_rate")
    assert (picture.x_axis.name, picture.y_axis.name) == ("learning_rate", "dropout")


def test_failed_and_pruned_trials_and_choices_have_their_places(tmp_path):
    hp = kt.HyperParameters()
    hp.Choice("activation", ["relu", "tanh"])
    hp.Float("rate", 1e-3, 1.0, sampling="log")
    pairs = (("relu", 0.01), ("tanh", 0.1), ("tanh", 1.0))
    settings = [{"activation": activation, "rate": rate} for activation, rate in pairs]

    def diverging(values):
        return 1 / (values["rate"] < 0.5) + values["rate"]

    oracle = try_settings(oracle_in(tmp_path, hp), settings, diverging)
    trial = oracle.trials["001"]
    trial.message = "stopped after epoch 1 by MedianPruner"
    oracle._save_trial(trial)
    picture = grid_picture(oracle)
    assert picture.x.tolist() == [0.0, 1.0, 1.0]
    assert picture.error[:2].tolist() == [1.01, 1.1]
    assert math.isnan(picture.error[2])
    assert picture.pruned.tolist() == [False, True, False]
    axes = plot_grid(oracle).axes[0]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["failed", "pruned"]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["relu", "tanh"]


def square(step=None):
    hp = kt.HyperParameters()
    hp.Float("x", 0.0, 1.0, step=step)
    hp.Float("y", 0.0, 1.0, step=step)
    return hp


def mostly_x(values):
    return math.sin(5 * values["x"]) + 0.2 * values["y"]


def test_nine_trials_cover_three_values_in_a_grid_and_nine_at_random(tmp_path):
    places = (0.0, 0.5, 1.0)
    settings = [{"x": x, "y": y} for x in places for y in places]
    grid = try_settings(oracle_in(tmp_path / "grid", square(0.5)), settings, mostly_x)
    random = search(oracle_in(tmp_path / "random", square()), mostly_x, 9)
    first, second = coverage_picture(grid), coverage_picture(random)
    assert first.x_values.tolist() == first.y_values.tolist() == [0.0, 0.5, 1.0]
    assert (len(second.x_values), len(second.y_values)) == (9, 9)
    for picture in (first, second):
        assert picture.importances[0] > picture.importances[1]


def test_the_projections_that_are_drawn_are_the_scores_over_each_axis(tmp_path):
    oracle = search(oracle_in(tmp_path, square()), mostly_x, 9)
    picture, figure = coverage_picture(oracle), plot_coverage(oracle)
    panels = {axes.get_label(): axes for axes in figure.axes}
    above = panels["top"].collections[0].get_offsets()
    beside = panels["right"].collections[0].get_offsets()
    assert np.allclose(above, np.c_[picture.x, picture.score])
    assert np.allclose(beside, np.c_[picture.score, picture.y])
    assert panels["top"].get_title() == "9 values of x"


def test_with_too_few_trials_the_coverage_says_nothing_of_importance(tmp_path):
    oracle = search(oracle_in(tmp_path, square()), mostly_x, 3)
    assert coverage_picture(oracle).importances is None
    plot_coverage(oracle)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"x": "rate"},
            'plot_grid: `parameter` must be one of "x", "y". Received: parameter=\'rate\'.',
        ),
        (
            {"x": "x", "y": "x"},
            "plot_grid: two tunable parameters are needed. Received: parameters=['x', 'y'], "
            "x='x', y='x'.",
        ),
    ],
)
def test_a_wrong_parameter_is_refused_in_one_sentence(options, message, tmp_path):
    oracle = search(oracle_in(tmp_path, square()), mostly_x, 2)
    with pytest.raises(ArgumentError) as caught:
        plot_grid(oracle, **options)
    assert str(caught.value) == message


def test_the_history_has_each_score_and_the_best_so_far(tmp_path):
    scores = iter([3.0, 2.0, math.nan, 2.5, 1.0])
    oracle = oracle_in(tmp_path, square(), max_consecutive_failed_trials=9)
    picture = history_picture(search(oracle, lambda _: next(scores), 5))
    assert picture.best_so_far.tolist() == [3.0, 2.0, 2.0, 2.0, 1.0]
    assert picture.number.tolist() == [1, 2, 3, 4, 5]
    assert picture.status[2] == "failed"
    assert picture.best == 4


def test_a_trial_that_breaks_a_constraint_is_not_drawn_as_the_best(tmp_path):
    oracle = oracle_in(tmp_path, square(step=0.5))
    oracle.constraints = parse_constraints("test", "size <= 2")
    sizes = iter([(5.0, 4), (6.0, 3), (9.0, 1), (1.0, 3), (8.0, 2)])
    search(oracle, lambda _: dict(zip(("score", "size"), next(sizes), strict=True)), 5)
    picture = history_picture(oracle)
    assert picture.best_so_far.tolist() == [5.0, 6.0, 9.0, 9.0, 8.0]  # 3 is nearer to 2 than 4
    assert picture.best == grid_picture(oracle).best == 4


def test_the_history_of_an_accuracy_shows_the_error(guide_grid):
    picture = history_picture(guide_grid)
    assert picture.best_so_far[-1] == pytest.approx(0.03)
    assert np.all(np.diff(picture.best_so_far) <= 0)
    line = plot_history(guide_grid).axes[0].lines[0]
    assert np.allclose(line.get_ydata(), picture.best_so_far)


def test_scores_over_more_than_a_decade_have_a_logarithmic_axis(tmp_path):
    oracle = search(oracle_in(tmp_path, square()), lambda v: 10 ** (3 * v["x"]), 9)
    assert plot_history(oracle).axes[0].get_yscale() == "log"


def test_learning_curves_end_where_the_trials_ended(tmp_path):
    oracle = oracle_in(tmp_path, square())
    for epochs in (4, 2):
        trial = oracle.create_trial("tuner0")
        run_trial(oracle, trial, lambda _, n=epochs: [1.0 / (k + 1) for k in range(n)])
    picture = curves_picture(oracle)
    assert [epochs.tolist() for epochs in picture.epochs] == [[1, 2, 3, 4], [1, 2]]
    assert picture.scores[1].tolist() == [1.0, 0.5]
    assert picture.best == 0
    lines = plot_curves(oracle).axes[0].lines
    assert [line.get_xdata().tolist() for line in lines] == [[1, 2, 3, 4], [1, 2]]


# --- the surrogate --------------------------------------------------------------------------------


def loss_of_rate(rate):
    place = math.log10(rate)
    return 0.35 + 0.06 * (place + 1.4) ** 2 + 0.05 * math.sin(4 * place)


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    """A Bayesian search over one rate, of 8 trials."""
    hp = kt.HyperParameters()
    hp.Float("rate", 1e-4, 1.0, sampling="log")
    folder = tmp_path_factory.mktemp("line")
    oracle = oracle_in(folder, hp, kind=BayesianOptimizationOracle, num_initial_points=2)
    return search(oracle, lambda values: loss_of_rate(values["rate"]), 8)


def rates(oracle):
    trials = (oracle.trials[name] for name in oracle.start_order)
    return [trial.hyperparameters.values["rate"] for trial in trials]


@pytest.mark.parametrize("trial", range(1, 8))
def test_frame_k_has_k_points_and_marks_trial_k_plus_1(trial, line):
    picture = surrogate_picture(line, trial)
    assert picture.known_x.tolist() == rates(line)[:trial]
    assert picture.known_score == pytest.approx([loss_of_rate(rate) for rate in picture.known_x])
    assert picture.next_x == rates(line)[trial]
    assert picture.is_filling == (trial < 2)


@pytest.mark.parametrize("trial", range(2, 8))
def test_the_next_trial_is_where_the_acquisition_is_highest(trial, line):
    picture = surrogate_picture(line, trial)
    highest = math.log10(picture.x[np.argmax(picture.acquisition)])
    assert math.log10(picture.next_x) == pytest.approx(highest, abs=0.02)  # 4 decades, 401 points
    assert picture.acquisition.max() == 1.0


def test_the_prediction_passes_near_the_trials_and_the_band_is_narrow_there(line):
    picture = surrogate_picture(line, 8)
    at = [np.argmin(np.abs(np.log(picture.x / rate))) for rate in picture.known_x]
    assert np.all(np.abs(picture.median[at] - picture.believed_score) < 0.05)
    width = picture.high - picture.low
    assert width.min() > 0
    assert width[at].max() < width.max()


def test_the_frame_after_the_last_trial_marks_what_the_search_would_try(line):
    following = surrogate_picture(line, 8).next_x
    trial = line.create_trial("tuner0")
    assert trial.hyperparameters.values["rate"] == following
    line.trials.pop(trial.trial_id)
    line.start_order.remove(trial.trial_id)
    line.ongoing_trials.clear()


def test_a_folder_gives_the_picture_of_its_oracle(line):
    known, read = surrogate_picture(line, 4), surrogate_picture(line.journal.path.parent, 4)
    assert np.array_equal(known.median, read.median)
    assert known.next_x == read.next_x


def test_where_large_scores_are_good_the_prediction_is_in_their_unit(tmp_path):
    hp = kt.HyperParameters()
    hp.Float("rate", 1e-4, 1.0, sampling="log")
    oracle = oracle_in(tmp_path, hp, kind=BayesianOptimizationOracle, direction="max")
    search(oracle, lambda values: 1 - loss_of_rate(values["rate"]), 6)
    picture = surrogate_picture(oracle, 6)
    assert picture.known_score.max() == pytest.approx(oracle.get_best_trials()[0].score)
    assert abs(picture.median.mean() - picture.known_score.mean()) < 0.2
    assert np.all((picture.low < picture.median) & (picture.median < picture.high))


def test_what_is_drawn_is_the_belief_and_the_next_trial(line):
    picture, figure = surrogate_picture(line, 3), plot_surrogate(line, 3, truth=loss_of_rate)
    upper, lower = figure.axes
    truth, prediction = upper.lines[1:3]
    assert np.allclose(truth.get_ydata(), [loss_of_rate(rate) for rate in picture.x])
    assert np.allclose(prediction.get_ydata(), picture.median)
    assert upper.lines[0].get_xdata() == [picture.next_x, picture.next_x]
    assert np.allclose(lower.lines[1].get_ydata(), picture.acquisition)
    assert lower.get_xscale() == "log"


@pytest.mark.parametrize(
    ("trial", "message"),
    [
        (9, "plot_surrogate: `trial` must be at most the number of trials, 8. Received: trial=9."),
        (
            0,
            "plot_surrogate: `trial` must be a whole number of at least 1. Received: trial=0.",
        ),
    ],
)
def test_a_number_that_is_none_of_a_trial_is_refused(trial, message, line):
    with pytest.raises(ArgumentError) as caught:
        plot_surrogate(line, trial)
    assert str(caught.value) == message


def test_a_search_in_two_dimensions_or_without_a_surrogate_is_refused(tmp_path):
    plane = oracle_in(tmp_path / "a", square(), kind=BayesianOptimizationOracle)
    with pytest.raises(ArgumentError) as caught:
        plot_surrogate(search(plane, mostly_x, 2), 1)
    assert str(caught.value) == (
        "plot_surrogate: the search must have one tunable parameter, a number or an ordered "
        "choice. Received: parameters=['x', 'y']."
    )
    random = oracle_in(tmp_path / "b", square())
    with pytest.raises(ArgumentError) as caught:
        plot_surrogate(search(random, mostly_x, 2), 1)
    assert str(caught.value) == (
        "plot_surrogate: the search must be a Bayesian one: another has no surrogate. Received: "
        "oracle='RandomSearchOracle'."
    )


# --- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_a_picture_can_be_saved_and_two_are_equal(ending, guide_grid, tmp_path):
    for name in ("a", "b"):
        plot_history(guide_grid, output=tmp_path / f"{name}.{ending}")
    first, second = ((tmp_path / f"{name}.{ending}").read_bytes() for name in ("a", "b"))
    assert first[:4] in (b"\x89PNG", b"<?xm", b"%PDF")
    assert first == second


def test_another_ending_or_a_place_that_is_none_is_refused(guide_grid, tmp_path):
    with pytest.raises(ArgumentError) as caught:
        plot_history(guide_grid, output="history.gif")
    assert str(caught.value) == (
        "plot: `output` must end in .png, .svg or .pdf. Received: output='history.gif'."
    )
    with pytest.raises(FolderError) as caught:
        plot_history(guide_grid, output=tmp_path / "none" / "history.png")
    assert str(caught.value) == (
        "plot: the picture must be where files can be written (No such file or directory). "
        f"Received: output='{tmp_path / 'none' / 'history.png'}'."
    )


@pytest.mark.parametrize("plot", [plot_grid, plot_coverage, plot_history, plot_curves])
def test_a_search_without_a_score_is_told_in_one_sentence(plot, tmp_path):
    oracle = oracle_in(tmp_path, square(), max_consecutive_failed_trials=9)
    search(oracle, lambda values: 1 / 0, 2)
    with pytest.raises(SearchError, match=r"^plot_\w+: a trial .* is needed\.$"):
        plot(oracle)
