"""Exports are loaded again and give the model's outputs (guide row 16)."""

import keras
import numpy as np
import pytest
from graph_models import dict_inputs, masked_lstm, nested_model, siamese
from keras import layers

from recipes import export_graph
from recipes.errors import ArgumentError, FolderError, GraphError


@pytest.mark.parametrize("builder", [nested_model, siamese, masked_lstm])
def test_both_formats_give_the_outputs_of_the_model(builder, tmp_path):
    model = builder()
    exports = export_graph(model, tmp_path)
    assert [export.format for export in exports] == ["keras", "saved_model"]
    assert all(export.difference <= 1e-5 for export in exports)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.keras", "saved_model"]


def test_an_export_takes_any_batch_size(tmp_path):
    import tensorflow as tf

    model = nested_model()
    export_graph(model, tmp_path, formats=["saved_model"])
    loaded = tf.saved_model.load(str(tmp_path / "saved_model"))
    x = np.random.default_rng(0).random((7, 6), dtype="float32")
    assert loaded.serve(x).numpy() == pytest.approx(model(x).numpy(), abs=1e-6)


def test_a_model_that_augments_its_images_is_exported_as_it_infers(tmp_path):
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), layers.RandomFlip(), layers.Flatten(), layers.Dense(2)]
    )
    assert all(export.difference <= 1e-5 for export in export_graph(model, tmp_path))


def test_a_second_export_replaces_the_first(tmp_path):
    export_graph(nested_model(), tmp_path)
    model = nested_model()
    export_graph(model, tmp_path)
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert np.array_equal(loaded.get_weights()[0], model.get_weights()[0])


@keras.saving.register_keras_serializable("tests")
class Unfaithful(layers.Layer):
    """A layer that is not the same after loading: its config leaves out the factor."""

    def __init__(self, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x):
        return self.factor * x


def test_an_export_with_other_outputs_is_refused_and_leaves_nothing(tmp_path):
    model = keras.Sequential([keras.Input((3,)), Unfaithful()])
    model.layers[0].factor = 3.0  # set after construction: the config does not know it
    with pytest.raises(GraphError, match=r"^export_graph: the keras export must give the model's"):
        export_graph(model, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("model", "arguments", "message"),
    [
        (
            nested_model,
            {"formats": ["onyx"]},
            'export_graph: `formats` must be one of "keras", "saved_model". '
            "Received: formats='onyx'.",
        ),
        (
            lambda: keras.Sequential([layers.Dense(2)], name="unbuilt"),
            {},
            "export_graph: the model must be functional or sequential, so that its inputs are "
            "known. Received: model='unbuilt'.",
        ),
    ],
)
def test_what_cannot_be_exported_is_refused(model, arguments, message, tmp_path):
    with pytest.raises(ArgumentError) as caught:
        export_graph(model(), tmp_path, **arguments)
    assert str(caught.value) == message


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FolderError, match=r"^export_graph: the folder must be one that can be"):
        export_graph(nested_model(), tmp_path / "file" / "x")


def test_named_inputs_are_exported(tmp_path):
    exports = export_graph(dict_inputs(), tmp_path)
    assert len(exports) == 2
