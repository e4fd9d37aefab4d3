"""`learning_curve`: more data, or augmenting? A power law through errors (guide row 17)."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recipes import Recipe, learning_curve
from recipes.errors import ArgumentError
from recipes.training.experiments.learning_curve import judge_curves
from recipes.training.experiments.power_law import fit_power_law

SAMPLES = [100, 200, 400, 800, 1_600]


def law(coefficient, exponent, floor=0.0):
    return [coefficient * n**-exponent + floor for n in SAMPLES]


@settings(max_examples=50, deadline=None)
@given(
    coefficient=st.floats(0.5, 5), exponent=st.floats(0.1, 1.0), points=st.sampled_from([2, 3, 5])
)
def test_the_exponent_of_made_errors_is_recovered(coefficient, exponent, points):
    found = fit_power_law(SAMPLES[:points], law(coefficient, exponent)[:points])
    assert found.exponent == pytest.approx(exponent, rel=0.02)
    assert found(1_600) == pytest.approx(coefficient * 1_600**-exponent, rel=0.02)


def test_a_floor_is_recovered():
    found = fit_power_law(SAMPLES, law(3.0, 0.7, floor=0.05))
    assert (found.exponent, found.floor) == pytest.approx((0.7, 0.05), rel=0.02)


def test_the_exponent_of_errors_with_noise_is_near():
    noise = np.random.default_rng(0).normal(1, 0.02, (20, len(SAMPLES)))
    found = [fit_power_law(SAMPLES, law(2.0, 0.5) * row).exponent for row in noise]
    assert np.median(found) == pytest.approx(0.5, abs=0.05)


def test_errors_that_do_not_fall_have_the_exponent_zero():
    assert fit_power_law([10, 100], [0.2, 0.3]).exponent == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize(
    ("plain", "augmented", "verdict", "more"),
    [
        (law(2, 0.5), None, "more data helps", True),
        (law(2, 0.05), None, "enough data", False),  # 2^-0.05: 3 % less with twice the data
        (law(1, 2, 0.1), None, "enough data", False),  # at its floor
        (law(2, 0.5), law(1.5, 0.5), "augment", True),
        (law(2, 0.05), law(1.5, 0.05), "augment", False),
        (law(2, 0.5), law(1.95, 0.5), "more data helps", True),
        (law(2, 0.5), law(3, 0.5), "more data helps", True),
        ([0.5, 0.3, 0.2, 0.1, 0.05], [0.2, 0.15, 0.1, 0.08, 0.06], "more data helps", True),
        (None, law(2, 0.5), "more data helps", True),
    ],
)
def test_the_verdict_on_made_curves(plain, augmented, verdict, more):
    found = judge_curves(SAMPLES, plain, augmented)
    assert (found.verdict, found.more_data_helps) == (verdict, more)


def test_a_curve_prints_as_a_table():
    text = str(judge_curves([100, 400], plain=[0.4, 0.2], augmented=[0.2, 0.1]))
    assert text == (
        "Augmenting lowers the error: train with augmentation.\n"
        "More data help as well.\n"
        "  samples      plain  augmented\n"
        "      100     0.4000     0.2000\n"
        "      400     0.2000     0.1000\n"
        "plain: error = 4 · n^-0.50\n"
        "augmented: error = 2 · n^-0.50"
    )


def build(shape, classes):
    hidden = [keras.layers.Flatten(), keras.layers.Dense(16, activation="relu")]
    head = keras.layers.Dense(classes, activation="softmax")
    return keras.Sequential([keras.Input(shape), *hidden, head])


def test_digits_are_trained_on_in_parts(split):
    found = learning_curve(
        lambda: build((8, 8, 1), 10),
        split.train,
        split.validation,
        recipe=Recipe(epochs=3, batch_size=32),
        fractions=(0.1, 1.0),
    )
    assert found.samples == (115, 1149)
    assert found.plain[1] < found.plain[0]
    assert found.plain != found.augmented
    assert found.plain_law(1149) == pytest.approx(found.plain[1], rel=0.01)


def test_data_that_are_no_images_have_one_curve():
    x = np.random.default_rng(0).normal(size=(200, 4)).astype("float32")
    y = (x[:, 0] > 0).astype(int)
    data, recipe = (x, y), Recipe(epochs=2)
    found = learning_curve(lambda: build((4,), 2), data, data, recipe=recipe, fractions=(0.2, 1))
    assert found.augmented is None
    assert found.samples == (40, 200)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seeds": ()}, "learning_curve: `seeds` must be one at least. Received: seeds=[]."),
        (
            {"augment": ()},
            "learning_curve: `augment` must be True, False or both. Received: augment=().",
        ),
        (
            {"augment": ("yes",)},
            "learning_curve: `augment` must be True or False. Received: augment='yes'.",
        ),
    ],
)
def test_wrong_arguments_are_refused(options, message, small_network, split):
    with pytest.raises(ArgumentError) as caught:
        learning_curve(small_network, split.train, split.validation, **options)
    assert str(caught.value) == message


def test_a_law_needs_two_points():
    with pytest.raises(ArgumentError) as caught:
        fit_power_law([10, 10], [0.1, 0.2])
    assert str(caught.value) == (
        "fit_power_law: there must be an error of at least 0 for each of two or more numbers of "
        "samples. Received: samples=[10.0, 10.0], errors=[0.1, 0.2]."
    )
