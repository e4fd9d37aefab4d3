"""Private parts of Keras: which of them has moved, and that one folder alone touches them."""

import ast
import gc
import importlib
import re
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from tensorflow.python.framework.ops import gradient_registry

from recipes import check_graph, fit, keras_compat

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "recipes" / "keras_compat"
TREES = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.py"))]
IMPORTS = [
    (node.module, alias.name)
    for tree in TREES
    for node in ast.walk(tree)
    if isinstance(node, ast.ImportFrom) and node.module.startswith("keras.src")
    for alias in node.names
]


def small_model():
    x = keras.Input((3,), name="x")
    model = keras.Model(x, layers.Dense(2, name="head")(layers.Dense(4, name="hidden")(x)))
    model.compile("sgd", "mse", loss_weights=0.5)
    return model


MODEL = small_model()
LOSS = MODEL._compile_loss
LOSS.build(MODEL.outputs[0], MODEL.outputs[0])
SEQUENTIAL = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
HOLDERS = {  # private attribute: an object of Keras or TensorFlow that must have it
    "_functional": SEQUENTIAL,
    "_nodes": MODEL,
    "_inputs_struct": MODEL,
    "_outputs_struct": MODEL,
    "_inbound_nodes": MODEL.layers[1],
    "_outbound_nodes": MODEL.layers[1],
    "_keras_history": MODEL.outputs[0],
    "_flatten_layers": MODEL,
    "_layers": MODEL.layers[1],
    "_losses": MODEL.layers[1],
    "_loss_ids": MODEL.layers[1],
    "_call_has_training_arg": MODEL,
    "_compile_loss": MODEL,
    "_user_loss": LOSS,
    "_user_loss_weights": LOSS,
    "_flat_losses": LOSS,
    "_initialize_with_initializer": MODEL.weights[0],
    "_learning_rate": MODEL.optimizer,
    "_apply_weight_decay": MODEL.optimizer,
    "_registry": gradient_registry,
}


def private_attributes(tree):
    """The private attributes that a file reads of anything, with those it names as texts."""
    read = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    named = {
        node.args[1].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("getattr", "hasattr")
        and isinstance(node.args[1], ast.Constant)
    }
    return {name for name in read | named if re.match(r"_[a-z]", name)}


@pytest.mark.parametrize(("module", "name"), IMPORTS)
def test_a_private_name_is_where_it_was(module, name):
    found = importlib.import_module(module)
    assert hasattr(found, name), f"Keras {keras.__version__}: {module}.{name} has moved"


@pytest.mark.parametrize("name", sorted(HOLDERS))
def test_a_private_attribute_is_what_it_was(name):
    holder = HOLDERS[name]
    moved = f"Keras {keras.__version__}: {type(holder).__name__}.{name} has moved"
    assert hasattr(holder, name), moved


def test_every_private_attribute_that_is_read_is_watched():
    assert set().union(*map(private_attributes, TREES)) == set(HOLDERS)


@pytest.mark.parametrize("package", ["recipes", "tuners"])
def test_no_other_file_touches_private_parts_of_keras(package):
    for path in (ROOT / package).rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.parent != FOLDER:
            assert "keras.src" not in text, path
            assert not private_attributes(ast.parse(text)) & set(HOLDERS), path


def test_the_graph_of_a_model_is_read():
    part = keras_compat.functional_part(MODEL)
    names = [operation.name for operation in keras_compat.operations_of(part)]
    assert names == ["x", "hidden", "head"]
    assert keras_compat.functional_part(SEQUENTIAL) is not None
    assert keras_compat.functional_part(keras.Sequential()) is None
    hidden = MODEL.get_layer("hidden")
    assert keras_compat.producer(MODEL.outputs[0]).name == "head"
    assert [op.name for op in keras_compat.consumers(hidden)] == ["head"]
    assert [op.name for op in keras_compat.feeders(hidden)] == ["x"]
    assert keras_compat.output_shapes(hidden) == ((None, 4),)
    assert len(keras_compat.nodes_in(part)) == 3
    assert len(keras_compat.calls_of(hidden)) == 1


