"""Exports are loaded again and give the model's outputs (guide row 16)."""

import importlib.util
import logging
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from graph_models import dict_inputs, masked_lstm, nested_model, several_outputs, siamese, strings
from keras import layers, ops

from recipes import build_rnn, build_unet, export_graph
from recipes.errors import ArgumentError, FolderError, GraphError
from recipes.graph.export.comparison import largest_difference

FILES = {
    "keras": "model.keras",
    "saved_model": "saved_model",
    "tflite": "model.tflite",
    "pb": "graph.pb",
    "onnx": "model.onnx",
}
FOUR = ("keras", "saved_model", "tflite", "pb")
needs_onnx = pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("onnx", "onnxruntime", "tf2onnx"))),
    reason='ONNX is not installed: pip install "keras-recipes[onnx]"',
)


def small_unet():
    return build_unet((None, None, 1), 2, depth=1, filters=2, seed=0)


def small_lstm():
    return build_rnn((5, 3), 2, units=4, seed=0)


def random_layers():
    return keras.Sequential(
        [keras.Input((8, 8, 1)), layers.RandomFlip(), layers.Flatten(), layers.Dense(2)]
    )


def in_half_precision():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        return small_lstm()
    finally:
        keras.config.set_dtype_policy("float32")


def fixed_batch():
    return keras.Sequential([keras.Input((5, 3), batch_size=3), layers.GRU(2)])


def large_outputs():
    return keras.Sequential([keras.Input((3,)), layers.Dense(2), layers.Rescaling(1e9)])


@keras.saving.register_keras_serializable("tests")
class Doubling(keras.Model):
    """A subclassed model that was built by a call."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.head = layers.Dense(2)

    def call(self, x):
        return 2 * self.head(x)


def subclassed():
    model = Doubling()
    model(np.zeros((5, 3), "float32"))
    return model


@keras.saving.register_keras_serializable("tests")
class Sampling(layers.Layer):
    """A layer that draws numbers while it infers."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seeds = keras.random.SeedGenerator(3, name="draws")

    def call(self, x):
        return x + keras.random.normal(ops.shape(x), seed=self.seeds)


def sampling():
    return keras.Sequential([keras.Input((3,)), Sampling(name="sampling")], name="sampler")


def stateful():
    x = keras.Input((5, 3), batch_size=2)
    return keras.Model(x, layers.LSTM(2, stateful=True, name="lstm")(x), name="stateful")


@keras.saving.register_keras_serializable("tests")
class Unfaithful(layers.Layer):
    """A layer that is not the same after loading: its config leaves out factor and width."""

    factor, width = 1.0, 3

    def call(self, x):
        return self.factor * x[:, : self.width]


def unfaithful(**changes):
    model = keras.Sequential([keras.Input((3,)), Unfaithful()], name="unfaithful")
    for name, value in changes.items():
        setattr(model.layers[0], name, value)  # after construction: the config does not know it
    return model


class Unregistered(layers.Layer):
    """A layer that Keras does not know by name."""

    def call(self, x):
        return x


@keras.saving.register_keras_serializable("tests")
class Calling(layers.Layer):
    """A layer that runs a function while it is traced, as every converter does."""

    action = None

    def call(self, x):
        if self.action is not None and not tf.executing_eagerly():
            self.action()
        return x


def calling(action):
    model = keras.Sequential([keras.Input((3,)), Calling()])
    model.layers[0].action = action
    return model


# --- the same outputs -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("builder", "tflite_batch"),
    [
        (nested_model, None),
        (siamese, None),
        (dict_inputs, None),
        (several_outputs, None),
        (masked_lstm, 1),
        (random_layers, None),
        (in_half_precision, 1),
        (fixed_batch, 3),
        (large_outputs, None),
        (subclassed, None),
    ],
)
def test_every_format_gives_the_outputs_of_the_model(builder, tflite_batch, tmp_path):
    exports = export_graph(builder(), tmp_path, formats=FOUR)
    assert [export.format for export in exports] == list(FOUR)
    assert [export.path for export in exports] == [tmp_path / FILES[name] for name in FOUR]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES[n] for n in FOUR)
    largest = 1e-3 if builder is in_half_precision else 1e-5
    assert all(export.difference <= largest < export.tolerance for export in exports)
    others = 3 if builder is fixed_batch else None
    assert [export.batch for export in exports] == [others, others, tflite_batch, others]


