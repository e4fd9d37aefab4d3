"""Whether a model fits in memory, estimated before it is tried.

What training takes at most, by `Sizes`: the weights, a gradient for each that is trained, the
optimiser's slots, and the outputs of all layers for one batch, which back-propagation keeps. Not in
it: the data, what a recurrent layer keeps of each time step, and what the system takes for itself.
"""

import contextlib
import dataclasses
import functools
import math
import os
import shutil
import subprocess
from pathlib import Path

import keras
import numpy as np
from keras_tuner.errors import FailedTrialError

from recipes import keras_compat
from recipes.cost.profile import profile
from recipes.errors import describe

_SIDE = 4  # of the small weight on which an optimiser shows how many slots it keeps
_USUAL_SLOTS = 2.0  # a weight, Adam's: of an optimiser that cannot be copied
_USUAL_BATCH = 32  # Keras' own, of arrays


@dataclasses.dataclass(frozen=True)
class Sizes:
    """Bytes that a training takes.

    Args:
        weights: Of all weights.
        gradients: Of the gradients of those that are trained.
        slots: Of what the optimiser keeps.
        activations: Of the outputs of all layers for one batch; 0 where they cannot be counted.
    """

    weights: int
    gradients: int
    slots: int
    activations: int

    @property
    def total(self):
        """All together."""
        return self.weights + self.gradients + self.slots + self.activations


@contextlib.contextmanager
def refusing_what_does_not_fit(most):
    """Fails a trial in whose build more weights are made than there is memory, before it is taken.

    Args:
        most: Bytes that are free, or None: then nothing is refused.
    """
    if most is None:
        yield
        return
    try:
        with keras_compat.limiting_weights(most):
            yield
    except MemoryError as error:
        if not error.args or not isinstance(error.args[0], int):
            raise  # another one than ours
        raise _too_large(f"at least {_readable(error.args[0])} for its weights", most) from error


def check_memory(model, fit_args, fit_kwargs, most):
    """Fails a trial whose training would take more memory than there is.

    Args:
        model: A compiled `keras.Model`.
        fit_args: Positional arguments of `keras.Model.fit`.
        fit_kwargs: Keyword arguments of `keras.Model.fit`.
        most: Bytes that are free, or None: then nothing is refused.

    Raises:
        FailedTrialError: With one sentence.
    """
    if most is None or not model.built:
        return
    sizes = estimate_sizes(model, batch_size_of(fit_args, fit_kwargs))
    if sizes.total > most:
        parts = ", ".join(
            f"{part.name} {_readable(getattr(sizes, part.name))}"
            for part in dataclasses.fields(sizes)
        )
        raise _too_large(f"about {_readable(sizes.total)} ({parts})", most)


def estimate_sizes(model, batch_size):
    """Returns the `Sizes` of training a model with batches of so many samples."""
    trained = sum(math.prod(weight.shape) for weight in model.trainable_weights)
    weights = sum(math.prod(weight.shape) for weight in model.weights)
    try:
        activations = profile(model, batch_size=batch_size, latency=False).activation_bytes
    except Exception:  # an estimate fails no trial: inputs of unknown size, a call of its own kind
        activations = 0
    bytes_each = 4  # variables are float32 in mixed precision, too
    slots = slots_per_weight(getattr(model, "optimizer", None))
    return Sizes(
        weights * bytes_each, trained * bytes_each, int(trained * bytes_each * slots), activations
    )


def slots_per_weight(optimizer):
    """Returns how many numbers an optimiser keeps for each weight: 2 for Adam, 0 for plain SGD.

    A copy of the optimiser shows it on a small weight.

    Args:
        optimizer: A `keras.Optimizer`, or None.
    """
    if optimizer is None:
        return 0.0
    try:
        copied = type(optimizer).from_config(optimizer.get_config())
        before = _entries(copied.variables)
        copied.build([keras.Variable(np.zeros((_SIDE, _SIDE), "float32"))])
    except Exception:  # whatever a foreign optimiser raises
        return _USUAL_SLOTS
    return (_entries(copied.variables) - before) / _SIDE**2


def batch_size_of(fit_args, fit_kwargs):
    """Returns the number of samples of a batch, as far as it can be seen: 1 where it cannot."""
    data = fit_args[0] if fit_args else fit_kwargs.get("x")
    first = next(iter(keras.tree.flatten(data)), None) if data is not None else None
    if hasattr(first, "shape") and len(first.shape):  # arrays
        asked = fit_kwargs.get("batch_size") or _USUAL_BATCH
        return max(1, min(int(asked), int(first.shape[0])))
    specs = keras.tree.flatten(getattr(data, "element_spec", ()))  # a tf.data.Dataset
    return (specs and len(specs[0].shape) and specs[0].shape[0]) or 1


def free_memory():
    """Returns the bytes that a training may take, or None where the system does not say.

    That of the first GPU if there is one, else what is free in main memory and within the limit of
    the container.
    """
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        if tf.config.list_physical_devices("GPU"):
            return _gpu_memory()
    limits = [_free_of_machine(), _free_of_container()]
    return min((limit for limit in limits if limit is not None), default=None)


@functools.cache
def _gpu_memory():
    """Returns all memory of the first GPU: TensorFlow itself holds what seems to be in use."""
    if not shutil.which("nvidia-smi"):
        return None
    command = ["nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
    return int(said[0]) * 2**20 if said and said[0].isdigit() else None


def _free_of_machine():
    """Returns what is free for new programs, or all memory where only that is known."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        fields = dict(line.split(":", 1) for line in lines)
        return int(fields["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def _free_of_container():
    """Returns what is left of a Linux container's limit, or None without one."""
    folder = Path("/sys/fs/cgroup")
    for most, used in (
        (folder / "memory.max", folder / "memory.current"),
        (folder / "memory/memory.limit_in_bytes", folder / "memory/memory.usage_in_bytes"),
    ):
        try:
            return max(int(most.read_text()) - int(used.read_text()) + _reclaimable(folder), 0)
        except (OSError, ValueError):  # not there; "max": no limit
            continue
    return None


def _reclaimable(folder):
    """Returns the bytes of cached files, which the system gives up when they are needed."""
    for path in (folder / "memory.stat", folder / "memory/memory.stat"):
        if path.exists():
            counts = dict(line.split() for line in path.read_text().splitlines())
            return int(counts.get("inactive_file", 0))
    return 0


def _too_large(needed, most):
    rule = f"the model must fit in memory; it needs {needed}, and {_readable(most)} are free"
    hint = "Bound the space, so that it has smaller models."
    return FailedTrialError(describe("search", rule, hint))


def _entries(variables):
    return sum(math.prod(variable.shape) for variable in variables)


def _readable(size):
    """Returns bytes as text: 12.3 GiB."""
    for unit, factor in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size} B"
