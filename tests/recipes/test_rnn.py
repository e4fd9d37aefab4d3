"""`build_rnn`: dropout, masks, directions, gates (rows 28, 36, 61)."""

import numpy as np
import pytest

from recipes import build_rnn
from recipes.errors import ArgumentError


def numbers(num_classes=3, **options):
    return build_rnn((6, 4), num_classes, **{"units": 8, "seed": 0} | options)


def tokens(num_classes=3, **options):
    base = {"units": 8, "vocabulary_size": 11, "embedding_size": 4, "seed": 0}
    return build_rnn((None,), num_classes, **base | options)


def test_dropout_stands_at_the_input_of_each_layer_and_at_the_output_alone():
    model = numbers(depth=2, dropout=0.5)
    assert [layer.name for layer in model.layers] == [
        "sequence",
        "rnn1_dropout",
        "rnn1",
        "rnn2_dropout",
        "rnn2",
        "dropout",
        "predictions",
    ]
    for name in ("rnn1", "rnn2"):
        layer = model.get_layer(name)
        assert (layer.recurrent_dropout, layer.dropout) == (0.0, 0.0)  # the path is untouched


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_tanh_is_the_activation_and_sigmoid_that_of_the_gates(cell):
    config = numbers(cell=cell).get_layer("rnn1").get_config()
    assert (config["activation"], config["recurrent_activation"]) == ("tanh", "sigmoid")


def test_the_forget_gate_starts_open_and_the_other_gates_have_no_bias():
    bias = numbers().get_layer("rnn1").cell.bias.numpy()
    assert np.array_equal(bias, np.repeat([0, 1, 0, 0], 8))  # input, forget, cell, output


def test_both_directions_read_and_start_with_weights_of_their_own():
    model = numbers(bidirectional=True)
    both = model.get_layer("rnn1_both")
    assert both.output.shape == (None, 16)
    kernels = [both.forward_layer.cell.kernel, both.backward_layer.cell.kernel]
    assert not np.array_equal(*[kernel.numpy() for kernel in kernels])
    assert (both.forward_layer.go_backwards, both.backward_layer.go_backwards) == (False, True)


def test_padded_tokens_change_nothing():
    model = tokens(bidirectional=True, depth=2)
    ids = np.array([[3, 5, 2]])
    padded = np.array([[3, 5, 2, 0, 0]])
    assert model(padded).numpy() == pytest.approx(model(ids).numpy(), abs=1e-6)
    unmasked = tokens(mask_value=None)
    assert np.abs(unmasked(padded) - unmasked(ids)).max() > 1e-4


def test_padded_numbers_change_nothing_where_their_value_is_named():
    x = np.random.default_rng(0).random((1, 3, 4), dtype="float32")
    padded = np.concatenate([x, np.full((1, 2, 4), -1, "float32")], axis=1)
    masked = build_rnn((None, 4), 3, units=8, mask_value=-1, seed=0)
    assert masked(padded).numpy() == pytest.approx(masked(x).numpy(), abs=1e-6)
    plain = build_rnn((None, 4), 3, units=8, seed=0)
    assert np.abs(plain(padded) - plain(x)).max() > 1e-4


def test_a_next_step_is_predicted_from_the_steps_before_it():
    model = tokens(11, task="next_step")
    ids = np.array([[3, 5, 2, 7]])
    changed = np.array([[3, 5, 2, 9]])
    difference = np.abs(model(ids) - model(changed)).max(axis=(0, 2))
    assert difference[:3].max() == 0  # what comes later is not seen
    assert difference[3] > 0


def test_the_loss_of_padded_steps_is_left_out():
    model = tokens(11, task="next_step")
    model.compile("sgd", "sparse_categorical_crossentropy")
    x, y = np.array([[3, 5, 2]]), np.array([[5, 2, 7]])
    padded_x, padded_y = (np.pad(part, ((0, 0), (0, 2))) for part in (x, y))
    plain = model.evaluate(x, y, verbose=0)
    assert model.evaluate(padded_x, padded_y, verbose=0) == pytest.approx(plain, rel=1e-4)


