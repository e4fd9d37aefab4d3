"""Constraints: read from texts, and measured."""

import math

import pytest

from recipes.errors import ArgumentError
from tuners.constraints import Constraint, parse_constraints, total_violation


@pytest.mark.parametrize(
    ("text", "constraint"),
    [
        ("val_recall >= 0.95", Constraint("val_recall", ">=", 0.95)),
        ("  parameters<=1e6 ", Constraint("parameters", "<=", 1e6)),
        (Constraint("loss", "<=", 2), Constraint("loss", "<=", 2)),
    ],
)
def test_a_text_is_read(text, constraint):
    assert parse_constraints("Tuner", text) == (constraint,)
    assert parse_constraints("Tuner", [text]) == (constraint,)


def test_a_constraint_reads_as_it_is_written():
    assert str(Constraint("val_recall", ">=", 0.95)) == "val_recall >= 0.95"


@pytest.mark.parametrize("text", ["recall", "recall > 0.9", "recall >= high", "x >= nan", 3, None])
def test_what_cannot_be_read_is_refused(text):
    with pytest.raises(ArgumentError) as caught:
        parse_constraints("Tuner", [text])
    assert str(caught.value) == (
        'Tuner: each of `constraints` must read "METRIC >= NUMBER" or "METRIC <= NUMBER". '
        f"Received: constraints={text!r}."
    )


def test_constraints_that_cannot_all_hold_are_refused():
    with pytest.raises(ArgumentError) as caught:
        parse_constraints("Tuner", ["recall >= 0.9", "loss <= 1", "recall <= 0.8"])
    assert str(caught.value) == (
        "Tuner: `constraints` must leave a value that fulfils them all. Received: "
        "constraints=['recall >= 0.9', 'recall <= 0.8']."
    )


@pytest.mark.parametrize(
    ("sign", "bound", "message"),
    [
        ("<", 1, 'Constraint: `sign` must be "<=" or ">=". Received: sign=\'<\'.'),
        ("<=", math.inf, "Constraint: `bound` must be a finite number. Received: bound=inf."),
    ],
)
def test_a_wrong_value_is_refused(sign, bound, message):
    with pytest.raises(ArgumentError) as caught:
        Constraint("loss", sign, bound)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "value", "violation"),
    [
        ("recall >= 0.8", 0.9, 0.0),
        ("recall >= 0.8", 0.6, 0.25),  # a quarter of the bound is missing
        ("recall <= 100", 150, 0.5),
        ("recall <= 0", 3, 3.0),  # a bound of zero has no share: the excess itself
        ("recall <= 0", -3, 0.0),
        ("recall <= 1", math.nan, math.inf),
    ],
)
def test_a_violation_is_the_share_of_the_bound_that_is_missing(text, value, violation):
    (constraint,) = parse_constraints("Tuner", text)
    assert constraint.violation({"recall": value}) == pytest.approx(violation)


def test_the_violations_of_several_add_up_and_a_missing_metric_breaks_all():
    constraints = parse_constraints("Tuner", ["recall >= 0.8", "loss <= 1"])
    assert total_violation(constraints, {"recall": 0.6, "loss": 2}) == pytest.approx(1.25)
    assert total_violation(constraints, {"recall": 0.9, "loss": 1}) == 0
    assert total_violation(constraints, {"recall": 0.9}) == math.inf