def test_the_default_is_three_formats_and_one_may_be_named_alone(tmp_path):
    model = nested_model()
    assert [export.format for export in export_graph(model, tmp_path)] == list(FOUR[:3])
    assert [export.format for export in export_graph(model, tmp_path, formats="pb")] == ["pb"]


@pytest.fixture(scope="module")
def unet(tmp_path_factory):
    """A small U-Net for images of any size, and the folder of its exports."""
    model, folder = small_unet(), tmp_path_factory.mktemp("unet")
    export_graph(model, folder, formats=("saved_model", "tflite", "pb"))
    return model, folder


IMAGES = np.random.default_rng(0).random((5, 12, 20, 1), dtype="float32")


def test_a_convolutional_tflite_takes_other_batches_and_sides(unet):
    model, folder = unet
    interpreter = Interpreter(model_path=str(folder / "model.tflite"))
    answer = interpreter.get_signature_runner()(image=IMAGES)["output"]
    assert answer == pytest.approx(model(IMAGES).numpy(), abs=1e-6)


def test_a_saved_model_takes_other_batches_and_sides(unet):
    model, folder = unet
    loaded = tf.saved_model.load(str(folder / "saved_model"))
    assert loaded.serve(IMAGES).numpy() == pytest.approx(model(IMAGES).numpy(), abs=1e-6)


def test_a_frozen_graph_has_no_variables_and_takes_other_batches_and_sides(unet):
    model, folder = unet
    graph_def = tf.compat.v1.GraphDef.FromString((folder / "graph.pb").read_bytes())
    assert not [node.name for node in graph_def.node if "Variable" in node.op]
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        tf.graph_util.import_graph_def(graph_def, name="")
        answer = session.run("output:0", {"image:0": IMAGES})
    assert answer == pytest.approx(model(IMAGES).numpy(), abs=1e-6)


def test_an_lstm_as_tflite_answers_sample_by_sample(tmp_path):
    model = small_lstm()
    (export,) = export_graph(model, tmp_path, formats=["tflite"])
    assert str(export) == (
        f"{tmp_path / 'model.tflite'}: largest difference {export.difference:.1e} of 1e-04 "
        "allowed, batch 1 alone"
    )
    x = np.random.default_rng(0).random((3, 5, 3), dtype="float32")
    run = Interpreter(model_path=str(export.path)).get_signature_runner()
    answers = np.concatenate([run(sequence=sample[None])["output"] for sample in x])
    assert answers == pytest.approx(model(x).numpy(), abs=1e-6)


def test_inputs_and_outputs_go_by_the_names_that_people_gave(tmp_path):
    model = keras.Model(
        {"a": (a := keras.Input((2,), name="a")), "b": (b := keras.Input((3,), name="b"))},
        {"sum": layers.Add()([layers.Dense(2)(b), a]), "rest": [a, b]},
    )
    (export,) = export_graph(model, tmp_path, formats="tflite")
    assert (export.inputs, export.outputs) == (("a", "b"), ("rest_0", "rest_1", "sum"))
    run = Interpreter(model_path=str(export.path)).get_signature_runner()
    x = {"a": np.ones((1, 2), "float32"), "b": np.ones((1, 3), "float32")}
    assert run(**x)["sum"] == pytest.approx(model(x)["sum"].numpy(), abs=1e-6)


