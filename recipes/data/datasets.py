"""Data sets by name, from a folder of images, or from a file of one's own."""

import zipfile
from pathlib import Path

import numpy as np

from recipes.data.dataset import Dataset
from recipes.data.images import load_images
from recipes.errors import ArgumentError, DataError, describe, listing

_CIFAR10 = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)


def load_dataset(name):
    """Loads a data set.

    Args:
        name: "digits" (1,797 handwritten digits of 8×8 pixels that come with scikit-learn, scaled
            to [0, 1]; nothing is downloaded); "cifar10" (60,000 photographs of 32×32 pixels in 10
            classes, with a test part, which Keras downloads once: 170 MB); the path of a folder, as
            in `load_images`; or that of an .npz file with the arrays `x` of shape (samples,
            height, width[, channels]) or, for a table of numbers, (samples, features), taken as
            they are, and `y` of shape (samples,), whole numbers or the names of the classes.

    Returns:
        A `Dataset`.

    Raises:
        ArgumentError: If there is no data set of that name.
        DataError: If the file or folder does not hold what it must, or a download fails.

    Example:

        data = load_dataset("photos")  # photos/cat/1.jpg, photos/dog/1.jpg, …
        split = data.split()
    """
    check_data_name("load_dataset", name)
    if name in _BUILT_IN:
        return _BUILT_IN[name]()
    return load_images(name) if Path(name).is_dir() else _load_file(Path(name))


def check_data_name(where, name):
    """Returns the name of a data set if it is known, or a folder, or that of an .npz file."""
    if name in _BUILT_IN or str(name).endswith(".npz") or Path(str(name)).is_dir():
        return name
    rule = f"`data` must be one of {listing(_BUILT_IN)}, a folder, or the path of an .npz file"
    other = 'A file of another kind becomes one by numpy.savez("mine.npz", x=x, y=y).'
    hint = other if Path(str(name)).is_file() else ""
    raise ArgumentError(describe(where, rule, hint, data=str(name)))


def _load_digits():
    from sklearn.datasets import load_digits

    digits = load_digits()
    x = (digits.images / 16.0).astype("float32")[..., np.newaxis]  # 16 is white
    return Dataset("digits", x, digits.target.astype("int64"), num_classes=10)


def _load_cifar10():
    import keras

    try:
        train, test = keras.datasets.cifar10.load_data()
    except Exception as error:  # Keras raises a bare one without a network
        rule = "CIFAR-10 must be there to be downloaded or read"
        hint = f"It failed ({str(error).strip().splitlines()[0]})."
        raise DataError(describe("load_dataset", rule, hint, data="cifar10")) from error
    x, y = (np.concatenate(arrays) for arrays in zip(train, test, strict=True))
    parts = np.repeat(["train", "test"], [len(train[0]), len(test[0])])
    return Dataset("cifar10", x, y[:, 0].astype("int64"), 10, _CIFAR10, parts)


def _load_file(path):
    x, y = _read_arrays(path)
    if x.ndim == 3:
        x = x[..., np.newaxis]  # grey images without the axis of the channels
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    names = None
    if y.ndim == 1 and y.dtype.kind == "U":
        names, y = np.unique(y, return_inverse=True)
    _check_labels(path, x, y)
    if x.dtype != np.uint8 or x.ndim != 4:  # bytes are pixels in images alone
        x = x.astype("float32")
    names = tuple(names.tolist()) if names is not None else None
    return Dataset(path.stem, x, y.astype("int64"), int(y.max()) + 1, names)


def _read_arrays(path):
    """Returns the arrays `x` and `y` of an .npz file."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            if missing := [name for name in ("x", "y") if name not in arrays.files]:
                others = listing(arrays.files) or "nothing"
                raise ValueError(f"it has no {listing(missing)}, but {others}")
            return arrays["x"], arrays["y"]
    except (OSError, TypeError, ValueError, zipfile.BadZipFile) as error:
        rule = "the .npz file must be readable and hold the arrays `x` and `y`"
        hint = f"It could not be read ({_reason(path, error)})."
        raise DataError(describe("load_dataset", rule, hint, data=str(path))) from error


def _reason(path, error):
    """Returns why a file could not be read; of NumPy's own words some name a way that is unsafe."""
    if path.exists() and not zipfile.is_zipfile(path):
        return "it is no .npz file, which is a zip file"
    if "Object arrays" in str(error):
        return "it holds Python objects: names are saved by y.astype(str), numbers by astype(float)"
    return str(error)


def _check_labels(path, x, y):
    """Refuses labels of which the number of classes cannot be told."""
    if (
        x.ndim in (2, 4)
        and y.ndim == 1
        and len(x) == len(y)
        and x.dtype.kind in "fiub"
        and y.dtype.kind in "iu"
        and len(y)
        and y.min() >= 0
    ):
        return
    rule = (
        "`x` must be numbers of the shape (samples, height, width[, channels]) or (samples, "
        "features), and `y` one whole number >= 0 or name for each sample"
    )
    received = {"x": f"{x.dtype} {x.shape}", "y": f"{y.dtype} {y.shape}"}
    raise DataError(describe("load_dataset", rule, f"The file is {path}.", **received))


_BUILT_IN = {"digits": _load_digits, "cifar10": _load_cifar10}
