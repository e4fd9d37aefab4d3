"""`check_graph` (guide row 15): every planted fault is named, healthy models are silent."""

import gc

import keras
import numpy as np
import pytest
import tensorflow as tf
from graph_models import (
    BATCH,
    Subclassed,
    dead_branch,
    dead_chain,
    dropout_and_noise,
    stopped_chain,
    stopped_gradient,
    truncated_backbone,
    unused_input,
)
from keras import layers

from recipes import build_resnet, check_graph
from recipes.errors import ArgumentError, GraphError
from recipes.graph.connected.static import find_static


def severe(report):
    """The findings that are more than information."""
    return [finding for finding in report.findings if finding.severity != "info"]


def test_our_own_builder_waits_for_its_last_gammas_and_no_more():
    report = check_graph(lambda: build_resnet((8, 8, 3), 10))
    # two convolutions and a norm in each of the 7 blocks whose shortcut has no weights
    assert [(f.code, len(f.layers)) for f in report.findings] == [("ZERO_INIT", 3 * 7)]


def test_a_subclassed_model_is_traced_with_its_own_shapes_once_it_is_built():
    model = Subclassed("cut")
    model(BATCH)
    assert [f.code for f in check_graph(model).findings] == ["CUT"]


def test_a_model_without_shapes_is_not_called_fine():
    report = check_graph(Subclassed)
    assert [(f.code, f.severity) for f in report.findings] == [("NOT_TRACEABLE", "warning")]
    assert str(report.findings[0]) == (
        "NOT_TRACEABLE: model 'subclassed' was not traced: it has no weights yet. Its gradients "
        "are not checked. Call it on a batch first, or pass data=."
    )


class Picky(keras.Model):
    """A model that takes values alone, or nothing at all."""

    def __init__(self, values):
        super().__init__(name="picky")
        self.values = values
        self.head = layers.Dense(2, name="head")
        self.head.build((None, 6))
        self.built = True

    def call(self, x):
        if not self.values:
            raise KeyError("only dicts")
        return self.head(x) if float(keras.ops.sum(x)) > -1 else x


def test_a_model_that_runs_on_values_alone_is_not_called_fine():
    (finding,) = check_graph(Picky(values=True), data=BATCH).findings
    assert (finding.code, finding.severity) == ("NOT_TRACEABLE", "warning")
    assert finding.message.startswith("model 'picky' was not traced: calling it on placeholders")
    assert finding.hint == (
        "Use operations of keras.ops in its call, without Python's if and for on values."
    )


def test_a_model_that_fails_on_the_given_data_is_an_error():
    report = check_graph(Picky(values=False), data=BATCH)
    assert str(report.findings[0]) == (
        "STEP_FAILED: model 'picky' fails on the given data (KeyError: only dicts). Give data that "
        "the model takes, or mend its call."
    )


def test_a_cut_layer_is_described_in_a_whole_sentence():
    report = check_graph(stopped_gradient)
    assert str(report) == (
        "Graph of 'functional' (level full):\n"
        "  error CUT: layer 'cut' (kernel, bias: 21 parameters) gets no gradient: it stops at "
        "StopGradient, before 'concat'. Remove that operation from the path, or set "
        "trainable=False if this is meant."
    ).replace("'functional'", f"'{report.model_name}'")


def test_a_chain_of_cut_layers_is_one_finding():
    (finding,) = check_graph(stopped_chain).findings
    assert finding.layers == ("cut_1", "cut_2", "cut_3")
    assert finding.message == (
        "layers 'cut_1', 'cut_2', 'cut_3' (39 parameters) get no gradient: it stops at "
        "StopGradient, before 'head'."
    )


def test_a_chain_of_dead_layers_is_one_finding():
    (finding,) = check_graph(dead_chain).findings
    assert str(finding) == (
        "DEAD_END: layers 'lost_1', 'lost_2' (33 parameters) reach no output of the model: what "
        "follows ends at 'lost_2', and Keras drops it. Connect it to an output, or remove it."
    )


def test_a_bare_model_shows_a_dead_end_as_a_warning():
    model = dead_branch()
    (finding,) = check_graph(model).findings
    assert (finding.code, finding.severity, finding.layer) == ("DEAD_END", "warning", "lost")


