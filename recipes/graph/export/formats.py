"""The formats: how each is written, and how it is read again."""

import dataclasses
import importlib

import keras
import numpy as np
import tensorflow as tf

from recipes.errors import ArgumentError, describe
from recipes.graph.export.frozen import FrozenGraph, infer


@dataclasses.dataclass(frozen=True)
class Format:
    """One format.

    Attributes:
        filename: Name of its file or folder.
        write: Function of (source, path, batch); `batch` is 1, or None for that of the model.
        read: Function of (source, path) that returns a function from inputs to outputs.
        batches: What `write` is to be tried with, in this order.
        needs: Packages that are imported.
        install: How they come: the argument of `pip install`.
    """

    filename: str
    write: object
    read: object
    batches: tuple = (None,)
    needs: tuple = ()
    install: str = ""


def check_installed(name):
    """Raises `ArgumentError` if a format lacks a package."""
    for package in FORMATS[name].needs:
        try:
            importlib.import_module(package)
        except ImportError as error:
            rule = f'the format "{name}" needs the package {package}, which cannot be imported'
            hint = f"Run: pip install {FORMATS[name].install}"
            raise ArgumentError(describe("export_graph", rule, hint, formats=name)) from error


# --- Keras: the model with its layers, its optimizer and its losses -------------------------------


def _write_keras(source, path, batch):
    source.model.save(path)


def _read_keras(source, path):
    model = keras.saving.load_model(path, compile=False)  # own losses are not what is compared
    return lambda inputs: infer(model, inputs)[0]


# --- SavedModel: one endpoint, with variables and tables ------------------------------------------


def _write_saved_model(source, path, batch):
    """Writes the endpoint `serve`, in inference mode.

    `model.export` leaves the mode open, and random layers then take it for training: what it
    writes flips and shifts the images that it serves (seen with Keras 3.15.1). Its signature cannot
    have structures inside structures: such outputs become a dict by name.
    """
    model = source.model

    def serve(inputs):
        outputs, updates = infer(model, inputs)
        for variable, value in updates:
            variable.assign(value)
        return source.by_name(outputs) if source.has_nested_outputs else outputs

    archive = keras.export.ExportArchive()
    archive.track(model)
    signature = keras.tree.pack_sequence_as(source.structure, source.specs(batch))
    archive.add_endpoint("serve", serve, input_signature=[signature])
    archive.write_out(str(path), verbose=False)


def _read_saved_model(source, path):
    loaded = tf.saved_model.load(str(path))  # its functions do not keep its variables alive

    def call(inputs):
        outputs = loaded.serve(inputs)
        named = source.has_nested_outputs
        return [outputs[name] for name in source.output_names] if named else outputs

    return call


# --- pb: a frozen GraphDef ------------------------------------------------------------------------


def _write_pb(source, path, batch):
    path.write_bytes(source.frozen(batch).graph_def.SerializeToString())


def _read_pb(source, path):
    graph_def = tf.compat.v1.GraphDef.FromString(path.read_bytes())
    specs = {spec.name: spec for spec in source.specs(None)}
    function = FrozenGraph(graph_def, specs, source.output_names).as_function()
    return lambda inputs: function(*keras.tree.flatten(inputs))


# --- TFLite: operations of its own alone, which every interpreter has -----------------------------


def _write_tflite(source, path, batch):
    frozen = source.frozen(batch).in_single_precision()
    function = frozen.as_function()

    @tf.function(input_signature=list(frozen.specs.values()), autograph=False)
    def serve(*inputs):
        return dict(zip(frozen.outputs, function(*inputs), strict=True))

    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [serve.get_concrete_function()], tf.Module()
    )
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    path.write_bytes(converter.convert())


def _read_tflite(source, path):
    from ai_edge_litert.interpreter import Interpreter  # that of TensorFlow warns of its end

    run = Interpreter(model_content=path.read_bytes()).get_signature_runner()

    def call(inputs):
        outputs = run(**dict(zip(source.input_names, _arrays(inputs), strict=True)))
        return [outputs[name] for name in source.output_names]

    return call


# --- ONNX -----------------------------------------------------------------------------------------


def _write_onnx(source, path, batch):
    import tf2onnx

    frozen = source.frozen(batch).in_single_precision()
    names = [*frozen.specs, *frozen.outputs]
    model, _ = tf2onnx.convert.from_graph_def(
        frozen.graph_def,
        name=source.model.name,
        input_names=[f"{name}:0" for name in frozen.specs],
        output_names=frozen.output_tensors(),
        tensors_to_rename={f"{name}:0": name for name in names},
    )
    path.write_bytes(model.SerializeToString())


def _read_onnx(source, path):
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    def call(inputs):
        named = dict(zip(source.input_names, _arrays(inputs), strict=True))
        return session.run(list(source.output_names), named)

    return call


def _arrays(inputs):
    """Returns flat arrays, single in place of half precision."""
    arrays = [tensor.numpy() for tensor in keras.tree.flatten(inputs)]
    half = ("float16", "bfloat16")
    return [a.astype(np.float32) if a.dtype.name in half else a for a in arrays]


FORMATS = {
    "keras": Format("model.keras", _write_keras, _read_keras),
    "saved_model": Format("saved_model", _write_saved_model, _read_saved_model),
    "tflite": Format(
        "model.tflite",
        _write_tflite,
        _read_tflite,
        batches=(None, 1),  # its LSTM and GRU know the size of their lists beforehand
        needs=("ai_edge_litert",),
        install="ai-edge-litert",
    ),
    "pb": Format("graph.pb", _write_pb, _read_pb),
    "onnx": Format(
        "model.onnx",
        _write_onnx,
        _read_onnx,
        needs=("onnx", "onnxruntime", "tf2onnx"),
        install='"keras-recipes[onnx]"',
    ),
}