@needs_onnx
@pytest.mark.parametrize("builder", [several_outputs, small_unet, small_lstm])
def test_onnx_gives_the_outputs_of_the_model_for_any_batch(builder, tmp_path):
    import onnxruntime

    model = builder()
    (export,) = export_graph(model, tmp_path, formats="onnx")
    assert (export.path, export.batch) == (tmp_path / "model.onnx", None)
    session = onnxruntime.InferenceSession(export.path)
    shape = (3, *(side or 12 for side in model.inputs[0].shape[1:]))
    x = np.random.default_rng(0).random(shape, dtype="float32")
    answers = session.run(list(export.outputs), {export.inputs[0]: x})
    for answer, expected in zip(answers, keras.tree.flatten(model(x)), strict=True):
        assert answer == pytest.approx(expected.numpy(), abs=1e-5)


@pytest.mark.parametrize(
    ("expected", "actual", "difference"),
    [
        ([3.0, 4.0], [3.0, 4.4], 0.1),  # 0.4 of 4
        ([0.0, 0.001], [0.0, 0.002], 0.1),  # 0.001 of 0.01
        ([np.inf, 2.0], [np.inf, 1.0], 0.5),
        ([1, 0], [1, 0], 0.0),
        ([True], [False], 1.0),
        ([b"a"], [b"b"], np.inf),
        ([np.inf], [-np.inf], np.inf),
        ([1.0, 1.0], [np.nan, 1.0], np.nan),
        ([], [], 0.0),
    ],
)
def test_differences_are_relative_to_the_largest_value(expected, actual, difference):
    other = np.array([5.0])  # an output that agrees hides nothing
    pairs = [np.array(expected), other], [np.array(actual), other]
    assert largest_difference("pb", *pairs) == pytest.approx(difference, rel=1e-6, nan_ok=True)


# --- what a format cannot hold --------------------------------------------------------------------


@pytest.mark.parametrize("builder", [strings, sampling, stateful])
def test_keras_and_saved_model_hold_texts_and_what_changes_with_each_call(builder, tmp_path):
    model = builder()
    before = [variable.numpy() for variable in model.variables]
    exports = export_graph(model, tmp_path, formats=["keras", "saved_model"])
    assert [export.difference for export in exports] == [0.0, 0.0]
    assert all(map(np.array_equal, before, [variable.numpy() for variable in model.variables]))


def test_a_saved_model_keeps_the_state_of_an_lstm_between_calls(tmp_path):
    model = stateful()
    export_graph(model, tmp_path, formats=["saved_model"])
    loaded, x = tf.saved_model.load(str(tmp_path / "saved_model")), np.ones((2, 5, 3), "float32")
    expected = [model(x).numpy(), model(x).numpy()]
    assert np.abs(expected[0] - expected[1]).max() > 1e-3
    assert [loaded.serve(x).numpy() for _ in range(2)] == [pytest.approx(e) for e in expected]


@pytest.mark.parametrize("name", ["tflite", "pb"])
@pytest.mark.parametrize(
    ("builder", "model", "reason"),
    [
        (
            lambda: keras.Model(*strings_ends(), name="texts"),
            "texts",
            "The model has lookup tables",
        ),
        (sampling, "sampler", "Each call changes 'draws/seed_generator_state'"),
        (stateful, "stateful", "Each call changes 'lstm/rnn_state'"),
    ],
)
def test_a_format_of_constants_says_what_it_cannot_hold(builder, model, reason, name, tmp_path):
    with pytest.raises(GraphError) as caught:
        export_graph(builder(), tmp_path / "new", formats=["keras", name])
    assert str(caught.value) == (
        f'export_graph: the model must be one that the format "{name}" can hold. Received: '
        f"model='{model}'. {reason}, and the format holds constants alone. Leave the format out: "
        "formats=('keras',)."
    )
    assert list(tmp_path.iterdir()) == []


def strings_ends():
    model = strings()
    return model.input, model.output


