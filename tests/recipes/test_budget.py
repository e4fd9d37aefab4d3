"""A budget is used exactly, or refused with the forecast (guide rows 7, 8, 10)."""

import functools
import re

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import Clock, StopAt, Takes, equal, network, points

from recipes import Recipe, Snapshots, build_mlp, build_resnet, fit, rerun
from recipes.data.batches import as_batches
from recipes.ensembles import trained
from recipes.errors import ArgumentError
from recipes.training.session.budget import Forecast, Stopwatch, in_words, parse_budget
from recipes.training.session.clock import rate_by_share
from recipes.training.session.compiling import compile_model
from recipes.training.session.progress import FitProgress
from recipes.training.session.sizes import WIDTHS, candidate_sizes, choose_size
from recipes.training.session.verdict_loss import VerdictLoss

RECIPE = Recipe(batch_size=16, learning_rate=0.1, warmup=0.2)
TRAIN, HELD = points(), points(64, seed=1)


@pytest.fixture(scope="module")
def clock():
    """The clock in place of the machine's."""
    made = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recipes.training.session.budget.monotonic", made)
        yield made


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("10m", 600), ("10 min", 600), ("2h", 7_200), ("1.5 h", 5_400), (45, 45)],
)
def test_a_budget_is_a_time(text, seconds):
    assert parse_budget(text) == seconds


@given(st.floats(0.01, 1e6))
def test_seconds_in_words_are_within_a_percent(seconds):
    number, unit = in_words(seconds).split()
    assert float(number) * {"s": 1, "min": 60, "h": 3_600}[unit] == pytest.approx(seconds, rel=0.01)


@pytest.mark.parametrize("budget", [0, "0s", -3, "soon", "5 weeks", float("nan"), True])
def test_a_budget_that_is_no_time_is_refused(budget):
    with pytest.raises(ArgumentError) as caught:
        fit(network(), TRAIN, budget=budget)
    assert str(caught.value) == (
        f"fit: `budget` must be a time above 0. Received: budget={budget!r}. "
        'Such as "10m", "2h", or seconds.'
    )


@pytest.fixture(scope="module")
def budgeted(clock, tmp_path_factory):
    """A run of 12 s with steps of 0.1 s, six an epoch, and validations of 0.3 s."""
    return fit(
        network(),
        TRAIN,
        validation=HELD,
        recipe=RECIPE,
        budget="12s",
        folder=tmp_path_factory.mktemp("budget"),
        callbacks=[Takes(clock, 0.1, 0.3)],
        preflight=False,
        verbose=0,
    )


def test_a_budget_is_used_up_and_not_exceeded(budgeted):
    # 13 epochs of 0.9 s are 11.7 s; a step more and its validation would end at 12.1 s
    assert budgeted.seconds == pytest.approx(11.7)
    assert len(budgeted.history["loss"]) == 13


def test_the_rate_follows_the_share_of_the_budget(budgeted):
    rates = np.load(budgeted.folder / "rates.npy")
    assert rates[0] == 0
    assert rates.max() == pytest.approx(0.1, rel=0.1)
    assert rates[-1] < 0.001
    top = rates.argmax()
    assert (np.diff(rates[: top + 1]) >= 0).all()  # it rises, then it falls
    assert (np.diff(rates[top:]) <= 0).all()
    assert 0.15 < top / len(rates) < 0.25  # the warm-up is a fifth of the time


def test_a_rerun_replays_rates_and_steps(budgeted):
    run = budgeted
    again = rerun(run.folder, TRAIN, validation=HELD, verbose=0)
    assert str(again) == "The weights are equal to those of the first run, bit by bit."
    assert equal(again.run.model, run.model)
    assert again.run.history == run.history


def test_a_rate_that_a_callback_sets_before_a_step_is_replayed(clock, tmp_path):
    model = network()

    def set_rate(batch, logs):
        model.optimizer.learning_rate = 0.1 / (1 + int(model.optimizer.iterations))

    setting = keras.callbacks.LambdaCallback(on_train_batch_begin=set_rate)
    run = fit(
        model,
        TRAIN,
        recipe=RECIPE.replace(schedule="constant"),
        budget="3s",
        folder=tmp_path,
        callbacks=[Takes(clock, 0.1), setting],
        preflight=False,
        verbose=0,
    )
    rates = np.load(tmp_path / "rates.npy")
    assert rates == pytest.approx(0.1 / np.arange(1, len(rates) + 1))
    assert equal(rerun(tmp_path, TRAIN, verbose=0).run.model, run.model)


