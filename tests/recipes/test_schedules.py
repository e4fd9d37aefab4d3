"""Schedules against values worked out by hand (rows 48, 50, 54)."""

import json

import keras
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recipes.errors import ArgumentError
from recipes.optim.preview import preview
from recipes.optim.schedules import SCHEDULES, PiecewiseLinear, make_schedule
from recipes.recommended import RECOMMENDED

# Every schedule, in the forms that differ: name, options.
FAMILY = [
    pytest.param(name, options, id="-".join([name, *map(str, options.values())]))
    for name, options in [
        ("cosine", {}),
        ("cosine", {"warmup": 0.1}),
        ("cosine", {"cycles": 3}),
        ("cosine", {"warmup": 0.1, "cycles": 2, "factor": 0.5}),
        ("cyclic", {}),
        ("cyclic", {"warmup": 0.1, "cycles": 2, "factor": 0.5}),
        ("one_cycle", {}),
        ("one_cycle", {"warmup": 0.2}),
        ("step", {}),
        ("step", {"warmup": 0.1, "factor": 0.3, "milestones": (0.3, 0.6, 0.9)}),
        ("plateau", {}),
        ("constant", {}),
    ]
]


def rate_at(schedule, step):
    return float(schedule(step) if callable(schedule) else schedule)


def test_the_family_has_every_schedule():
    assert {parameter.values[0] for parameter in FAMILY} == set(SCHEDULES)


@pytest.mark.parametrize(("name", "options"), FAMILY)
class TestEverySchedule:
    """What holds for each of them."""

    def test_it_reaches_its_peak_and_stays_between_0_and_it(self, name, options):
        schedule = make_schedule(name, 0.4, 2_000, **options)
        rates = [rate_at(schedule, step) for step in range(0, 2_001, 50)]
        assert max(rates) == pytest.approx(0.4, rel=0.05)
        assert min(rates) >= 0

    def test_after_the_last_step_it_stays_as_it_is(self, name, options):
        schedule = make_schedule(name, 0.4, 1_000, **options)
        last = rate_at(schedule, 1_000)
        assert rate_at(schedule, 1_001) == last
        assert rate_at(schedule, 50_000) == last

    @settings(max_examples=6, deadline=None)
    @given(share=st.floats(0, 1))
    def test_it_follows_the_share_of_the_run_whatever_the_length(self, name, options, share):
        # A run that is measured in seconds has 100,000 steps of the schedule, whatever it does.
        virtual = make_schedule(name, 0.4, 100_000, **options)
        real = make_schedule(name, 0.4, 1_000, **options)
        rates = [rate_at(real, step) for step in (int(share * 1_000), int(share * 1_000) + 1)]
        rate = rate_at(virtual, share * 100_000)
        assert min(rates) - 1e-3 <= rate <= max(rates) + 1e-3

    def test_it_takes_steps_of_every_kind(self, name, options):
        schedule = make_schedule(name, 0.4, 1_000, **options)
        step = keras.Variable(250, dtype="int64")  # what an optimiser counts with
        rates = [rate_at(schedule, kind) for kind in (250, 250.0, step)]
        assert rates == pytest.approx([rates[0]] * 3, abs=1e-7)

    def test_it_comes_back_from_json_as_it_was(self, name, options):
        schedule = make_schedule(name, 0.4, 1_000, **options)
        optimizer = keras.optimizers.SGD(schedule)
        config = json.loads(json.dumps(keras.optimizers.serialize(optimizer)))
        again = keras.optimizers.deserialize(config)
        for step in (0, 30, 333, 777, 1_000):
            optimizer.iterations.assign(step)
            again.iterations.assign(step)
            assert float(again.learning_rate) == float(optimizer.learning_rate)

    def test_a_run_of_one_step_has_a_rate(self, name, options):
        schedule = make_schedule(name, 0.4, 1, **options)
        assert 0 <= rate_at(schedule, 0) <= 0.4 + 1e-6


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (0, 0.0),
        (50, 0.2),  # halfway up the 100 warm-up steps
        (100, 0.4),  # the peak
        (550, 0.2),  # halfway through the 900 decay steps
        (325, 0.4 * 0.5 * (1 + 0.5**0.5)),  # a quarter of them: cos(π/4)
        (1_000, 0.0),
        (5_000, 0.0),  # past the end it stays down, it does not restart
    ],
)
def test_warm_up_and_cosine_equal_values_worked_out_by_hand(step, expected):
    schedule = make_schedule("cosine", 0.4, 1_000, warmup=0.1)
    assert float(schedule(step)) == pytest.approx(expected, abs=1e-6)


