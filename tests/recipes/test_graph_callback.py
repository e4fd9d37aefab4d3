"""The graph check before the first step of `model.fit`."""

import copy
import pickle
import warnings

import keras
import numpy as np
import pytest
from graph_models import stopped_gradient, weightless_dead_end
from keras import layers, ops

from recipes import GraphCheck
from recipes.errors import ArgumentError, GraphError

X = np.random.default_rng(0).random((8, 6), dtype="float32")
CUT = (
    "CUT: layer 'hidden' (kernel, bias: 28 parameters) gets no gradient: it stops at StopGradient, "
    "before 'head'. Remove that operation from the path, or set trainable=False if this is meant."
)
DEAD_END = (
    "DEAD_END: layer 'lost' reaches no output of the model: what follows ends at 'lost', and Keras "
    "drops it. Connect it to an output, or remove it."
)


class Unbuilt(keras.Model):
    """A model that has no weights before its first batch."""

    def __init__(self, *, stopped=False):
        super().__init__(name="unbuilt")
        self.stopped = stopped
        self.hidden = layers.Dense(4, name="hidden")
        self.noise = layers.Dropout(0.5)
        self.head = layers.Dense(2, name="head")

    def call(self, x, training=False):
        x = self.noise(self.hidden(x), training=training)
        return self.head(ops.stop_gradient(x) if self.stopped else x)


class OfTokens(keras.Model):
    """A model of whole numbers and numbers, by name."""

    def __init__(self):
        super().__init__(name="of_tokens")
        self.head = layers.Dense(2, name="head")

    def call(self, inputs):
        return self.head(ops.concatenate([ops.one_hot(inputs["token"], 3), inputs["x"]], -1))


def train(model, check=None, x=X, **options):
    model.compile("adam", "mse", **options)
    callbacks = [] if check is None else [check]
    return model.fit(x, X[:, :2], batch_size=4, epochs=2, verbose=0, callbacks=callbacks).history


def test_a_broken_model_is_refused_before_a_weight_changes():
    model, check = stopped_gradient(), GraphCheck()
    model.compile("adam", "mse")
    before = [weight.numpy() for weight in model.weights]
    with pytest.raises(GraphError) as caught:
        model.fit(X, np.zeros((8, 5)), verbose=0, callbacks=[check])
    assert caught.value.report is check.report
    assert [finding.code for finding in check.report.errors] == ["CUT"]
    assert all(map(np.array_equal, before, model.weights))
    assert model.optimizer.iterations == 0


@pytest.mark.parametrize("options", [{}, {"run_eagerly": True}, {"steps_per_execution": 2}])
def test_a_model_is_checked_that_has_no_weights_before_its_first_batch(options):
    model = Unbuilt(stopped=True)
    with pytest.raises(GraphError) as caught:
        train(model, GraphCheck(), **options)
    assert str(caught.value) == (
        f"check_graph: model 'unbuilt' has layers that cannot learn:\n  {CUT}"
    )
    assert model.optimizer.iterations == 0


def test_inputs_by_name_keep_their_types():
    check = GraphCheck(strict=True)
    train(OfTokens(), check, x={"token": np.arange(8, dtype="int32") % 3, "x": X})
    assert check.report.ok


def test_a_training_that_is_checked_is_the_same_as_one_that_is_not():
    histories = []
    for check in (None, GraphCheck()):
        keras.utils.set_random_seed(0)
        histories.append(train(Unbuilt(), check))
    assert histories[0] == histories[1]


def test_a_full_check_takes_data():
    check = GraphCheck(data=(X, X[:, :2]), level="full")
    train(Unbuilt(), check)
    assert check.report.level == "full"
    assert all(node.gradient_norm for node in check.report.nodes if node.parameters)


def test_warnings_are_given_once_for_each_training():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        train(weightless_dead_end(), GraphCheck())
    (warning,) = caught
    model = str(warning.message).split("'")[1]
    assert str(warning.message) == f"GraphCheck: warnings about model '{model}':\n  {DEAD_END}"


def test_strict_refuses_what_is_else_a_warning():
    with pytest.raises(GraphError, match=r"^GraphCheck: warnings about model .*\n  DEAD_END: "):
        train(weightless_dead_end(), GraphCheck(strict=True))


def test_what_is_meant_is_allowed():
    check = GraphCheck(allow="CUT:hidden")
    with pytest.warns(UserWarning, match="Gradients do not exist"):  # Keras' own, then
        train(Unbuilt(stopped=True), check)
    assert check.report.findings == ()


def test_a_model_that_fails_by_itself_fails_as_without_the_check():
    class Failing(Unbuilt):
        def call(self, x):
            raise RuntimeError("on purpose")

    with (
        pytest.warns(UserWarning, match="NOT_TRACEABLE: model 'unbuilt' was not traced: it has no"),
        pytest.raises(RuntimeError, match="on purpose"),
    ):
        train(Failing(), GraphCheck())


def test_the_graph_is_written_for_tensorboard(tmp_path):
    train(Unbuilt(), GraphCheck(logdir=tmp_path))
    assert len(list(tmp_path.glob("*.graph_check"))) == 1


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda check: pickle.loads(pickle.dumps(check))])
def test_a_copy_keeps_the_report_and_checks_again_without_the_model(copied):
    check = GraphCheck()
    train(Unbuilt(), check)
    other = copied(check)
    assert (other.report, other.model) == (check.report, None)
    assert isinstance(check.model, Unbuilt)
    with pytest.raises(GraphError):
        train(Unbuilt(stopped=True), other)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"level": "deep"},
            'GraphCheck: `level` must be one of "static", "trace", "full". '
            "Received: level='deep'.",
        ),
        (
            {"strict": "no"},
            "GraphCheck: `strict` must be True or False. Received: strict='no'.",
        ),
    ],
)
def test_wrong_arguments_are_refused_at_once(options, message):
    with pytest.raises(ArgumentError) as caught:
        GraphCheck(**options)
    assert str(caught.value) == message