def test_a_truncated_backbone_is_no_dead_end_while_the_whole_one_lives():
    whole = keras.Sequential([keras.Input((6,)), layers.Dense(3), layers.Dense(2)])
    assert check_graph(keras.Model(whole.inputs, whole.layers[0].output)).findings == ()
    assert check_graph(truncated_backbone).findings == ()


def test_a_backbone_that_was_built_before_the_builder_runs_is_no_dead_end():
    whole = keras.Sequential([keras.Input((6,)), layers.Dense(3), layers.Dense(2)])

    def build():
        feature = whole.layers[0].output
        layers.Dense(5, name="lost")(feature)
        return keras.Model(whole.inputs, layers.Dense(4)(feature))

    assert [f.layer for f in check_graph(build).findings] == ["lost"]


def test_the_static_level_traces_nothing():
    assert check_graph(stopped_gradient, level="static").findings == ()
    assert [f.code for f in check_graph(unused_input, level="static").findings] == ["UNUSED_INPUT"]


def test_raise_for_errors_gives_all_errors_in_one_message():
    with pytest.raises(GraphError) as caught:
        check_graph(dead_branch).raise_for_errors()
    assert str(caught.value).splitlines()[1] == (
        "  DEAD_END: layer 'lost' (21 parameters) reaches no output of the model: what follows "
        "ends at 'lost', and Keras drops it. Connect it to an output, or remove it."
    )
    assert caught.value.report.findings[0].layer == "lost"


def test_a_healthy_report_passes_and_says_so():
    report = check_graph(dropout_and_noise).raise_for_errors()
    assert str(report) == f"Graph of '{report.model_name}': every layer can learn (level full)."


@pytest.mark.parametrize("allow", ["CUT", ("CUT",), ("CUT:cut*",), ("DEAD_END", "CUT:cut_3")])
def test_a_finding_that_is_meant_can_be_allowed(allow):
    assert check_graph(stopped_chain, allow=allow).ok


@pytest.mark.parametrize("allow", [("UNUSED",), ("CUT:head",)])
def test_what_is_allowed_elsewhere_is_still_found(allow):
    assert not check_graph(stopped_chain, allow=allow).ok


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"model_or_builder": "resnet"},
            "check_graph: `model_or_builder` must be a Keras model, or a callable that returns "
            "one. Received: model_or_builder='resnet'.",
        ),
        (
            {"model_or_builder": lambda: 3},
            "check_graph: the builder must return a Keras model. Received: returned=3.",
        ),
        (
            {"model_or_builder": dead_branch, "level": "deep"},
            'check_graph: `level` must be one of "static", "trace", "full". Received: '
            "level='deep'.",
        ),
        (
            {"model_or_builder": dead_branch, "allow": ("DEAD",)},
            'check_graph: `allow` takes "CODE:layer" with a code of "DEAD_END", "UNUSED", "CUT", '
            '"ZERO", "NEVER_CALLED", "UNTRACKED", "LAYER_CREATED_IN_CALL", "UNUSED_INPUT", '
            '"LOSS_NOT_DIFFERENTIABLE", "NOTHING_TRAINABLE", "NONFINITE", "STEP_FAILED", '
            '"DEAD_CALL", "NO_LOSS", "DEAD_NOW", "ZERO_IN_TRAINING", "EXPLODING", "VANISHING", '
            '"NOT_TRACEABLE", "ZERO_INIT", "NO_EFFECT", "FROZEN", "LOSS_NOT_CHECKED". Received: '
            "allow='DEAD'.",
        ),
    ],
)
def test_a_wrong_argument_is_refused(arguments, message):
    with pytest.raises(ArgumentError) as caught:
        check_graph(**arguments)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            [[1.0, 2.0], [3.0, 4.0]],
            "check_graph: `data` must be arrays with a row for each sample, or a tuple (inputs, "
            "targets) of them. Received: types=['float']. Dense arrays of NumPy or of the backend, "
            "or a tf.data.Dataset of batches.",
        ),
        (
            (BATCH, np.zeros(5)),
            "check_graph: `data` must be arrays with a row for each sample, or a tuple (inputs, "
            "targets) of them. Received: rows=[2, 5]. Each needs as many.",
        ),
        (
            BATCH[:0],
            "check_graph: `data` must be arrays with a row for each sample, or a tuple (inputs, "
            "targets) of them. Received: rows=[0]. Each needs as many.",
        ),
    ],
)
def test_data_of_another_kind_are_refused(data, message):
    with pytest.raises(ArgumentError) as caught:
        check_graph(dropout_and_noise, data=data)
    assert str(caught.value) == message


