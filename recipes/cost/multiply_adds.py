"""How many multiplications and additions a forward pass takes: one formula a layer (row 25).

The convention is that of published tables, in which ResNet-50 at 224 pixels has 4.1 G: one
multiply-add is a multiplication with the addition that follows it, the padding counts as if it were
image, and what is done element by element is left out: bias, normalization, activation, pooling,
embedding, dropout. So are operations without weights, such as `keras.ops.matmul`; the products
inside attention layers are in.
"""

import functools
import math

from keras import layers

from recipes import keras_compat


def count_multiply_adds(call):
    """Counts the multiply-adds of one forward pass.

    A layer that is called twice counts twice, in nested models too.

    Args:
        call: What `keras_compat.trace_call` returned.

    Returns:
        Pair (count, names): the multiply-adds of the whole batch, and a tuple with the names of the
        layers with weights that are not in it, because no formula covers them or because they were
        not called.
    """
    count, covered = _count(call)
    known = {id(layer) for layer in covered}
    missing = [
        layer.name
        for layer in keras_compat.all_layers(call.operation)
        if id(layer) not in known and type(layer) not in _ELEMENTWISE and _has_own_weights(layer)
    ]
    return count, tuple(dict.fromkeys(missing))


def _count(call):
    """Returns pair (multiply-adds, layers that they cover)."""
    layer, formula = call.operation, find_formula(call.operation)
    own = formula(layer, call.inputs, call.outputs) if formula and _is_known(call) else None
    if formula is None or isinstance(layer, _ON_TOP):
        parts = [_count(inner) for inner in call.inner]
        covered = [part for _, inside in parts for part in inside]
        return (own or 0) + sum(count for count, _ in parts), covered
    return (0, []) if own is None else (own, keras_compat.all_layers(layer))


def _is_known(call):
    """Whether all sides are numbers: some operations give as many rows as the data have hits."""
    return None not in [side for shape in (*call.inputs, *call.outputs) for side in shape]


def find_formula(layer):
    """Returns the formula of a layer, or None; a class of one's own has that of its parent.

    Args:
        layer: A Keras operation.

    Returns:
        A function of the layer, the shapes of its inputs and the shapes of its outputs, the batch
        included, that returns the multiply-adds, or None where it does not know them.
    """
    if isinstance(layer, layers.TimeDistributed):
        inside = find_formula(layer.layer)
        return inside and functools.partial(_of_every_step, inside)
    return next((_FORMULAS[kind] for kind in type(layer).__mro__ if kind in _FORMULAS), None)


def _has_own_weights(layer):
    inside = keras_compat.all_layers(layer)[1:]
    given = {id(weight) for part in inside for weight in part.weights}
    return any(id(weight) not in given for weight in layer.weights)


def _dense(layer, inputs, outputs):
    return math.prod(outputs[0]) * inputs[0][-1]


def _einsum_dense(layer, inputs, outputs):
    """Each entry of the output is a sum over the letters of the kernel that it does not have."""
    letters, result = layer.equation.split(",")[1].split("->")
    summed = [
        n for letter, n in zip(letters, layer.kernel.shape, strict=True) if letter not in result
    ]
    return math.prod(outputs[0]) * math.prod(summed)


def _convolution(layer, inputs, outputs):
    """The kernel is (side, …, channels of a group, filters)."""
    return math.prod(outputs[0]) * math.prod(layer.kernel.shape[:-1])


def _transposed_convolution(layer, inputs, outputs):
    """The kernel is (side, …, filters, channels): each entry of the input meets all its filters."""
    return math.prod(inputs[0]) * math.prod(layer.kernel.shape[:-1])


def _depthwise_convolution(layer, inputs, outputs):
    return math.prod(outputs[0]) * math.prod(layer.kernel_size)


def _separable_convolution(layer, inputs, outputs):
    """Both steps are done at the places of the output."""
    places = math.prod(outputs[0]) // layer.filters
    return places * (_size(layer.depthwise_kernel) + _size(layer.pointwise_kernel))


