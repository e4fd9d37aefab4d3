"""`profile`: what a model costs before anybody trains it (row 25)."""

import dataclasses
import math
import re

import keras

from recipes import keras_compat
from recipes.cost.latency import Latency, measure_latency
from recipes.cost.multiply_adds import count_multiply_adds
from recipes.errors import ArgumentError, check_integer, describe
from recipes.inputs import input_specs, make_batch, with_batch


@dataclasses.dataclass(frozen=True)
class Profile:
    """What a model costs.

    Args:
        parameters: Number of its weights' entries, moving statistics included.
        trainable_parameters: Number of those that training changes.
        multiply_adds: Multiply-adds of one sample, as published tables count them: see
            `recipes.cost.multiply_adds`.
        activation_bytes: Bytes of the outputs of all layers and operations for one batch: what
            back-propagation keeps at most. The inputs and what is inside a recurrent layer are not
            in it.
        weight_bytes: Bytes of all weights.
        batch_size: Number of samples of a batch.
        latency: The `Latency` of a batch, or None if it was not measured.
        not_counted: Names of the layers with weights that are not in `multiply_adds`: no formula
            covers them, or they were not called.
    """

    parameters: int
    trainable_parameters: int
    multiply_adds: int
    activation_bytes: int
    weight_bytes: int
    batch_size: int
    latency: Latency | None
    not_counted: tuple = ()

    @property
    def flops(self):
        """Floating-point operations of one sample: a multiply-add is two."""
        return 2 * self.multiply_adds

    def to_dict(self):
        """Returns all of it as a dict that JSON can hold."""
        values = dataclasses.asdict(self)
        return {**values, "flops": self.flops, "not_counted": list(self.not_counted)}

    def __str__(self):
        lines = (f"{name:<14}{value:>10}  {note}" for name, value, note in _rows(self))
        return "\n".join(line.rstrip() for line in lines)


def profile(model, *, input_shape=None, batch_size=1, latency=True):
    """Counts the parameters and operations of a model, and measures its time and memory.

    A model that is not built yet gets its weights; nothing else changes.

    Args:
        model: A `keras.Model`.
        input_shape: Shape of one sample, without the batch axis; for several inputs a list or dict
            of shapes in the model's structure. Needed where the model leaves a side open.
        batch_size: Number of samples of a batch.
        latency: Whether the time of a batch is measured on this machine, which takes about a
            second.

    Returns:
        A `Profile`.

    Raises:
        ArgumentError: If an argument breaks its rule, or the size of the inputs is not known.

    Example:

        print(profile(build_resnet((224, 224, 3), 1000, depth=50)))
    """
    if not isinstance(model, keras.Model):
        raise ArgumentError(describe("profile", "`model` must be a Keras model", model=model))
    batch_size = check_integer("profile", "batch_size", batch_size, 1)
    specs = input_specs("profile", model, input_shape, batch_size)
    call = _trace(model, specs)
    multiply_adds, not_counted = count_multiply_adds(call)
    return Profile(
        parameters=_entries(model.weights),
        trainable_parameters=_entries(model.trainable_weights),
        multiply_adds=multiply_adds // batch_size,
        activation_bytes=_activation_bytes(call),
        weight_bytes=sum(_bytes(weight.shape, weight.dtype) for weight in model.weights),
        batch_size=batch_size,
        latency=measure_latency(model, make_batch(specs)) if latency else None,
        not_counted=not_counted,
    )


def _trace(model, specs):
    """Returns the `Call` of the model in inference mode; builds it first where it is not built."""
    if not model.built:
        keras_compat.trace_call(model, with_batch(specs, None))  # for batches of any size
    inference = {"training": False} if keras_compat.takes_training(model) else {}
    return keras_compat.trace_call(model, specs, **inference)


def _activation_bytes(call):
    """Returns the bytes of what a call made, and what the calls inside it made."""
    own = sum(_bytes(shape, dtype) for shape, dtype in call.made)
    if isinstance(call.operation, keras.layers.RNN):
        return own  # its cell is traced once, however many steps there are
    return own + sum(_activation_bytes(inner) for inner in call.inner)


def _entries(weights):
    return sum(math.prod(weight.shape) for weight in weights)


def _bytes(shape, dtype):
    """Returns the bytes of an array; a side that is not known counts as 1."""
    bits = re.search(r"\d+", dtype)  # "bfloat16" has 16, "bool" takes a byte
    return math.prod(side or 1 for side in shape) * (int(bits.group()) if bits else 8) // 8


def _rows(cost):
    """Yields the lines of the table: name, value with its unit, note."""
    time = cost.latency
    batch = f"a batch of {cost.batch_size}"
    yield "parameters", _count(cost.parameters), f"{_count(cost.trainable_parameters)} train"
    yield "multiply-adds", _count(cost.multiply_adds), f"a sample; {_count(cost.flops)} FLOPs"
    yield "weights", _memory(cost.weight_bytes), ""
    yield "activations", _memory(cost.activation_bytes), batch
    if time:
        spread = f"{_time(time.low)} to {_time(time.high)} in 80 % of {time.runs}"
        yield "latency", _time(time.median), f"{batch}; {spread} runs"
    if cost.not_counted:
        yield "not counted", str(len(cost.not_counted)), ", ".join(cost.not_counted)


def _count(number):
    """Returns a number with its unit: 25.6 M."""
    return _scaled(number, (("G", 1e9), ("M", 1e6), ("k", 1e3), ("", 1)))


def _memory(size):
    return _scaled(size, (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10), ("B", 1)))


def _time(seconds):
    return _scaled(float(f"{seconds:.3g}"), (("s", 1), ("ms", 1e-3), ("µs", 1e-6)))


def _scaled(number, units):
    """Returns a number in the largest unit that it reaches, the last one at least."""
    unit, size = next((pair for pair in units if number >= pair[1]), units[-1])
    return f"{number / size:.4g} {unit}".rstrip()
