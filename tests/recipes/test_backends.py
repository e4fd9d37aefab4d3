"""The same models on the other backends of Keras; `make backends` installs these and runs this."""

import importlib.util
import json

import backend_models
import pytest
from commands import run_python

BACKENDS = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(
            importlib.util.find_spec(name) is None, reason=f"{name} is not installed: make backends"
        ),
    )
    for name in ("jax", "torch")
]

# Fails in other people's code, not in ours: (backend, model), what the error says.
KNOWN = {
    # probabilities of pixels, targets as whole numbers: github.com/pytorch/pytorch/issues/175084
    ("torch", "unet-mask-sparse"): "RuntimeError: grad_input must be contiguous",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where TensorFlow has left the weights of each model, and what it made of them."""
    folder = tmp_path_factory.mktemp("models")
    reports = run(folder, "tensorflow")
    assert [report["error"] for report in reports if "error" in report] == []
    return folder


@pytest.fixture(scope="module", params=BACKENDS)
def reports(request, folder):
    """What a backend says of the models that it builds, by name; known failures are left out."""
    reports = run(folder, request.param)
    assert [report["name"] for report in reports] == list(backend_models.MODELS)
    return {
        report["name"]: report
        for report in reports
        if "error" not in report or not is_known(request.param, report)
    }


def run(folder, backend):
    process = run_python(
        folder,
        *(backend_models.__file__, folder),
        timeout=1_500,
        KERAS_BACKEND=backend,
        JAX_DISABLE_MOST_OPTIMIZATIONS="1",  # small models take longer to compile than to run
    )
    assert process.returncode == 0, process.stderr
    return [json.loads(line) for line in process.stdout.splitlines()]


def is_known(backend, report):
    said = KNOWN.get((backend, report["name"]))
    return said is not None and said in report["error"]


def those(reports, fails):
    """Returns the reports of which something is true, or in which the model failed altogether."""
    return [report for report in reports.values() if "error" in report or fails(report)]


def test_a_step_lowers_the_loss_of_every_model(reports):
    assert those(reports, lambda report: not report["after"] < report["before"]) == []


def test_every_model_comes_back_from_its_file(reports):
    assert those(reports, lambda report: not report["reloaded"] <= 1e-5) == []


def test_with_equal_weights_every_model_has_the_outputs_that_it_has_on_tensorflow(reports):
    assert those(reports, lambda report: not report["from_tensorflow"]["outputs"] <= 1e-4) == []


def test_two_steps_lead_to_the_weights_to_which_they_lead_on_tensorflow(reports):
    assert those(reports, lambda report: not report["from_tensorflow"]["weights"] <= 1e-4) == []