def test_the_losses_of_a_model_are_read_with_their_weights():
    terms = keras_compat.loss_terms(MODEL, MODEL.outputs[0], ["head"])
    assert {number: (loss.name, weight) for number, (loss, weight) in terms.items()} == {
        0: ("mse", 0.5)
    }


def test_what_is_made_and_called_is_recorded():
    with keras_compat.recording() as record:
        wrapped = layers.TimeDistributed(layers.Dense(2, name="inner"), name="outer")
        wrapped(keras.Input((5, 3)))
    assert {"inner", "outer"} <= {operation.name for operation in record.made.values()}
    assert "inner" in {operation.name for operation in record.given.values()}
    assert "outer" in {operation.name for operation in record.called.values()}


class Making(layers.Layer):
    """A layer that makes another one in its call."""

    def call(self, x):
        return layers.Dense(2, name="made")(x)


def test_a_layer_that_is_made_in_a_call_has_its_maker():
    making = Making(name="making")
    with keras_compat.recording() as record:
        making(keras.ops.ones((1, 3)))
    made = {record.made[key].name: maker.name for key, maker in record.makers.items()}
    assert made["made"] == "making"


def test_names_and_seeds_go_on_as_if_nothing_had_been_called():
    def following():
        return int(layers.Dense(1).name.rpartition("_")[2]), float(keras.random.uniform(()))

    keras.utils.set_random_seed(0)
    number, draw = following()
    keras.utils.set_random_seed(0)
    with keras_compat.restoring(MODEL), keras.StatelessScope():
        keras.random.uniform(())
        layers.Dense(1)
    assert following() == (number + 1, draw)


def test_an_error_is_told_in_one_line():
    with pytest.raises(ValueError, match="head") as caught:
        MODEL.get_layer("head")(keras.ops.ones((1, 9)))
    said = keras_compat.describe_error(caught.value)
    assert said.startswith("ValueError: ")
    assert "\n" not in said


SAMPLES = np.ones((32, 3), "float32"), np.ones((32, 2), "float32")


def swish_network():
    """A network with two custom gradients in its graph: that of Swish, and the optimizer's."""
    inputs = keras.Input((3,))
    model = keras.Model(inputs, layers.Dense(2)(layers.Dense(4, activation="swish")(inputs)))
    model.compile("adam", "mse")
    return model


def train_by_hand():
    with keras_compat.releasing_graphs():
        swish_network().fit(*SAMPLES, verbose=0)


def train_by_fit():
    fit(swish_network(), SAMPLES, epochs=1, verbose=0, preflight=False)


def check():
    check_graph(swish_network())


@pytest.mark.parametrize("use", [train_by_hand, train_by_fit, check])
def test_the_graph_of_a_model_leaves_the_memory_with_it(use):
    def graphs():
        keras.backend.clear_session()
        gc.collect()
        return sum(type(each).__name__ == "FuncGraph" for each in gc.get_objects())

    before, names = graphs(), set(gradient_registry.list())
    use()
    assert set(gradient_registry.list()) > names
    assert graphs() == before
    assert set(gradient_registry.list()) <= names


@tf.custom_gradient
def seven_times(x):
    """x itself, with seven times its gradient."""
    return tf.identity(x), lambda upstream: 7 * upstream


def in_a_branch(x):
    return tf.cond(x > 0, lambda: seven_times(x), lambda: x)


def in_a_loop(x):
    return tf.while_loop(
        lambda number, x: number < 1, lambda n, x: (n + 1, seven_times(x)), (0, x)
    )[1]


@pytest.mark.parametrize("part", [seven_times, in_a_branch, in_a_loop])
def test_a_graph_that_is_in_use_keeps_its_custom_gradients(part):
    cube = tf.function(lambda x: part(x) ** 3)
    x = tf.constant(2.0)
    cube.get_concrete_function(x)  # its gradient is traced later
    keras_compat.release_graphs()
    keras_compat.release_graphs()
    gc.collect()
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = cube(x)
    assert float(tape.gradient(y, x)) == 7 * 3 * 2**2