def test_without_warm_up_a_cosine_begins_at_its_peak():
    schedule = make_schedule("cosine", 0.4, 100)
    assert [float(schedule(step)) for step in (0, 100)] == pytest.approx([0.4, 0.0], abs=1e-6)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (50, 0.2),  # halfway up
        (100, 0.4),  # the first cycle begins
        (325, 0.2),  # halfway through its 450 steps
        (550, 0.2),  # the second begins at half the peak
        (775, 0.1),
        (999, 0.2 * 0.5 * (1 - 0.9999756)),  # cos(π · 449/450) = −0.9999756
        (1_000, 0.2 * 0.5 * (1 - 0.9999756)),  # and no third one begins
    ],
)
def test_a_cosine_begins_anew_after_each_cycle_but_the_last(step, expected):
    schedule = make_schedule("cosine", 0.4, 1_000, warmup=0.1, cycles=2, factor=0.5)
    assert float(schedule(step)) == pytest.approx(expected, abs=2e-6)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (0, 0.1),  # a quarter of the peak
        (125, 0.25),  # halfway up
        (250, 0.4),
        (500, 0.1),
        (750, 0.25),  # the second peak stands half as high above the quarter
        (1_000, 0.1),
    ],
)
def test_a_cyclic_rate_equals_values_worked_out_by_hand(step, expected):
    schedule = make_schedule("cyclic", 0.4, 1_000, cycles=2, factor=0.5)
    assert float(schedule(step)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (0, 0.04),  # a tenth of the peak
        (225, 0.22),  # halfway up
        (450, 0.4),
        (900, 0.04),
        (950, (0.04 + 0.0004) / 2),
        (1_000, 0.0004),  # a thousandth
    ],
)
def test_one_cycle_equals_values_worked_out_by_hand(step, expected):
    schedule = make_schedule("one_cycle", 0.4, 1_000)
    assert float(schedule(step)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("factor", [0.1, 0.3, 0.5])  # those of the guide
def test_steps_multiply_the_rate_at_fixed_epochs(factor):
    # 90 epochs of 10 steps; the rate falls with the first step of epoch 30 and of epoch 60.
    schedule = make_schedule("step", 0.1, 900, factor=factor, milestones=(30 / 90, 60 / 90))
    rates = [float(schedule(step)) for step in (0, 299, 300, 599, 600, 899)]
    expected = [0.1, 0.1, 0.1 * factor, 0.1 * factor, 0.1 * factor**2, 0.1 * factor**2]
    assert rates == pytest.approx(expected)


def test_steps_fall_at_the_same_place_after_a_warm_up():
    schedule = make_schedule("step", 0.1, 1_000, warmup=0.1)
    rates = [float(schedule(step)) for step in (0, 50, 100, 499, 500, 749, 750)]
    assert rates == pytest.approx([0, 0.05, 0.1, 0.1, 0.01, 0.01, 0.001])


@pytest.mark.parametrize("name", ["constant", "plateau"])
def test_a_constant_rate_is_a_number(name):
    assert make_schedule(name, 0.1, 100, warmup=0.5) == 0.1


def test_the_recommended_warm_up_is_5_to_15_percent_of_the_steps():
    assert 0.05 <= RECOMMENDED["warmup"].value <= 0.15


def test_a_preview_gives_the_rates_without_training():
    shown = preview(make_schedule("cosine", 0.4, 1_000, warmup=0.5), 1_000, points=5)
    assert shown.steps == (0, 250, 500, 750, 1_000)
    assert shown.rates == pytest.approx((0, 0.2, 0.4, 0.2, 0), abs=1e-6)


def test_a_printed_preview_draws_the_curve():
    lines = str(preview(make_schedule("step", 0.1, 100), 100)).splitlines()
    top, bottom = lines[0], lines[7]
    assert len(lines) == 10
    assert top == "     0.1 |" + "█" * 30  # half of the 60 columns are at the peak
    assert bottom == " " * 9 + "|" + "█" * 60
    assert lines[9] == ("learning rate: 0.1 at step 0, highest 0.1 at step 0, 0.001 at step 100")


def test_a_preview_of_a_constant_rate_is_a_line():
    assert preview(0.1, 3).rates == (0.1, 0.1, 0.1, 0.1)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (
            ("linear", 0.1, 100),
            {},
            'make_schedule: `schedule` must be one of "cosine", "cyclic", "one_cycle", "step", '
            '"plateau", "constant". Received: schedule=\'linear\'.',
        ),
        (
            ("cosine", 0.1, 0),
            {},
            "make_schedule: `total_steps` must be a whole number of at least 1. "
            "Received: total_steps=0.",
        ),
        (
            ("cosine", 0, 100),
            {},
            "make_schedule: `peak` must be a number in (0, 1000000.0]. Received: peak=0.",
        ),
        (
            ("step", 0.1, 100),
            {"factor": 0},
            "make_schedule: `factor` must be a number in (0, 1]. Received: factor=0.",
        ),
        (
            ("cyclic", 0.1, 100),
            {"cycles": 0},
            "make_schedule: `cycles` must be a whole number of at least 1. Received: cycles=0.",
        ),
        (
            ("step", 0.1, 100),
            {"milestones": (30, 60)},
            "make_schedule: `milestones` must be rising shares of the run, each in (0, 1). "
            "Received: milestones=(30, 60). Divide epochs by the number of epochs of the run; the "
            "warm-up comes before them.",
        ),
        (
            ("step", 0.1, 100),
            {"warmup": 0.6},
            "make_schedule: `milestones` must be rising shares of the run, each in (0.6, 1). "
            "Received: milestones=(0.5, 0.75). Divide epochs by the number of epochs of the run; "
            "the warm-up comes before them.",
        ),
    ],
)
def test_a_wrong_argument_is_refused(arguments, options, message):
    with pytest.raises(ArgumentError) as caught:
        make_schedule(*arguments, **options)
    assert str(caught.value) == message


def test_points_that_do_not_rise_are_refused():
    with pytest.raises(ArgumentError) as caught:
        PiecewiseLinear([0, 10, 10], [0.1, 0.2, 0.3])
    assert str(caught.value) == (
        "PiecewiseLinear: `steps` must rise strictly, with a rate for each of them. "
        "Received: steps=[0, 10, 10], rates=[0.1, 0.2, 0.3]."
    )
