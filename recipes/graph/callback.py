"""`GraphCheck`: the graph check as a Keras callback, before the first step of `fit` (row 15)."""

import contextlib
import warnings

import keras

from recipes import keras_compat
from recipes.errors import GraphError, check_flag, check_one_of
from recipes.graph.check import check_graph
from recipes.graph.findings import parse_rules
from recipes.graph.levels import LEVELS


class GraphCheck(keras.callbacks.Callback):
    """Checks the graph of a model before the first step of each `model.fit`.

    An error ends the training with a `GraphError` before a weight has changed; warnings are given
    by Python's `warnings`, once for each `fit`. The loss is the one of `compile`. A model that has
    no weights before its first batch gets them a moment earlier than it would, and the same ones.

    Args:
        data: A batch of inputs, or a tuple (inputs, targets), as in `check_graph`; None takes the
            shapes that the model was built with.
        level: "static", "trace" or "full", as in `check_graph`.
        allow: Findings that are meant, as in `check_graph`.
        logdir: A folder to which the graph is written for TensorBoard, or None.
        strict: Whether a warning ends the training as well.

    Attributes:
        report: The `GraphReport` of the last check, or None.

    Raises:
        ArgumentError: If an argument breaks its rule.

    Example:

        model.fit(x, y, callbacks=[GraphCheck(logdir="logs")])
    """

    def __init__(self, *, data=None, level="trace", allow=(), logdir=None, strict=False):
        super().__init__()
        check_one_of("GraphCheck", "level", level, LEVELS)
        parse_rules(allow)
        self.strict = check_flag("GraphCheck", "strict", strict)
        self.options = {"data": data, "level": level, "allow": allow, "logdir": logdir}
        self.report = None

    def __getstate__(self):
        """A copy, such as KerasTuner makes for every trial, does not bring the model along."""
        model = self.model
        self.set_model(None)
        state = dict(self.__dict__)
        self.set_model(model)
        return state

    def on_train_begin(self, logs=None):
        """Checks the model, or has it checked when the shapes of the first batch are known."""
        data = self.options["data"]
        if self.model.built:
            self.check()
        elif data is not None:
            pair = isinstance(data, tuple) and len(data) == 2
            self._build_and_check(data[0] if pair else data)
        else:
            _before_next_step(self.model, self._build_and_check)

    def check(self):
        """Checks the model that is being trained.

        Returns:
            The `GraphReport`, which is `self.report` too.

        Raises:
            GraphError: If an error was found, or with `strict` a warning.
        """
        self.report = check_graph(self.model, **self.options)
        self.report.raise_for_errors()
        doubtful = [finding for finding in self.report.findings if finding.severity == "warning"]
        if doubtful:
            self._warn(doubtful)
        return self.report

    def _warn(self, findings):
        lines = "\n".join(f"  {finding}" for finding in findings)
        text = f"GraphCheck: warnings about model '{self.model.name}':\n{lines}"
        if self.strict:
            raise GraphError(text, report=self.report)
        warnings.warn(text, stacklevel=2)

    def _build_and_check(self, inputs):
        with contextlib.suppress(Exception):  # the check says that there are no weights, or `fit`
            keras_compat.make_weights(self.model, keras.tree.map_structure(_spec, inputs))
        self.check()


def _before_next_step(model, action):
    """Calls a function with the shapes and types of the inputs before the next step of `fit`."""
    step = model.train_function

    def first_step(batches):
        model.train_function = step
        action(keras.utils.unpack_x_y_sample_weight(batches.element_spec)[0])
        return step(batches)

    model.train_function = first_step


def _spec(part):
    return keras.KerasTensor(part.shape, keras.backend.standardize_dtype(part.dtype))
