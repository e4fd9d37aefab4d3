"""One change after a run, in the order of the guide (row 74)."""

import dataclasses
from types import SimpleNamespace

import keras
import pytest
from keras import layers

from recipes import Recipe, diagnose, next_step
from recipes.diagnosis.next_step import ORDER
from recipes.diagnosis.verdict import VERDICTS, Diagnosis
from recipes.errors import ArgumentError


def judged(verdict):
    return Diagnosis(verdict, 1, 1.0, 1.0, 0.3, ("",))


@dataclasses.dataclass(frozen=True)
class Settings:
    """A recipe with all fields that a step may change."""

    learning_rate: float = 0.1
    batch_size: int = 64
    epochs: int = 30
    dropout: float = 0.2
    norm: str | None = None
    augmentation: int = 1
    weight_decay: float = 1e-3
    depth: int | None = 20
    width: float | None = 1.0

    def replace(self, **changes):
        return dataclasses.replace(self, **changes)


def steps(verdict, recipe):
    """All steps after a verdict: each has been tried and did not help."""
    found = []
    while True:
        step = next_step(
            diagnosis=judged(verdict), recipe=recipe, tried=[step.name for step in found]
        )
        if step is None:
            return found
        found.append(step)


@pytest.mark.parametrize(
    ("verdict", "changes"),
    [
        (
            "underfitting",
            {
                "learning_rate": 0.3,
                "dropout": 0.0,
                "norm": "batch",
                "augmentation": 0,
                "depth": 32,
                "width": 1.5,
            },
        ),
        (
            "overfitting",
            {
                "dropout": 0.4,
                "norm": "batch",
                "augmentation": 2,
                "weight_decay": 3e-3,
                "width": 0.667,
                "depth": 10,
            },
        ),
        ("rate too large", {"learning_rate": 0.01, "norm": "batch"}),
        ("rate too small", {"learning_rate": 1.0, "norm": "batch"}),
        ("diverged", {"learning_rate": 0.01, "norm": "batch"}),
        ("noisy", {"learning_rate": 0.0333, "batch_size": 128, "norm": "batch"}),
        ("still improving", {"epochs": 60, "learning_rate": 0.3, "norm": "batch"}),
        ("too early to tell", {"epochs": 60}),
        ("done", {}),
    ],
)
def test_the_steps_after_a_verdict_come_in_the_order_of_the_guide(verdict, changes):
    found = steps(verdict, Settings())
    assert {step.name: step.new for step in found} == changes
    in_guide = [step.name for step in found if step.name in ORDER]
    assert in_guide == sorted(in_guide, key=ORDER.index)
    for step in found:
        assert step.old == getattr(Settings(), step.name)
        assert step.reason.startswith(f"{verdict}: ")


def test_every_verdict_is_known():
    for verdict in VERDICTS:
        next_step(diagnosis=judged(verdict), recipe=Recipe())


def test_a_step_is_a_sentence_and_changes_the_recipe_in_one_place():
    train = [2.4, 2.9, 2.5, 3.0, 2.4, 2.8]
    found = diagnose({"loss": train, "val_loss": train}, 10)
    step = next_step(diagnosis=found, recipe=Recipe(learning_rate=0.1))
    assert str(step) == "learning_rate 0.1 -> 0.01: rate too large: the steps are too large."
    assert step.apply(Recipe(learning_rate=0.1)) == Recipe(learning_rate=0.01)


def test_a_run_is_taken_as_it_is():
    run = SimpleNamespace(diagnosis=judged("diverged"), recipe=Recipe(), model=None)
    assert next_step(run).new == pytest.approx(Recipe().learning_rate / 10)


def test_what_the_model_has_is_read_from_it():
    model = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(4),
            layers.BatchNormalization(),
            layers.Dropout(0.3),
            layers.Dense(2),
        ]
    )
    options = {"recipe": SimpleNamespace(weight_decay=0.0), "model": model}
    step = next_step(diagnosis=judged("overfitting"), **options)
    assert (step.name, step.old, step.new) == ("dropout", 0.3, 0.5)
    step = next_step(diagnosis=judged("overfitting"), tried=["dropout"], **options)
    assert step.name == "augmentation"  # batch normalization is there


def test_what_cannot_be_changed_is_passed_over():
    at_end = Settings(dropout=0.0, norm="batch", augmentation=0)
    names = [step.name for step in steps("underfitting", at_end)]
    assert names == ["learning_rate", "depth", "width"]


def test_a_size_that_is_not_known_has_a_direction_alone():
    found = steps("underfitting", Settings(depth=None))
    step = next(step for step in found if step.name == "depth")
    assert (step.old, step.new) == (None, None)
    assert step.reason == "underfitting: a deeper model can learn more"
    with pytest.raises(ArgumentError) as caught:
        step.apply(Settings())
    assert str(caught.value) == (
        "Step.apply: the step must be one that the recipe holds, with a value. Received: "
        "name='depth', new=None. Change the arguments of the model's builder."
    )


def test_without_a_diagnosis_or_with_an_unknown_name_there_is_no_step():
    with pytest.raises(ArgumentError) as caught:
        next_step(SimpleNamespace(diagnosis=None, recipe=None))
    assert str(caught.value) == (
        "next_step: a run with a diagnosis and a recipe is needed, or both of them. Received: "
        "diagnosis=None, recipe=None. Train with validation data, and a cross-entropy or an error "
        "of numbers."
    )
    with pytest.raises(ArgumentError) as caught:
        next_step(diagnosis=judged("done"), recipe=Recipe(), tried=["rate"])
    assert str(caught.value) == (
        'next_step: `tried` must be one of "learning_rate", "dropout", "norm", "augmentation", '
        '"depth", "width", "batch_size", "epochs", "weight_decay". Received: tried=\'rate\'.'
    )
