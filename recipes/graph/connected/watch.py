"""Watches a model being built: only then can a layer that reaches no output be seen."""

import dataclasses

import keras

from recipes import keras_compat


@dataclasses.dataclass(frozen=True)
class Watch:
    """What was made and called while a builder ran.

    Attributes:
        record: The `Recording` of its operations.
    """

    record: keras_compat.Recording

    def functional_models(self):
        """Returns the Keras graphs of all models that were made, unfinished ones too."""
        models = (op for op in self.record.made.values() if isinstance(op, keras.Model))
        graphs = (keras_compat.functional_part(model) for model in models)
        return [graph for graph in graphs if graph is not None]

    def never_called(self, model):
        """Returns the layers that were made and neither called nor made part of another layer.

        Args:
            model: What the builder returned; of one that was not called either, nothing is known.
        """
        if keras_compat.functional_part(model) is None and id(model) not in self.record.called:
            return []
        owned = {
            id(part) for op in self._finished_layers() for part in keras_compat.all_layers(op)[1:]
        }
        known = self.record.called.keys() | self.record.given.keys() | owned
        return [
            layer
            for layer in self._finished_layers()
            if id(layer) not in known
            and not isinstance(layer, (keras.Model, keras.layers.InputLayer))
        ]

    def _finished_layers(self):
        return [op for op in self.record.made.values() if keras_compat.is_finished_layer(op)]


def watch_build(builder, inputs=None):
    """Runs a builder and watches it.

    Args:
        builder: A callable without arguments that returns a `keras.Model`.
        inputs: A batch of inputs for a model that makes its weights when it is called, or None.

    Returns:
        Triple (model, `Watch`, the error that calling it on the inputs raised or None).
    """
    with keras_compat.recording() as record:
        model = builder()
        error = _make_weights(model, inputs)
    return model, Watch(record), error


def _make_weights(model, inputs):
    if inputs is None or not isinstance(model, keras.Model) or model.built:
        return None
    try:
        model(keras.tree.map_structure(lambda part: part[:2], inputs))
    except Exception as error:  # whatever a model's own code raises is told, not passed on
        return error
    return None
