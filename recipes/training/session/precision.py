"""Half precision, where the processor computes in it and a step is measured to gain by it."""

import re
from pathlib import Path

import keras

from recipes.training.session.compiling import compile_model
from recipes.training.session.sizes import step_seconds

HALF = "mixed_bfloat16"
SHORTEST = 60  # seconds of a budget: to trace one more model takes two of them
_GAIN = 1.15  # times as fast a step must be; less may be chance
_PROCESSOR = Path("/proc/cpuinfo")
_INSTRUCTIONS = re.compile(r"\b(avx512_bf16|amx_bf16|bf16)\b")  # of x86 and of ARM


def choose_precision(model, recipe, data, *, step, build):
    """Returns a model and its recipe: as they are, or in half precision if that is faster.

    Weights, sums and outputs stay float32; what is in between becomes bfloat16, which has the range
    of float32, so that the loss needs no scale.

    Args:
        model: The compiled `keras.Model`.
        recipe: The `Recipe`.
        data: A view of the training data.
        step: Seconds a step of the model, or None where that is not known: then nothing is chosen.
        build: Function of a precision that returns the same model, neither compiled nor trained.

    Returns:
        Triple (model, recipe, gain): how many times as fast a step is, or None if the model stays.
    """
    if step is None or recipe.precision != "float32" or not has_half_precision():
        return model, recipe, None
    half, other = recipe.replace(precision=HALF), build(precision=HALF)
    compile_model(other, half, data, follow_clock=True)
    gain = step / step_seconds(other, data, half.batch_size)
    return (other, half, gain) if gain > _GAIN else (model, recipe, None)


def has_half_precision():
    """Whether there is a GPU, or a processor with instructions for bfloat16 (known on Linux)."""
    if keras.distribution.list_devices("gpu"):
        return True
    try:
        return bool(_INSTRUCTIONS.search(_PROCESSOR.read_text()))
    except OSError:
        return False
