"""Schedules against values worked out by hand (rows 48, 50)."""

import pytest

from recipes.errors import ArgumentError
from recipes.optim.optimizers import make_optimizer
from recipes.optim.schedules import make_schedule
from recipes.recommended import RECOMMENDED


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


def test_a_constant_rate_is_a_number():
    assert make_schedule("constant", 0.1, 100, warmup=0.5) == 0.1


def test_the_recommended_warm_up_is_5_to_15_percent_of_the_steps():
    assert 0.05 <= RECOMMENDED["warmup"].value <= 0.15


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("step", 0.1, 100),
            'make_schedule: `schedule` must be one of "cosine", "constant". '
            "Received: schedule='step'.",
        ),
        (
            ("cosine", 0.1, 0),
            "make_schedule: `total_steps` must be a whole number of at least 1. "
            "Received: total_steps=0.",
        ),
    ],
)
def test_a_wrong_argument_is_refused(arguments, message):
    with pytest.raises(ArgumentError) as caught:
        make_schedule(*arguments)
    assert str(caught.value) == message


@pytest.mark.parametrize("name", ["momentum", "adam"])
def test_weight_decay_spares_scales_shifts_and_biases(name):
    import keras
    import numpy as np

    model = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(2), keras.layers.BatchNormalization()]
    )
    model.set_weights([np.ones_like(weight) for weight in model.get_weights()])
    optimizer = make_optimizer(name, 0.1, weight_decay=0.5)
    zeros = [keras.ops.zeros(v.shape) for v in model.trainable_variables]
    optimizer.apply(zeros, model.trainable_variables)
    kernel, bias = model.layers[0].get_weights()
    gamma, beta = model.layers[1].get_weights()[:2]
    assert kernel == pytest.approx(0.95)  # 1 − learning rate · decay · 1
    assert bias == pytest.approx(1)
    assert (gamma == 1).all()
    assert (beta == 1).all()


def test_an_exotic_optimizer_is_refused_with_the_two_that_are_recommended():
    with pytest.raises(ArgumentError) as caught:
        make_optimizer("lion", 0.1)
    assert str(caught.value) == (
        'make_optimizer: `optimizer` must be one of "momentum", "adam". '
        "Received: optimizer='lion'."
    )