@pytest.mark.parametrize(
    ("share", "rate"),
    [(0.0, 0.0), (0.1, 0.05), (0.2, 0.1), (0.6, 0.05), (1.0, 0.0)],  # a fifth of it is warm-up
)
def test_the_schedule_by_share_equals_values_worked_out_by_hand(share, rate):
    assert rate_by_share(RECIPE)(share) == pytest.approx(rate, abs=1e-6)


def test_within_a_budget_each_end_of_a_cosine_is_a_snapshot(clock, tmp_path):
    snapshots, kernels, model = Snapshots(), [], network()
    noting = keras.callbacks.LambdaCallback(
        on_train_batch_begin=lambda batch, logs: kernels.append(model.get_weights()[0])
    )
    fit(
        model,
        TRAIN,
        recipe=RECIPE.replace(cycles=3),
        budget="12s",
        folder=tmp_path,
        callbacks=[Takes(clock, 0.1), snapshots, noting],
        preflight=False,
        verbose=0,
    )
    rates = np.load(tmp_path / "rates.npy")
    first, second = np.flatnonzero(np.diff(rates) > 0.05) + 1  # the steps that begin anew
    assert rates[[first, second]] == pytest.approx([0.1, 0.1], rel=0.02)
    # a fifth of the time is warm-up, and a third of the rest is 4/15
    assert np.array([first, second]) / len(rates) == pytest.approx([7 / 15, 11 / 15], abs=0.02)
    assert len(snapshots.weights) == 3
    assert np.array_equal(snapshots.weights[0][0], kernels[first])
    assert np.array_equal(snapshots.weights[1][0], kernels[second])


def test_epochs_that_do_not_fit_are_refused_with_the_forecast(clock, tmp_path):
    model = network()
    before = [weight.copy() for weight in model.get_weights()]
    arguments = {"recipe": RECIPE, "budget": 60, "epochs": 50, "callbacks": [Takes(clock, 0.5)]}
    with pytest.raises(ArgumentError) as caught:
        fit(model, TRAIN, folder=tmp_path, preflight=False, verbose=0, **arguments)
    assert str(caught.value) == (
        "fit: a run must fit into its budget (guide row 7). Received: epochs=50, forecast='2.5 "
        "min', budget='1 min'. Take epochs=20, a model with 0.4 of the multiply-adds, or "
        "force=True."
    )
    after = model.get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert not (tmp_path / "run.json").exists()  # other settings may have the folder


def test_a_budget_below_one_pass_is_refused_unless_forced(clock):
    takes = [Takes(clock, 1.0)]
    arguments = {"recipe": RECIPE, "budget": 2.5, "callbacks": takes, "preflight": False}
    with pytest.raises(ArgumentError, match=r"must fit into its budget.*epochs=1, forecast='"):
        fit(network(), TRAIN, verbose=0, **arguments)
    run = fit(network(), TRAIN, verbose=0, force=True, **arguments)
    assert len(run.history["loss"]) == 1


def forecast(clock, *, step, epochs, **options):
    """Runs a `Forecast` over 30 steps."""
    made = Forecast(Stopwatch(), epochs=epochs, **options)
    for _ in range(30):
        made.on_train_batch_begin(0)
        clock.now += step
        made.on_train_batch_end(0)
    return made


def test_a_forecast_above_twelve_hours_is_refused(clock):
    with pytest.raises(ArgumentError) as caught:
        forecast(clock, step=1.0, epochs=90, steps=1_000)
    assert str(caught.value) == (
        "fit: a run must come to its end within 12 hours (guide row 8). Received: epochs=90, "
        "forecast='25 h'. Take epochs=43, a model with 0.48 of the multiply-adds, or force=True."
    )


def test_a_forecast_counts_steps_and_validation(clock):
    # 10 steps of 2 s and 6 validation steps of a third of that: 24 s an epoch, 100 s hold four
    found = forecast(clock, step=2.0, epochs=None, steps=10, validation_steps=6, budget=100)
    assert found.epochs == 4


def test_the_batches_that_the_verdict_looks_at_are_counted():
    # 96 and 64 samples by 20: 5 and 4 batches, the latter where `val_loss` has smoothing in it
    views = [as_batches("fit", "x", points(count)) for count in (96, 64)]
    for smoothing, steps in ((0.0, 5), (0.1, 9)):
        model = network()
        compile_model(model, RECIPE.replace(label_smoothing=smoothing), views[0])
        assert VerdictLoss(model, *views, batch_size=20).steps == steps


