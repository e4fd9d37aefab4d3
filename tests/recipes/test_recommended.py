"""The table of recommended values, and what small data change in it (rows 27, 64)."""

import pytest

from recipes import Recipe, build_mlp, recommend
from recipes.errors import ArgumentError
from recipes.recommended import RECOMMENDED


def test_small_data_without_batch_normalization_get_dropout_and_sgd():
    best = recommend(1_000, norm=None)
    assert (best["dropout"].value, best["optimizer"].value) == (0.5, "momentum")
    model = build_mlp((30,), 2, norm=None, dropout=best["dropout"].value)
    assert model.get_layer("dropout").rate == 0.5
    optimizer = Recipe(optimizer=best["optimizer"].value).make_optimizer(10)
    assert type(optimizer).__name__ == "SGD"
    assert optimizer.momentum == 0.9


@pytest.mark.parametrize(("samples", "norm"), [(1_000_000, None), (1_000, "batch")])
def test_large_data_and_batch_normalization_get_no_such_dropout(samples, norm):
    assert recommend(samples, norm=norm) == RECOMMENDED
    assert RECOMMENDED["dropout"].value == 0.0


def test_every_value_has_a_reason_and_a_source():
    for name, value in recommend(1, norm=None).items():
        assert value.reason.endswith("."), name
        assert value.source, name


def test_an_unknown_norm_is_refused():
    with pytest.raises(ArgumentError) as caught:
        recommend(100, norm="auto")
    assert str(caught.value) == (
        'recommend: `norm` must be one of "batch", "group", "layer", "instance", None. Received: '
        "norm='auto'."
    )


def test_a_wrong_number_of_samples_gets_one_clear_message():
    with pytest.raises(ArgumentError) as caught:
        recommend(0.5)
    assert str(caught.value) == (
        "recommend: `samples` must be a whole number of at least 1. Received: samples=0.5."
    )
