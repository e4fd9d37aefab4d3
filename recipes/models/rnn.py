"""Recurrent networks for sequences of numbers or token ids (guide rows 28, 36, 41, 61)."""

import math
import numbers

import keras
from keras import layers

from recipes.blocks.heads import prediction_head
from recipes.blocks.recurrent import CELLS, recurrent_stack
from recipes.errors import ArgumentError, check_flag, check_integer, check_one_of, describe
from recipes.models.options import check_options, check_scaled
from recipes.seeds import derive_seed

_TASKS = {"classification": None, "regression": None, "next_step": None}
_NORMS = (None, "layer", "batch")


def build_rnn(
    input_shape,
    num_classes,
    *,
    cell="lstm",
    depth=1,
    units=128,
    width=1.0,
    bidirectional=False,
    task="classification",
    vocabulary_size=None,
    embedding_size=64,
    mask_value="auto",
    activation="tanh",
    initializer=None,
    norm=None,
    dropout=0.0,
    regularize=0,
    classifier_activation="softmax",
    custom=False,
    seed=None,
    name="rnn",
):
    """An LSTM or GRU with orthogonal recurrent kernels and dropout at its input and output alone.

    Args:
        input_shape: (steps, features) for sequences of numbers, (steps,) for token ids; steps may
            be None for sequences of any length.
        num_classes: Number of classes, or of outputs with task="regression". 1 class gives one
            sigmoid output, for two classes.
        cell: "lstm" or "gru".
        depth: Number of recurrent layers, one above the other.
        units: Number of features of each layer and direction.
        width: Factor on the units.
        bidirectional: Whether each layer reads the sequence in both directions.
        task: "classification" or "regression" of a sequence as a whole, or "next_step": at each
            step the class of the next one.
        vocabulary_size: Number of token ids, 0 included, or None for sequences of numbers.
        embedding_size: Number of features into which a token is embedded.
        mask_value: Steps that hold this value are left out: 0 for token ids, a number that stands
            in all features for numbers. None leaves nothing out. "auto" is 0 for token ids and None
            for numbers.
        activation: "tanh" (row 36), "relu" or "swish".
        initializer: Initialiser of the input kernels: a name or a Keras initialiser; None chooses
            by the activation (rows 57-61). Recurrent kernels are orthogonal gate by gate.
        norm: None, "layer" or "batch", behind each recurrent layer; no "batch" with
            task="next_step", because its mean in training is taken over later steps too.
        dropout: Share of the features dropped before each recurrent layer and before the last
            layer, in [0, 1); none on the recurrent path (row 28).
        regularize: Rung of the ladder against overfitting, 0 to 3 (row 33); from 2 on dropout.
        classifier_activation: "softmax", "sigmoid" for several labels at once, None for logits.
        custom: Whether every activation that Keras knows may be named (row 42).
        seed: A whole number of at least 0, from which every layer derives its own, or None.
        name: Name of the model.

    Returns:
        An uncompiled `keras.Model` from sequences of shape (batch, steps, features) or (batch,
        steps) to outputs of shape (batch, num_classes), or (batch, steps, num_classes) with
        task="next_step".

    Raises:
        ArgumentError: If an argument breaks its rule, or contradicts another.

    Example:

        model = build_rnn((None,), num_classes=2, vocabulary_size=10_000, dropout=0.5)
        model.compile("adam", "sparse_categorical_crossentropy")
    """
    where = "build_rnn"
    shape = _check_sequence_shape(input_shape, vocabulary_size)
    depth = check_integer(where, "depth", depth, 1)
    check_one_of(where, "cell", cell, tuple(CELLS))
    _check_norm(norm, task)
    _check_directions(bidirectional, task)
    style, head = check_options(
        where,
        num_classes,
        task,
        _TASKS,
        activation=activation,
        initializer=initializer,
        norm=norm,
        dropout=dropout,
        regularize=regularize,
        classifier_activation=classifier_activation,
        custom=custom,
        seed=seed,
    )
    units = check_scaled(where, "units", units, width)

    if vocabulary_size is None:
        inputs = keras.Input(shape, name="sequence")
        x = _mask(inputs, mask_value)
    else:
        inputs = keras.Input(shape, dtype="int32", name="tokens")
        x = _embed(inputs, vocabulary_size, embedding_size, mask_value, style)
    x = recurrent_stack(
        x,
        units,
        depth=depth,
        cell=cell,
        bidirectional=bidirectional,
        dropout=head["dropout"],
        return_sequences=task == "next_step",
        style=style,
    )
    return keras.Model(inputs, prediction_head(x, **head), name=name)


def _mask(x, mask_value):
    """Leaves out the steps at which all features have a value."""
    if mask_value is None or (isinstance(mask_value, str) and mask_value == "auto"):
        return x
    real = isinstance(mask_value, numbers.Real) and not isinstance(mask_value, bool)
    if not real or math.isnan(mask_value):
        rule = "`mask_value` must be a number, None or 'auto'"
        raise ArgumentError(describe("build_rnn", rule, mask_value=mask_value))
    return layers.Masking(float(mask_value), name="mask")(x)


def _embed(x, vocabulary_size, embedding_size, mask_value, style):
    """Turns token ids into vectors, and leaves out id 0 unless told otherwise."""
    size = check_integer("build_rnn", "embedding_size", embedding_size, 1)
    vocabulary = check_integer("build_rnn", "vocabulary_size", vocabulary_size, 2)
    known = isinstance(mask_value, (str, int)) and not isinstance(mask_value, bool)
    if mask_value is not None and not (known and mask_value in ("auto", 0)):
        rule = "with token ids `mask_value` must be 0, None or 'auto'"
        raise ArgumentError(describe("build_rnn", rule, mask_value=mask_value))
    return layers.Embedding(
        vocabulary,
        size,
        embeddings_initializer=keras.initializers.RandomUniform(
            seed=derive_seed(style.seed, "embedding")
        ),
        mask_zero=mask_value is not None,
        name="embedding",
    )(x)


def _check_sequence_shape(input_shape, vocabulary_size):
    axes = 2 if vocabulary_size is None else 1
    shape = tuple(input_shape) if isinstance(input_shape, (tuple, list)) else ()
    if len(shape) != axes:
        rule = "`input_shape` must be (steps, features) for numbers, (steps,) for token ids"
        hint = "Token ids need `vocabulary_size`."
        received = {"input_shape": input_shape, "vocabulary_size": vocabulary_size}
        raise ArgumentError(describe("build_rnn", rule, hint, **received))
    steps, *features = shape
    sides = [*([] if steps is None else [steps]), *features]
    for side in sides:
        check_integer("build_rnn", "input_shape", side, 1)
    return shape


def _check_norm(norm, task):
    """Refuses the norms that take their mean over the steps."""
    if norm == "batch" and task == "next_step":
        rule = 'with task="next_step" `norm` must be None or "layer": "batch" sees later steps'
        raise ArgumentError(describe("build_rnn", rule, norm=norm))
    if norm in ("group", "instance"):
        rule = '`norm` must be None, "layer" or "batch": the others mix steps, padded ones too'
        raise ArgumentError(describe("build_rnn", rule, norm=norm))
    check_one_of("build_rnn", "norm", norm, _NORMS)


def _check_directions(bidirectional, task):
    """Refuses a network that predicts the next step and has seen it."""
    if check_flag("build_rnn", "bidirectional", bidirectional) and task == "next_step":
        rule = 'task="next_step" must read forwards alone: backwards it has seen the next step'
        hint = "Leave out `bidirectional`."
        raise ArgumentError(describe("build_rnn", rule, hint, bidirectional=bidirectional))