def test_a_budget_above_twelve_hours_is_refused():
    with pytest.raises(ArgumentError) as caught:
        fit(network(), TRAIN, budget="13h")
    assert str(caught.value) == (
        "fit: a run must come to its end within 12 hours (guide row 8). Received: budget='13 h'. "
        "Or force=True."
    )


def test_an_interrupted_budget_goes_on_with_what_is_left(clock, tmp_path):
    arguments = {"recipe": RECIPE, "budget": 8, "folder": tmp_path, "verbose": 0}
    slow = Takes(clock, 0.1)
    with pytest.raises(KeyboardInterrupt):
        fit(network(), TRAIN, callbacks=[slow, StopAt(14)], preflight=False, **arguments)
    run = fit(network(5), TRAIN, callbacks=[slow], preflight=False, **arguments)
    assert 7.8 < run.seconds < 8.05  # both parts together
    assert len(np.load(tmp_path / "rates.npy")) == int(run.model.optimizer.iterations)


def by_width(depth=None, width=1.0):
    """A builder of 100 units times the width."""
    return network(units=round(100 * width))


def fake_steps(monkeypatch, seconds_at_width_one):
    """Lets a step take what the width says, in place of this machine."""

    def measured(model, data, batch_size):
        return seconds_at_width_one * (model.layers[0].units / 100) ** 1.5

    monkeypatch.setattr("recipes.training.session.sizes.step_seconds", measured)


@pytest.mark.parametrize("step", [1e-4, 0.02, 0.1, 0.4, 9.0])
def test_the_size_is_the_one_that_is_expected_to_err_least(step, monkeypatch):
    fake_steps(monkeypatch, step)
    data = as_batches("fit", "train", points(960))  # 60 steps of 16

    _, size, times = choose_size(by_width, data, RECIPE, seconds=100, build=by_width)
    passes = [100 / (60 * step * w**1.5) for w in WIDTHS]
    errors = [1 / w + 16 / each for w, each in zip(WIDTHS, passes, strict=True)]
    assert size["width"] == WIDTHS[np.argmin(errors)]
    assert len(times) <= 3


def test_a_small_network_that_is_hardly_faster_is_not_chosen(monkeypatch):
    # ResNet-10, batches of 64, 282 of them a pass: 300 s hold 16 of width 0.25, and 9 of 0.75
    seconds = dict(zip(WIDTHS, (0.068, 0.08, 0.095, 0.122, 0.165, 0.25, 0.45), strict=True))
    monkeypatch.setattr(
        "recipes.training.session.sizes.step_seconds",
        lambda model, data, batch_size: seconds[model.layers[0].units / 100],
    )
    data = as_batches("fit", "train", points(282 * 16))

    _, size, times = choose_size(by_width, data, RECIPE, seconds=300, build=by_width)
    assert size["width"] == 0.75
    assert times.keys() == {"width=0.25", "width=1.0", "width=0.75"}


def test_a_long_time_makes_a_network_deeper(monkeypatch):
    def seconds_of(model, data, batch_size):
        return 0.001 * len(model.layers)

    monkeypatch.setattr("recipes.training.session.sizes.step_seconds", seconds_of)
    build = functools.partial(build_mlp, (4,), 2, norm=None)
    data = as_batches("fit", "train", points(960))
    found = [
        choose_size(build, data, RECIPE, seconds=seconds, build=build)[1]["depth"]
        for seconds in (1, 60, 3_600)
    ]
    assert found == sorted(found)
    assert found[0] < found[-1]


def test_depth_comes_when_the_network_is_as_wide_as_it_can_be(monkeypatch):
    def seconds_of(model, data, batch_size):
        depth, width = model.layers[0].units, model.layers[1].units / 100
        return 0.01 * depth / 10 * width**1.5

    def build(depth=20, width=1.0, seed=0):
        hidden = [keras.layers.Dense(depth), keras.layers.Dense(round(100 * width))]
        return keras.Sequential([keras.Input((4,)), *hidden, keras.layers.Dense(2)])

    monkeypatch.setattr("recipes.training.session.sizes.step_seconds", seconds_of)
    monkeypatch.setattr("recipes.training.session.sizes._depths", lambda builder: (10, 20, 32))
    data = as_batches("fit", "train", points(960))  # 60 steps a pass
    found = [
        choose_size(build, data, RECIPE, seconds=passes * 60 * 0.01, build=build)[1]
        for passes in (50, 200, 500)  # of width 1
    ]
    assert [size["width"] for size in found] == [1.5, 2.0, 2.0]
    assert [size["depth"] for size in found] == [10, 10, 20]  # 0.56, not 0.59, nor 0.60 at 32