def _recurrent(layer, inputs, outputs):
    """The same product at each step; `inputs[0]` is (batch, steps, features)."""
    cells = getattr(layer.cell, "cells", [layer.cell])
    if not all(type(cell) in _CELLS for cell in cells):
        return None
    return math.prod(inputs[0][:2]) * sum(_cell_size(cell) for cell in cells)


def _recurrent_convolution(layer, inputs, outputs):
    """The same two convolutions at each step, at the places of the output."""
    steps = inputs[0][1]
    repeated = steps if layer.return_sequences else 1
    places = math.prod(outputs[0]) // (layer.cell.filters * repeated)
    return steps * places * _cell_size(layer.cell)


def _cell(layer, inputs, outputs):
    return inputs[0][0] * _cell_size(layer)


def _both_directions(layer, inputs, outputs):
    parts = (layer.forward_layer, layer.backward_layer)
    counts = [formula(part, inputs, outputs) for part in parts if (formula := find_formula(part))]
    return None if len(counts) < 2 or None in counts else sum(counts)


def _of_every_step(formula, layer, inputs, outputs):
    """Time is a second batch axis: (batch, steps, …) is read as (batch * steps, …)."""
    merged = [[(shape[0] * shape[1], *shape[2:]) for shape in part] for part in (inputs, outputs)]
    return formula(layer.layer, *merged)


def _attention(layer, inputs, outputs):
    """Scores and their use; query (batch, queries, size), value (batch, values, size)."""
    query, value, *_ = inputs
    return math.prod(query[:-1]) * value[-2] * (query[-1] + value[-1])


def _multi_head_attention(layer, inputs, outputs):
    """Scores and their use, for each head; the projections are layers of their own."""
    query, value, *_ = inputs
    axes = layer.attention_axes or range(1, len(value) - 1)
    values = math.prod(value[axis] for axis in axes)
    return math.prod(query[:-1]) * values * layer.num_heads * (layer.key_dim + layer.value_dim)


def _grouped_query_attention(layer, inputs, outputs):
    query, value, *_ = inputs
    return math.prod(query[:-1]) * value[1] * layer.num_query_heads * 2 * layer.head_dim


def _cell_size(cell):
    return _size(cell.kernel) + _size(cell.recurrent_kernel)


def _size(weight):
    return math.prod(weight.shape)


_CELLS = (layers.SimpleRNNCell, layers.GRUCell, layers.LSTMCell)

_FORMULAS = {
    layers.Dense: _dense,
    layers.EinsumDense: _einsum_dense,
    layers.Conv1D: _convolution,
    layers.Conv2D: _convolution,
    layers.Conv3D: _convolution,
    layers.Conv1DTranspose: _transposed_convolution,
    layers.Conv2DTranspose: _transposed_convolution,
    layers.Conv3DTranspose: _transposed_convolution,
    layers.DepthwiseConv1D: _depthwise_convolution,
    layers.DepthwiseConv2D: _depthwise_convolution,
    layers.SeparableConv1D: _separable_convolution,
    layers.SeparableConv2D: _separable_convolution,
    layers.RNN: _recurrent,
    layers.ConvLSTM1D: _recurrent_convolution,
    layers.ConvLSTM2D: _recurrent_convolution,
    layers.ConvLSTM3D: _recurrent_convolution,
    **dict.fromkeys(_CELLS, _cell),
    layers.Bidirectional: _both_directions,
    layers.Attention: _attention,
    layers.MultiHeadAttention: _multi_head_attention,
    layers.GroupQueryAttention: _grouped_query_attention,
}

# Their formula comes on top of the layers inside them; another one covers what is inside.
_ON_TOP = (layers.MultiHeadAttention, layers.GroupQueryAttention)

# Layers with weights that work element by element, and a look-up: nothing to count.
_ELEMENTWISE = (
    layers.BatchNormalization,
    layers.LayerNormalization,
    layers.GroupNormalization,
    layers.RMSNormalization,
    layers.SpectralNormalization,
    layers.Normalization,
    layers.PReLU,
    layers.Embedding,
)
