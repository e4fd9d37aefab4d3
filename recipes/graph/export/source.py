"""A model that is exported: its inputs and outputs by name, and what it answers."""

import functools
import re

import keras
import numpy as np
import tensorflow as tf

from recipes.errors import ArgumentError, GraphError, describe
from recipes.graph.export.comparison import as_arrays, largest_difference
from recipes.graph.export.frozen import freeze, infer
from recipes.inputs import make_batch, own_specs, with_batch
from recipes.keras_compat import first_line

_SIDES = (8, 32, 128)  # what unknown sides are tried with: a U-Net halves them several times


class Source:
    """A model with a batch of inputs.

    Args:
        model: A built `keras.Model`.

    Attributes:
        model: The model.
        structure: Its inputs as Keras tensors, in the structure that it takes.
        input_names: Names of the inputs, flat: the key of a dict, the name that `keras.Input` was
            given, or else "input" ("input_0", "input_1", … if there are several).
        output_names: Names of the outputs, flat: the key of a dict, or else "output".
        has_nested_outputs: Whether a list or dict stands in the list or dict of outputs.
    """

    def __init__(self, model):
        self.model = model
        self.structure = own_specs(model)
        if self.structure is None:
            rule = "the model must be built, so that its inputs are known"
            hint = "Call it on a batch, or make it a functional or sequential one."
            raise ArgumentError(describe("export_graph", rule, hint, model=model.name))
        self._batch, outputs = _run(model, self.structure)
        paths = [path for path, _ in keras.tree.flatten_with_path(outputs)]
        self.has_nested_outputs = max(map(len, paths)) > 1
        self.input_names = _names(self.structure, "input")
        self.output_names = tuple(
            f"output_{name}" if name in self.input_names else name
            for name in _names(outputs, "output")
        )
        self.frozen = functools.cache(self._freeze)

    @property
    def batch(self):
        """Number of samples that it takes, or None for any number."""
        return keras.tree.flatten(self.structure)[0].shape[0]

    def specs(self, batch):
        """Returns flat `tf.TensorSpec`s for `batch` samples, None for what the model takes."""
        tensors = keras.tree.flatten(with_batch(self.structure, batch or self.batch))
        return [
            tf.TensorSpec(tensor.shape, tensor.dtype, name)
            for tensor, name in zip(tensors, self.input_names, strict=True)
        ]

    def by_name(self, outputs):
        """Returns outputs as a dict by name."""
        return dict(zip(self.output_names, keras.tree.flatten(outputs), strict=True))

    def _freeze(self, batch):
        return freeze(self.model, self.structure, self.specs(batch), self.output_names)

    def difference(self, name, run, batch):
        """Returns the largest difference between an export's outputs and the model's.

        Args:
            name: Name of the format.
            run: The export as a function from inputs to outputs.
            batch: 1 to compare sample by sample, None to compare the whole batch.
        """
        parts = [self._batch] if batch is None else _samples(self._batch)
        answers = ((as_arrays(infer(self.model, part)[0]), as_arrays(run(part))) for part in parts)
        return float(np.max([largest_difference(name, *pair) for pair in answers]))  # NaN stays


def _run(model, structure):
    """Returns a random batch, and the model's outputs for it, which are numbers."""
    for sides in _SIDES if None in _sides(structure) else _SIDES[:1]:
        batch = _tensors(make_batch(structure, sides=sides), structure)
        try:
            outputs = infer(model, batch)[0]
        except Exception as error:
            problem = error
            continue
        if any(np.isnan(array).any() for array in as_arrays(outputs) if array.dtype.kind in "fV"):
            rule = "the model must not give NaN, or else no export can be compared with it"
            hint = "check_graph names the layer."
            raise GraphError(describe("export_graph", rule, hint, model=model.name))
        return batch, outputs
    rule = "the model must run on a random batch, so that exports can be compared with it"
    hint = f"It raised {type(problem).__name__}: {first_line(problem)}"
    raise GraphError(describe("export_graph", rule, hint, model=model.name)) from problem


def _tensors(batch, structure):
    return keras.tree.map_structure(
        lambda values, spec: keras.ops.convert_to_tensor(values, dtype=spec.dtype), batch, structure
    )


def _sides(structure):
    return [side for spec in keras.tree.flatten(structure) for side in spec.shape[1:]]


def _samples(batch):
    """Returns a batch cut into batches of one."""
    size = len(keras.tree.flatten(batch)[0])
    return [keras.tree.map_structure(lambda t, i=i: t[i : i + 1], batch) for i in range(size)]


def _names(structure, word):
    """Returns a name for each part of a structure, in letters that every format knows."""
    names = []
    for path, part in keras.tree.flatten_with_path(structure):
        name = _given_name(path, part) or "_".join([word, *map(str, path)])
        name = re.sub(r"\W", "_", name, flags=re.ASCII).strip("_") or word
        names.append(name if name not in names else f"{name}_{len(names)}")
    return tuple(names)


def _given_name(path, part):
    """Returns the name that a person gave to an input or output, if any."""
    if any(isinstance(step, str) for step in path):
        return "_".join(map(str, path))
    name = getattr(part, "name", "")  # tensors with values have none
    return "" if re.fullmatch(r"keras_tensor(_\d+)?", name) else name
