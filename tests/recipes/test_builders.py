"""What every builder promises, for every norm and activation (rows 32, 33, 35)."""

import contextlib
import functools
import io

import keras
import numpy as np
import pytest
from builders import ACTIVATIONS, BUILDERS, CASES, SAMPLES

from recipes import export_graph
from recipes.graph.check import check_build

ALL = [  # one case of each builder with every activation, its variants with one
    pytest.param(case, {"norm": norm, "activation": activation}, id=f"{name}-{norm}-{activation}")
    for name, case in CASES.items()
    for norm in case.norms
    for activation in (ACTIVATIONS if name in BUILDERS else ACTIVATIONS[:1])
]
ONE_OF_EACH = [pytest.param(CASES[name], id=name) for name in BUILDERS]
EACH_NORM = [
    pytest.param(case, norm, id=f"{name}-{norm}")
    for name, case in CASES.items()
    for norm in case.norms
]
EACH = [pytest.param(case, id=name) for name, case in CASES.items()]


@pytest.mark.parametrize(("case", "options"), ALL)
def test_a_model_has_its_shape_is_healthy_learns_and_is_saved(case, options, tmp_path):
    build = functools.partial(case.build, **options, seed=0)
    model, report = check_build(build, level="trace")
    assert report.findings == (), str(report)
    x, y = case.data()
    assert model(x).shape == (SAMPLES, *case.output)
    _check_one_step_lowers_the_loss(model, case.loss, x, y)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert np.array_equal(loaded(x), model(x))


def _check_one_step_lowers_the_loss(model, loss, x, y):
    """One step of plain gradient descent on one batch, seen in the mode in which it trains."""
    model.compile(keras.optimizers.SGD(0.01), loss, run_eagerly=True)
    before = model.compute_loss(x, y, model(x, training=True))
    model.train_on_batch(x, y)
    after = model.compute_loss(x, y, model(x, training=True))
    assert float(after) < float(before)


@pytest.mark.parametrize("case", EACH)
def test_equal_seeds_give_equal_weights_and_0_is_one_of_them(case):
    first, second, other = (case.build(seed=seed).get_weights() for seed in (0, 0, 1))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize("case", EACH)
def test_no_two_kernels_of_one_shape_are_equal(case):
    kernels = [
        variable.numpy()
        for variable in case.build(seed=0).trainable_variables
        if len(variable.shape) > 1 and np.any(variable.numpy())
    ]
    for number, kernel in enumerate(kernels):
        assert not any(np.array_equal(kernel, other) for other in kernels[:number])


@pytest.mark.parametrize("case", EACH)
def test_without_a_seed_two_models_differ(case):
    first, second = (case.build().get_weights() for _ in range(2))
    assert not all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("case", EACH)
def test_names_are_unique_and_readable_in_the_summary(case):
    model = case.build(seed=0)
    names = [layer.name for layer in model.layers]
    assert len(set(names)) == len(names)
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        model.summary(line_length=150, print_fn=lambda line: text.write(line + "\n"))
    for name in names:
        assert f" {name} " in text.getvalue()  # whole, not cut
        assert name.isascii()
        assert not name.startswith(("conv2d", "dense_", "activation", "add_", "batch_norm"))
    again = [layer.name for layer in case.build(seed=0).layers]
    assert again == names  # no counter of the process in them


@pytest.mark.parametrize(("case", "norm"), EACH_NORM)
def test_mixed_precision_computes_in_float16_and_answers_in_float32(case, norm):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = case.build(norm=norm, seed=0)
    finally:
        keras.config.set_dtype_policy("float32")
    x, _ = case.data()
    outputs = model(x)
    assert outputs.dtype == "float32"
    assert np.isfinite(outputs).all()
    kinds = {layer.compute_dtype for layer in model.layers if layer.weights}
    assert "float16" in kinds
    assert all(variable.dtype == "float32" for variable in model.trainable_variables)


@pytest.mark.parametrize("case", EACH)
def test_every_builder_is_exported(case, tmp_path):
    exports = export_graph(case.build(seed=0), tmp_path)
    assert [export.format for export in exports] == ["keras", "saved_model", "tflite"]
    assert all(export.difference <= 1e-5 for export in exports)


@pytest.mark.parametrize("case", ONE_OF_EACH)
def test_a_plain_compile_and_fit_works(case):
    model, (x, y) = case.build(seed=0), case.data()
    model.compile("adam", case.loss)
    history = model.fit(x, y, epochs=2, verbose=0).history
    assert np.isfinite(history["loss"]).all()


@pytest.mark.parametrize("case", EACH)
def test_the_penalty_of_a_rung_is_that_of_the_kernels_alone(case):
    """Row 33: gamma, beta and biases have none."""
    model = case.build(regularize=1, seed=0)
    kernels = [v.numpy() for v in model.trainable_variables if "kernel" in v.path]
    assert float(sum(model.losses)) == pytest.approx(
        1e-4 * sum(np.sum(kernel.astype("float64") ** 2) for kernel in kernels), rel=1e-4
    )
    strong = case.build(regularize=3, seed=0)
    expected = sum(1e-4 * np.sum(k**2) + 1e-5 * np.sum(np.abs(k)) for k in kernels)
    assert float(sum(strong.losses)) == pytest.approx(expected, rel=1e-4)
    dropouts = [layer for layer in strong.layers if isinstance(layer, keras.layers.Dropout)]
    assert {layer.rate for layer in dropouts} == {0.5}
    assert case.build(regularize=0).losses == []