def test_a_large_size_is_not_measured_before_a_small_one(monkeypatch):
    fake_steps(monkeypatch, 9.0)  # eight steps of width 1 would take 72 of the 100 seconds
    data = as_batches("fit", "train", points(960))

    _, size, times = choose_size(by_width, data, RECIPE, seconds=100, build=by_width)
    assert times == {"width=0.25": 9.0 * 0.25**1.5}
    assert size["width"] == 0.25


def test_when_the_time_for_measuring_is_over_the_size_that_is_best_so_far_is_taken(monkeypatch):
    fake_steps(monkeypatch, 0.35)
    monkeypatch.setattr("recipes.training.session.sizes._SHARE", 0.0)
    data = as_batches("fit", "train", points(960))  # 16 passes of 60 steps: 0.104 s each

    model, size, times = choose_size(by_width, data, RECIPE, seconds=100, build=by_width)
    assert list(times) == ["width=0.25"]
    assert size["width"] == 0.5  # 2 + 0.124 / 0.104 = 3.19; 3.45 at 0.75, 3.41 at 0.375
    assert model.layers[0].units == 50


@pytest.mark.parametrize(
    ("side", "options", "depths"),
    [
        (32, {}, [10, 20, 32, 44, 56]),
        (224, {}, [18, 34, 50]),
        (32, {"depth": 20}, [None]),  # the partial has it
        (224, {"pretrained": "imagenet"}, [None]),
    ],
)
def test_the_depths_that_a_residual_network_may_get(side, options, depths):
    build = functools.partial(build_resnet, (side, side, 3), 10, **options)
    sizes = candidate_sizes(build, Recipe())
    assert list(dict.fromkeys(size["depth"] for size in sizes)) == depths
    widths = [size["width"] for size in sizes if size["depth"] == depths[0]]
    assert widths == ([None] if "pretrained" in options else list(WIDTHS))


def test_a_builder_is_called_with_the_size_that_fits(clock, tmp_path, capsys):
    build = functools.partial(build_mlp, (4,), 2, seed=0)
    arguments = {"recipe": RECIPE, "budget": 8, "folder": tmp_path, "preflight": False}
    run = fit(build, TRAIN, callbacks=[Takes(clock, 0.5)], verbose=2, **arguments)
    size = r"fit: (depth=\d, )?width=[\d.]+ is the size that suits the budget"
    assert re.search(size, run_said(capsys))
    again = fit(build, TRAIN, callbacks=[Takes(clock, 0.5)], verbose=0, **arguments)
    assert equal(run.model, again.model)  # of the same size, from the record


def test_the_size_is_measured_once_for_all_members_of_an_ensemble(clock, monkeypatch):
    measured, so_far, real = [], [], trained.fit

    def step_seconds(model, data, batch_size):
        measured.append(model)
        return 1e-5 if not so_far else 9.0  # a second member would get the smallest size

    def noting(*args, **options):
        run = real(*args, **options)
        so_far.append(len(measured))
        return run

    monkeypatch.setattr("recipes.training.session.sizes.step_seconds", step_seconds)
    monkeypatch.setattr(trained, "fit", noting)
    build = functools.partial(build_mlp, (4,), 2, depth=1, units=4, norm=None)
    options = {"callbacks": [Takes(clock, 0.5)], "recipe": RECIPE, "verbose": 0}
    together = trained.fit_ensemble(build, TRAIN, members=2, budget=10, **options)
    assert [run.size["width"] for run in together.runs] == [2.0, 2.0]
    assert [run.model.layers[-1].kernel.shape for run in together.runs] == [(8, 2)] * 2
    assert so_far[0] == so_far[1] > 0


def run_said(capsys):
    return capsys.readouterr().out


def test_the_time_that_is_left_leaves_out_how_long_the_first_step_traced(clock, capsys):
    watch = Stopwatch()
    progress = FitProgress(watch, Forecast(watch, steps=2, epochs=4), steps=2)
    progress.on_train_begin()
    for epoch in range(2):
        progress.on_epoch_begin(epoch)
        for batch in range(2):
            clock.now += 1 if epoch or batch else 90
            progress.on_train_batch_end(batch)
        progress.on_epoch_end(epoch, {"loss": 0.5})
    assert capsys.readouterr().out == (
        "epoch 1 of 4: loss 0.5000 (6 s left)\nepoch 2 of 4: loss 0.5000 (4 s left)\n"
    )