def test_a_dataset_gives_its_first_batch_and_sample_weights_are_left_aside():
    rows = np.ones((8, 6), "float32")
    batches = tf.data.Dataset.from_tensor_slices((rows, rows[:, 0], rows[:, 0])).batch(4)
    assert check_graph(Subclassed, data=batches).ok


def test_targets_by_name_belong_to_the_outputs_of_these_names():
    x = keras.Input((6,))
    outputs = [layers.Dense(3, name="zebra")(x), layers.Dense(2, name="ape")(x)]
    model = keras.Model(x, outputs)
    model.compile("sgd", {"zebra": "categorical_crossentropy", "ape": "mse"})
    rows = np.ones((8, 6), "float32")
    right = {"ape": rows[:, :2], "zebra": rows[:, :3]}
    assert check_graph(model, data=(rows, right)).findings == ()
    wrong = {"ape": rows[:, :2], "zebra": rows[:, :4]}
    assert [f.layer for f in check_graph(model, data=(rows, wrong)).errors] == ["zebra"]


def test_data_with_nan_are_named_and_not_the_model():
    (finding,) = check_graph(dropout_and_noise, data=np.full((4, 6), np.nan)).findings
    assert str(finding) == (
        "NONFINITE: the given data hold NaN or infinity: nothing can be told from them. Clean the "
        "data, or leave out these rows."
    )


def test_what_is_allowed_is_not_called_fine():
    report = check_graph(stopped_chain, allow="CUT")
    assert str(report).endswith(": nothing but what is allowed (1) (level full).")
    assert report.to_dict()["allowed"] == 1


def test_a_builder_makes_the_same_model_after_its_check_as_without_one():
    def first_weights(*, checked):
        keras.utils.set_random_seed(2)
        if checked:
            check_graph(dropout_and_noise)
        model = dropout_and_noise()
        number = model.layers[1].name.removeprefix("dense").lstrip("_")
        return model.get_weights()[0], int(number or 0)

    plain, number = first_weights(checked=False)
    after, next_number = first_weights(checked=True)
    assert np.array_equal(plain, after)
    assert next_number == number + 2  # as the names of its two dense layers go on


def test_an_error_in_the_builder_is_its_own():
    with pytest.raises(ZeroDivisionError):
        check_graph(lambda: 1 / 0)
    assert check_graph(dropout_and_noise).ok  # and the hooks are gone


def state_of(model):
    """Everything that a check could change, as numbers and names."""
    seeds = [v.numpy() for v in model.non_trainable_variables]
    optimizer = [v.numpy() for v in model.optimizer.variables]
    metrics = [v.numpy() for v in model.metrics_variables]
    return [w.copy() for w in model.get_weights()] + seeds + optimizer + metrics


@pytest.mark.parametrize("builder", [dropout_and_noise, lambda: build_resnet((8, 8, 1), 3)])
def test_a_check_changes_nothing(builder):
    model = builder()
    model.compile("adam", "mse", metrics=["mae"])
    model.optimizer.build(model.trainable_variables)
    keras.utils.set_random_seed(3)
    before, losses = state_of(model), list(model.losses)
    call, new = keras.Operation.__call__, keras.Operation.__new__
    check_graph(model)
    after = state_of(model)
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert model.losses == losses
    assert (keras.Operation.__call__, keras.Operation.__new__) == (call, new)
    drawn = float(keras.random.uniform(()))
    keras.utils.set_random_seed(3)
    assert drawn == float(keras.random.uniform(()))


def test_a_failed_trace_leaves_no_name_scope_behind():
    class Failing(layers.Layer):
        def call(self, x):
            raise RuntimeError("on purpose")

    model = keras.Sequential([Failing(name="failing")])
    model.built = True
    check_graph(model, data=BATCH)
    layer = layers.Dense(1, name="after")
    layer.build((None, 2))
    assert layer.kernel.path == "after/kernel"


def test_a_dead_end_is_found_before_keras_forgets_it():
    model = dead_branch()
    gc.collect()
    assert [f.layer for f in find_static(model)] == ["lost"]