def test_an_operation_that_tflite_lacks_is_named(tmp_path):
    x = keras.Input((1,), dtype="string")
    model = keras.Model(x, layers.Hashing(5)(x), name="hashing")
    with pytest.raises(GraphError) as caught:
        export_graph(model, tmp_path)
    assert str(caught.value) == (
        'export_graph: the model must be one that the format "tflite" can hold. Received: '
        "model='hashing'. ConverterError: 'tf.StringToHashBucketFast' op is neither a custom op "
        "nor a flex op. Leave the format out: formats=('keras', 'saved_model')."
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (
            layers.Lambda(lambda x: 2 * x, name="twice"),
            "Keras does not load the Python lambda of layer 'twice': use keras.ops, or a function "
            "with keras.saving.register_keras_serializable.",
        ),
        (
            Unregistered(),
            "TypeError: Could not locate class 'Unregistered'. Make sure custom classes and "
            "functions are decorated with `@keras.saving.register_keras_serializable()`.",
        ),
    ],
)
def test_layers_that_keras_does_not_load_are_named_and_fit_into_other_formats(
    layer, reason, tmp_path
):
    model = keras.Sequential([keras.Input((3,)), layer], name="own")
    with pytest.raises(GraphError) as caught:
        export_graph(model, tmp_path)
    assert str(caught.value) == (
        'export_graph: the model must be one that the format "keras" can hold. Received: '
        f"model='own'. {reason} Leave the format out: formats=('saved_model', 'tflite')."
    )
    assert len(export_graph(model, tmp_path, formats=("saved_model", "tflite"))) == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"factor": 2.0},
            "export_graph: the keras export must give the model's outputs within 0.0001. Received: "
            "difference=0.5. The config of each layer must hold all that it "
            "computes with.",
        ),
        (
            {"factor": float("inf")},
            "export_graph: the keras export must give the model's outputs within 0.0001. Received: "
            "difference=inf. The config of each layer must hold all that it computes with.",
        ),
        (
            {"width": 2},
            "export_graph: the keras export must give outputs of the shapes [(2, 2)] as the model "
            "does. Received: shapes=[(2, 3)].",
        ),
        (
            {"factor": float("nan")},
            "export_graph: the model must not give NaN, or else no export can be compared with it. "
            "Received: model='unfaithful'. check_graph names the layer.",
        ),
    ],
)
def test_an_export_with_other_outputs_is_refused_and_leaves_nothing(changes, message, tmp_path):
    with pytest.raises(GraphError) as caught:
        export_graph(unfaithful(**changes), tmp_path / "a" / "b")
    assert str(caught.value) == message
    assert list(tmp_path.iterdir()) == []


# --- whole or not there ---------------------------------------------------------------------------


def test_a_second_export_replaces_the_first_and_leaves_other_files(tmp_path):
    (tmp_path / "run.json").write_text("{}")
    export_graph(nested_model(), tmp_path)
    model = nested_model()
    export_graph(model, tmp_path)
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert np.array_equal(loaded.get_weights()[0], model.get_weights()[0])
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "model.keras",
        "model.tflite",
        "run.json",
        "saved_model",
    ]


def contents(folder):
    return {path: path.is_file() and path.read_bytes() for path in sorted(folder.rglob("*"))}


def interrupt():
    raise KeyboardInterrupt


def fail():
    raise RuntimeError("on purpose")


@pytest.mark.parametrize(("action", "error"), [(interrupt, KeyboardInterrupt), (fail, GraphError)])
def test_what_stops_in_the_middle_leaves_the_older_exports_as_they_were(action, error, tmp_path):
    folder = tmp_path / "mine"
    export_graph(calling(None), folder)
    before = contents(folder)
    for place in (folder, tmp_path / "new" / "one"):
        with pytest.raises(error):
            export_graph(calling(action), place)  # "keras" is written, "saved_model" is not
    assert contents(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_the_model_does_not_change(tmp_path):
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.RandomFlip(seed=1),
            layers.Conv2D(2, 3, activity_regularizer="l2"),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dropout(0.5, seed=2),
            layers.Dense(2),
        ]
    )
    model.compile("adam", "mse", metrics=["mae"])
    x, y = np.ones((4, 8, 8, 1), "float32"), np.zeros((4, 2), "float32")
    model.fit(x, y, verbose=0)
    variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    before = [variable.numpy() for variable in variables], model.get_config(), model.train_function
    export_graph(model, tmp_path, formats=FOUR)
    assert all(map(np.array_equal, before[0], [variable.numpy() for variable in variables]))
    assert (model.get_config(), model.train_function) == before[1:]
    assert [float(loss) for loss in model.losses] == []  # none of the converters' is left behind
    assert np.isfinite(model.evaluate(x, y, verbose=0)).all()


