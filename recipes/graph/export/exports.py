"""Exports a model: each format is written, loaded again, compared, and only then put in place."""

import contextlib
import dataclasses
import shutil
from pathlib import Path

import tensorflow as tf

from recipes.errors import ArgumentError, GraphError, check_one_of, describe, listing
from recipes.files import replacing, writable_folder
from recipes.graph.export.comparison import tolerance_of
from recipes.graph.export.formats import FORMATS, check_installed
from recipes.graph.export.refusals import refusal
from recipes.graph.export.source import Source
from recipes.keras_compat import restoring_names
from recipes.quiet import quiet

DEFAULT_FORMATS = ("keras", "saved_model", "tflite")

# What to look at where the outputs differ.
_HINTS = {"keras": "The config of each layer must hold all that it computes with."}


@dataclasses.dataclass(frozen=True)
class Export:
    """One exported file or folder.

    Attributes:
        format: Its name, one of `FORMATS`.
        path: Where it is.
        difference: Largest difference between its outputs and the model's on a random batch,
            relative to the largest value in an output (to 0.01, if all are smaller).
        tolerance: What `difference` was allowed to be.
        batch: Number of samples that it takes at a time; None for any number.
        inputs: Names of its inputs, in the order in which trees flatten the model's; as tensors of
            a GraphDef they end in ":0".
        outputs: Names of its outputs, alike; "keras" and "saved_model" keep the model's structure.
    """

    format: str
    path: Path
    difference: float
    tolerance: float
    batch: int | None
    inputs: tuple
    outputs: tuple

    def __str__(self):
        size = "any batch" if self.batch is None else f"batch {self.batch} alone"
        measured = f"largest difference {self.difference:.1e} of {self.tolerance:.0e} allowed"
        return f"{self.path}: {measured}, {size}"


def export_graph(model, folder, *, formats=DEFAULT_FORMATS):
    """Exports a model; exports that are written have given the model's outputs.

    Each format is written beside its place, loaded again, and run on a random batch in inference
    mode. Only if all formats give the model's outputs do they take the place of older ones: an
    error or Ctrl-C leaves the folder as it was. The model does not change.

    | format | file | takes |
    |---|---|---|
    | "keras" | model.keras | any batch; `recipes.load_model` reads it |
    | "saved_model" | saved_model/ | any batch; `tf.saved_model.load(path).serve(x)` |
    | "tflite" | model.tflite | any batch, one sample if the model has an LSTM or GRU |
    | "pb" | graph.pb | any batch; a GraphDef of constants |
    | "onnx" | model.onnx | any batch; needs `pip install "keras-recipes[onnx]"` |

    Unknown sides of images and sequences stay unknown. TFLite and ONNX compute in float32 what the
    model computes in half precision. Texts, lookup tables and layers that draw numbers while they
    infer fit into "keras" and "saved_model" alone.

    Args:
        model: A built `keras.Model`.
        folder: Where the files go; other files in it stay.
        formats: Names of formats, or one name.

    Returns:
        List of `Export`s, in the order of `formats`.

    Raises:
        ArgumentError: If a format is unknown or lacks a package, or the model is not built.
        FolderError: If the folder cannot be written to.
        GraphError: If a format cannot hold the model or gives other outputs: by more than 1e-4 of
            the largest one; 0.01 for a model with float16 and 0.05 with bfloat16.

    Example:

        export_graph(model, "saved_models/digits", formats=("tflite", "onnx"))
    """
    formats = _check_formats(formats)
    with quiet(), restoring_names(), _full_precision():
        for name in formats:
            check_installed(name)
        source = Source(model)
        with _folder(folder) as place, contextlib.ExitStack() as stack:
            beside = {
                name: stack.enter_context(replacing(place / FORMATS[name].filename))
                for name in formats
            }
            return [_export(source, name, place, beside[name], formats) for name in formats]


def _check_formats(formats):
    """Returns the names as a tuple, each once."""
    names = (formats,) if isinstance(formats, str) else tuple(formats)
    if not names:
        rule = f"`formats` must name at least one of {listing(FORMATS)}"
        raise ArgumentError(describe("export_graph", rule, formats=formats))
    for name in names:
        check_one_of("export_graph", "formats", name, tuple(FORMATS))
    return tuple(dict.fromkeys(names))


@contextlib.contextmanager
def _folder(folder):
    """Yields a folder to write to; what was made for it goes again if the block fails."""
    missing = [path for path in (Path(folder), *Path(folder).parents) if not path.exists()]
    try:
        yield writable_folder("export_graph", folder)
    except BaseException:
        for path in missing:
            with contextlib.suppress(OSError):  # something else was put there meanwhile
                path.rmdir()
        raise


@contextlib.contextmanager
def _full_precision():
    """Computes with all digits of float32: NVIDIA's TensorFloat has 10 bits, other formats 23."""
    before = tf.config.experimental.tensor_float_32_execution_enabled()
    tf.config.experimental.enable_tensor_float_32_execution(False)
    try:
        yield
    finally:
        tf.config.experimental.enable_tensor_float_32_execution(before)


def _export(source, name, folder, path, formats):
    """Writes one format with the first batch that it can take."""
    batches = FORMATS[name].batches if source.batch is None else (None,)
    for batch in batches:
        try:
            difference, tolerance = _try(source, name, path, batch)
            break
        except Exception as error:
            problem = error
            _remove(path)
    else:
        if isinstance(problem, GraphError):
            raise problem
        raise refusal(problem, source.model, name, formats) from problem
    return Export(
        name,
        folder / path.name,
        difference,
        tolerance,
        batch or source.batch,
        source.input_names,
        source.output_names,
    )


def _try(source, name, path, batch):
    """Writes a format, reads it, and returns its difference from the model and the tolerance."""
    form = FORMATS[name]
    form.write(source, path, batch)
    difference = source.difference(name, form.read(source, path), batch)
    tolerance = tolerance_of(source.model)
    if not difference <= tolerance:  # NaN is not
        rule = f"the {name} export must give the model's outputs within {tolerance}"
        hint = _HINTS.get(name, "")
        raise GraphError(describe("export_graph", rule, hint, difference=difference))
    return difference, tolerance


def _remove(path):
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
