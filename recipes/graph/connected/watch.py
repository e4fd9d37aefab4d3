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

    def never_called(self):
        """Returns the layers that were made and neither called nor made part of another layer."""
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


def watch_build(builder):
    """Runs a builder and watches it.

    Args:
        builder: A callable without arguments that returns a `keras.Model`.

    Returns:
        Pair (model, `Watch`).
    """
    with keras_compat.recording() as record:
        model = builder()
    return model, Watch(record)