def test_converters_are_not_heard_and_can_be_heard_again(capfd, caplog, recwarn, tmp_path):
    export_graph(small_lstm(), tmp_path, formats=FOUR)  # TFLite first tries, and fails, any batch
    logging.getLogger("absl").warning("heard")
    assert capfd.readouterr() == ("", "")
    assert [record.message for record in caplog.records] == ["heard"]
    assert list(recwarn) == []


def test_float32_is_compared_with_all_its_digits(tmp_path):
    enabled = tf.config.experimental.tensor_float_32_execution_enabled
    seen = []
    export_graph(calling(lambda: seen.append(enabled())), tmp_path, formats="pb")
    assert seen == [False]
    assert enabled()


# --- what is refused before anything is written ---------------------------------------------------


@pytest.mark.parametrize(
    ("builder", "formats", "message"),
    [
        (
            nested_model,
            ["onyx"],
            'export_graph: `formats` must be one of "keras", "saved_model", "tflite", "pb", '
            "\"onnx\". Received: formats='onyx'.",
        ),
        (
            nested_model,
            (),
            'export_graph: `formats` must name at least one of "keras", "saved_model", "tflite", '
            '"pb", "onnx". Received: formats=().',
        ),
        (
            lambda: keras.Sequential([layers.Dense(2)], name="unbuilt"),
            "keras",
            "export_graph: the model must be built, so that its inputs are known. Received: "
            "model='unbuilt'. Call it on a batch, or make it a functional or sequential one.",
        ),
        (
            lambda: keras.Sequential([keras.Input((9, 9, 1)), Failing()], name="failing"),
            "keras",
            "export_graph: the model must run on a random batch, so that exports can be compared "
            "with it. Received: model='failing'. It raised ValueError: on purpose",
        ),
    ],
)
def test_what_cannot_be_exported_is_refused(builder, formats, message, tmp_path):
    with pytest.raises((ArgumentError, GraphError)) as caught:
        export_graph(builder(), tmp_path / "new", formats=formats)
    assert str(caught.value) == message
    assert list(tmp_path.iterdir()) == []


class Failing(layers.Layer):
    """A layer that can be built and not be run."""

    def compute_output_spec(self, x):
        return keras.KerasTensor(x.shape)

    def call(self, x):
        raise ValueError("on purpose")


@pytest.mark.parametrize(
    ("name", "package", "install"),
    [
        ("onnx", "onnx", '"keras-recipes[onnx]"'),
        ("tflite", "ai_edge_litert", "ai-edge-litert"),
    ],
)
def test_a_missing_package_is_named_with_the_line_that_installs_it(
    name, package, install, monkeypatch, tmp_path
):
    monkeypatch.setitem(sys.modules, package, None)  # the import fails as if it was not there
    with pytest.raises(ArgumentError) as caught:
        export_graph(nested_model(), tmp_path / "new", formats=["keras", name])
    assert str(caught.value) == (
        f'export_graph: the format "{name}" needs the package {package}, which cannot be imported. '
        f"Received: formats='{name}'. Run: pip install {install}"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FolderError, match=r"^export_graph: the folder must be one that can be"):
        export_graph(nested_model(), tmp_path / "file" / "x")


def test_a_disk_that_is_full_is_said_to_be(tmp_path):
    resource = pytest.importorskip("resource", reason="Windows has no limit on the size of files")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(FolderError) as caught:
            export_graph(small_unet(), tmp_path / "new", formats="pb")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert str(caught.value) == (
        "export_graph: the pb export must fit into the folder (File too large). Make room, or name "
        "another one."
    )
    assert list(tmp_path.iterdir()) == []
