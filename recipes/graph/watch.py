"""Watches a model being built: only then can a layer that reaches no output be seen."""

import dataclasses

import keras

from recipes import keras_compat


@dataclasses.dataclass
class Watch:
    """What was made and called while a builder ran.

    Attributes:
        made: Every operation that was constructed, by id.
        given: Operations that were passed to the constructor of another one, by id: a wrapper's
            layer, a model's outputs.
        called: Every operation that was called, by id.
    """

    made: dict
    given: dict
    called: dict

    def functional_models(self):
        """Returns the Keras graphs of all models that were made, unfinished ones too."""
        models = (op for op in self.made.values() if isinstance(op, keras.Model))
        graphs = (keras_compat.functional_part(model) for model in models)
        return [graph for graph in graphs if graph is not None]

    def never_called(self):
        """Returns the layers that were made and neither called nor made part of another layer."""
        owned = {id(part) for op in self._layers() for part in keras_compat.all_layers(op)[1:]}
        known = self.called.keys() | self.given.keys() | owned
        return [
            layer
            for layer in self._layers()
            if id(layer) not in known
            and not isinstance(layer, (keras.Model, keras.layers.InputLayer))
        ]

    def _layers(self):
        return [op for op in self.made.values() if _is_finished_layer(op)]


def _is_finished_layer(operation):
    """Whether it is a layer whose constructor came to its end."""
    return isinstance(operation, keras.Layer) and hasattr(operation, "_layers")


def watch_build(builder):
    """Runs a builder and watches it.

    Args:
        builder: A callable without arguments that returns a `keras.Model`.

    Returns:
        Pair (model, `Watch`).
    """
    with (
        keras_compat.recording_construction() as (made, given),
        keras_compat.recording_calls() as called,
    ):
        model = builder()
    return model, Watch(made, given, called)
