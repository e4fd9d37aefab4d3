"""Half precision is taken where it is faster, and left where it is not or was not to be chosen."""

import functools

import keras
import numpy as np
import pytest
from tiny import Clock, StopAt, Takes, points

from recipes import Recipe, build_mlp, fit, rerun
from recipes.data.batches import as_batches
from recipes.training.session import precision
from recipes.training.session.compiling import compile_model
from recipes.training.session.precision import HALF, choose_precision, has_half_precision
from recipes.training.session.sizes import build_model

RECIPE = Recipe(batch_size=16)
BUILD = functools.partial(build_mlp, (4,), 2, seed=0)


@pytest.fixture
def processor(monkeypatch, tmp_path):
    """A function that says which instructions the processor has; there is no GPU."""

    def has(flags):
        path = tmp_path / "cpuinfo"
        path.write_text(f"processor : 0\nflags : fpu avx2 {flags} fma\n", encoding="utf-8")
        monkeypatch.setattr(precision, "_PROCESSOR", path)

    monkeypatch.setattr(keras.distribution, "list_devices", lambda kind=None: [])
    return has


def chosen(monkeypatch, *, full, half, recipe=RECIPE):
    """Returns what is chosen where a step takes some seconds, and in half precision others."""
    monkeypatch.setattr(precision, "step_seconds", lambda model, data, batch_size: half)
    data, build = as_batches("fit", "train", points()), functools.partial(build_model, BUILD)
    model = build(precision=recipe.precision)
    compile_model(model, recipe, data)
    return model, *choose_precision(model, recipe, data, step=full, build=build)


def test_the_faster_precision_is_taken_with_the_same_first_weights(monkeypatch, processor):
    processor("avx512_bf16")
    model, taken, recipe, gain = chosen(monkeypatch, full=0.3, half=0.2)
    assert taken is not model
    assert (recipe, gain) == (RECIPE.replace(precision=HALF), pytest.approx(1.5))
    assert {layer.compute_dtype for layer in taken.layers[1:-1]} >= {"bfloat16"}
    assert taken.compiled
    for weight, other in zip(taken.weights, model.weights, strict=True):
        assert weight.dtype == other.dtype == "float32"
        np.testing.assert_array_equal(weight, other)


@pytest.mark.parametrize(
    ("flags", "full", "half", "recipe"),
    [
        ("avx512_bf16", 0.22, 0.2, RECIPE),  # 1.1 times as fast
        ("avx512f", 0.3, 0.2, RECIPE),
        ("avx512_bf16", None, 0.2, RECIPE),  # not measured
        ("avx512_bf16", 0.3, 0.2, RECIPE.replace(precision="mixed_float16")),
    ],
)
def test_the_model_stays_as_it_is(flags, full, half, recipe, monkeypatch, processor):
    processor(flags)
    model, taken, same, gain = chosen(monkeypatch, full=full, half=half, recipe=recipe)
    assert taken is model
    assert (same, gain) == (recipe, None)


@pytest.mark.parametrize(
    ("flags", "found"),
    [("avx512_bf16", True), ("amx_bf16", True), ("bf16", True), ("avx512f nobf16x", False)],
)
def test_the_instructions_of_the_processor_are_looked_up(flags, found, processor):
    processor(flags)
    assert has_half_precision() is found


def test_a_gpu_has_it(monkeypatch):
    monkeypatch.setattr(keras.distribution, "list_devices", lambda kind=None: ["gpu:0"])
    assert has_half_precision()


def test_where_the_processor_cannot_be_looked_up_it_has_none(monkeypatch, tmp_path):
    monkeypatch.setattr(keras.distribution, "list_devices", lambda kind=None: [])
    monkeypatch.setattr(precision, "_PROCESSOR", tmp_path / "none")
    assert not has_half_precision()


@pytest.fixture
def quick(monkeypatch, processor):
    """`fit` measures within a short budget, too, and half precision is four times as fast."""
    processor("avx512_bf16")
    monkeypatch.setattr("recipes.training.session.prepare.SHORTEST", 0)
    monkeypatch.setattr("recipes.training.session.sizes.step_seconds", lambda *given: 0.004)
    monkeypatch.setattr(precision, "step_seconds", lambda *given: 0.001)


def test_fit_says_and_records_what_it_has_chosen(quick, monkeypatch, tmp_path, capsys):
    clock = Clock()
    monkeypatch.setattr("recipes.training.session.budget.monotonic", clock)
    options = {"folder": tmp_path, "callbacks": [Takes(clock, 0.5)], "preflight": False}
    run = fit(BUILD, points(), budget=8, **options)
    said = "fit: a step in mixed_bfloat16 is 4.0 times as fast, and is taken."
    assert said in capsys.readouterr().out
    assert run.recipe.precision == HALF
    assert run.predict(points()[0]).dtype == "float32"
    again = rerun(tmp_path, points(), callbacks=options["callbacks"], verbose=0)
    assert again.equal
    assert again.run.recipe.precision == HALF


@pytest.mark.parametrize(
    ("task", "y", "recipe"),
    [
        ("classification", points()[1], RECIPE),  # which has a precision
        ("regression", points()[0], None),  # the numbers themselves are to be learned
    ],
)
def test_fit_chooses_none_where_it_is_not_to(task, y, recipe, quick, monkeypatch):
    def refuse(*arguments, **options):
        raise AssertionError

    monkeypatch.setattr("recipes.training.session.prepare.choose_precision", refuse)
    build = functools.partial(build_mlp, (4,), 4, task=task, seed=0)
    options = {"recipe": recipe, "callbacks": [StopAt(0)], "preflight": False, "verbose": 0}
    with pytest.raises(KeyboardInterrupt):
        fit(build, (points()[0], y), budget=600, **options)