def test_regression_is_linear_and_of_a_sequence_as_a_whole():
    model = numbers(2, task="regression")
    assert model.output.shape == (None, 2)
    assert model.layers[-1].get_config()["activation"] == "linear"


def test_a_layer_norm_stands_behind_each_layer():
    kinds = [type(layer).__name__ for layer in numbers(depth=2, norm="layer").layers]
    assert kinds == [
        "InputLayer",
        "LSTM",
        "LayerNormalization",
        "LSTM",
        "LayerNormalization",
        "Dense",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"input_shape": (6,)},
            "build_rnn: `input_shape` must be (steps, features) for numbers, (steps,) for token "
            "ids. Received: input_shape=(6,), vocabulary_size=None. Token ids need "
            "`vocabulary_size`.",
        ),
        (
            {"vocabulary_size": 11},
            "build_rnn: `input_shape` must be (steps, features) for numbers, (steps,) for token "
            "ids. Received: input_shape=(6, 4), vocabulary_size=11. Token ids need "
            "`vocabulary_size`.",
        ),
        (
            {"input_shape": (6, None)},
            "build_rnn: `input_shape` must be a whole number of at least 1. Received: "
            "input_shape=None.",
        ),
        (
            {"cell": "elman"},
            'build_rnn: `cell` must be one of "lstm", "gru". Received: cell=\'elman\'.',
        ),
        (
            {"task": "next_step", "bidirectional": True},
            'build_rnn: task="next_step" must read forwards alone: backwards it has seen the next '
            "step. Received: bidirectional=True. Leave out `bidirectional`.",
        ),
        (
            {"norm": "instance"},
            'build_rnn: `norm` must be None, "layer" or "batch": the others mix steps, padded ones '
            "too. Received: norm='instance'.",
        ),
        (
            {
                "input_shape": (6,),
                "vocabulary_size": 11,
                "task": "next_step",
                "norm": "batch",
            },
            'build_rnn: with task="next_step" `norm` must be None or "layer": "batch" sees later '
            "steps. Received: norm='batch'.",
        ),
        (
            {"bidirectional": "false"},
            "build_rnn: `bidirectional` must be True or False. Received: bidirectional='false'.",
        ),
        (
            {"mask_value": float("nan")},
            "build_rnn: `mask_value` must be a number, None or 'auto'. Received: mask_value=nan.",
        ),
        (
            {"input_shape": (6,), "vocabulary_size": 11, "mask_value": False},
            "build_rnn: with token ids `mask_value` must be 0, None or 'auto'. Received: "
            "mask_value=False.",
        ),
        (
            {"norm": "power"},
            'build_rnn: `norm` must be one of None, "layer", "batch". Received: norm=\'power\'.',
        ),
        (
            {"input_shape": (6,), "vocabulary_size": 11, "mask_value": 3},
            "build_rnn: with token ids `mask_value` must be 0, None or 'auto'. Received: "
            "mask_value=3.",
        ),
        (
            {"mask_value": "zero"},
            "build_rnn: `mask_value` must be a number, None or 'auto'. Received: "
            "mask_value='zero'.",
        ),
        (
            {"dropout": 0.5, "norm": "batch"},
            "build_rnn: dropout must not stand before a batch normalization: the normalization "
            "learns the variance that dropout adds, and inference has none of it. Received: "
            "dropout='rnn1_dropout', normalization='rnn1'. Put it behind the last normalization, "
            'or take norm="layer" or None.',
        ),
    ],
)
def test_a_wrong_argument_gets_one_clear_message(arguments, message):
    with pytest.raises(ArgumentError) as caught:
        build_rnn(**{"input_shape": (6, 4), "num_classes": 3} | arguments)
    assert str(caught.value) == message
