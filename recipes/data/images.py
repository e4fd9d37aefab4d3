"""Folders of images: one subfolder for each class."""

import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from recipes.data.dataset import Dataset
from recipes.data.sizes import check_size, describe_resizing
from recipes.errors import DataError, check_one_of, describe

SUFFIXES = (".jpg", ".jpeg", ".png", ".gif", ".bmp")
COLORS = ("auto", "rgb", "grayscale")
_PARTS = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "test": "test",
}
_LOOKED_AT = 200  # images from which size and colour are taken
_NAMED = 5  # unreadable images in a message
_THREADS = 4


def load_images(folder, *, size=None, color="auto", unreadable="raise"):
    """Reads a folder with one subfolder of images for each class.

    The names of the subfolders, in alphabetical order, are those of the classes. Images may lie in
    folders within them; hidden files and folders are passed over. If the subfolders are called
    train and test or validation (or training, val, valid), each of them holds the classes, and the
    data set knows its parts. JPEG, PNG, GIF (its first picture) and BMP are read, by TensorFlow.

    Args:
        folder: Path of the folder.
        size: (height, width) of all images afterwards, in pixels; None takes the middle one of
            heights and widths. Others are resized with their ratio kept, and padded with black.
        color: "rgb", "grayscale", or "auto": grayscale if the images looked at are all grey.
        unreadable: "raise", or "skip" with a warning that names the images.

    Returns:
        A `Dataset`: x of uint8, from 0 to 255.

    Raises:
        DataError: If the folder has no images of at least two classes, or some cannot be read.
        ArgumentError: If an argument breaks its rule.

    Warns:
        UserWarning: If images were skipped, or if many are resized by more than a factor of 2.

    Example:

        data = load_images("flowers", size=(64, 64), unreadable="skip")
        split = data.split()
    """
    check_one_of("load_images", "color", color, COLORS)
    check_one_of("load_images", "unreadable", unreadable, ("raise", "skip"))
    size = None if size is None else check_size("load_images", "size", size)
    folder = Path(folder)
    files = _find(folder)
    names = sorted({name for _, name, _ in files})
    if len(names) < 2:
        rule = "the folder must have one subfolder with images for each class, and 2 classes"
        hint = f"Images end in {', '.join(SUFFIXES)}."
        received = {"folder": str(folder), "classes": names}
        raise DataError(describe("load_images", rule, hint, **received))
    paths = [path for path, _, _ in files]
    size, channels = _form(paths, size, color)
    images, broken, resized = _read_all(paths, size, channels)
    _report(folder, broken, unreadable)
    _warn_of_resizing(resized, size, len(images))
    return _assemble(folder, names, files, images)


def _find(folder):
    """Returns (path, class, part or None) of all images, in an order of their own."""
    if not folder.is_dir():
        raise DataError(describe("load_images", "the folder must be there", folder=str(folder)))
    inside = _folders(folder)
    parts = {_PARTS.get(path.name.lower()) for path in inside}
    given = "train" in parts and None not in parts and len(parts) > 1
    tops = [(path, _PARTS[path.name.lower()]) for path in inside] if given else [(folder, None)]
    return [
        (path, classes.name, part)
        for top, part in tops
        for classes in _folders(top)
        for path in sorted(classes.rglob("*"))
        if path.suffix.lower() in SUFFIXES and not _hidden(path.relative_to(classes))
    ]


def _folders(folder):
    return sorted(path for path in folder.iterdir() if path.is_dir() and not _hidden(path.name))


def _hidden(path):
    return any(step.startswith((".", "__")) for step in Path(path).parts)


def _read(path, channels=0):
    """Returns an image of shape (height, width, channels) as uint8, or None if it is unreadable.

    Args:
        path: Its path.
        channels: 1 or 3; 0 for those of the file.
    """
    import tensorflow as tf

    try:
        data = tf.io.read_file(str(path))
        image = tf.io.decode_image(data, channels=channels, expand_animations=False).numpy()
    except (tf.errors.OpError, ValueError):
        return None
    return image if image.ndim == 3 and image.size else None


def _form(paths, size, color):
    """Returns the size and the number of channels that all images are to have."""
    if size is not None and color != "auto":
        return size, 1 if color == "grayscale" else 3
    chosen = np.unique(np.linspace(0, len(paths) - 1, _LOOKED_AT).astype(int))
    seen = [image for image in (_read(paths[number]) for number in chosen) if image is not None]
    if size is None:
        sides = np.array([image.shape[:2] for image in seen] or [(1, 1)])
        size = tuple(int(side) for side in np.sort(sides, axis=0)[len(sides) // 2])
    grey = all(_is_grey(image) for image in seen) if color == "auto" else color == "grayscale"
    return size, 1 if grey else 3


def _is_grey(image):
    colours = image[..., :3] if image.shape[-1] >= 3 else image[..., :1]
    return bool((colours == colours[..., :1]).all())


def _read_all(paths, size, channels):
    """Returns the images, None for those that cannot be read; their paths; the sizes changed."""

    def read(path):
        image = _read(path, channels)
        if image is None or image.shape[:2] == size:
            return image, None
        return _fit(image, size), image.shape[:2]

    with ThreadPoolExecutor(_THREADS) as pool:  # TensorFlow decodes outside Python's lock
        results = list(pool.map(read, paths))
    images = [image for image, _ in results]
    broken = [path for path, image in zip(paths, images, strict=True) if image is None]
    return images, broken, [old for _, old in results if old is not None]


def _fit(image, size):
    """Returns the image in another size, its ratio kept, black bars around it."""
    import tensorflow as tf

    fitted = tf.image.resize_with_pad(image, *size, antialias=True)
    return tf.cast(tf.round(tf.clip_by_value(fitted, 0, 255)), tf.uint8).numpy()


def _report(folder, broken, unreadable):
    """Raises or warns if images could not be read."""
    if not broken:
        return
    names = ", ".join(str(path.relative_to(folder)) for path in broken[:_NAMED])
    more = f" and {len(broken) - _NAMED} more" if len(broken) > _NAMED else ""
    count = "1 image" if len(broken) == 1 else f"{len(broken)} images"
    if unreadable == "skip":
        text = f"load_images: {count} could not be read and were skipped: {names}{more}."
        warnings.warn(text, stacklevel=3)
        return
    rule = f"{count} could not be read: {names}{more}"
    hint = 'Remove them, or pass unreadable="skip".'
    raise DataError(describe("load_images", rule, hint, folder=str(folder)))


def _warn_of_resizing(resized, size, images):
    """Warns once if images are resized too much, with the size that is commonest among them."""
    if not resized:
        return
    sizes, counts = np.unique(resized, axis=0, return_counts=True)
    changed = [
        (int(count), sentences[0])
        for old, count in zip(sizes.tolist(), counts, strict=True)
        if (sentences := describe_resizing(tuple(old), size))
    ]
    if changed:
        total = sum(count for count, _ in changed)
        text = f"load_images: {total} of {images} images change their scale a lot: "
        warnings.warn(text + max(changed)[1], stacklevel=3)


def _assemble(folder, names, files, images):
    """Returns the data set of the images that could be read."""
    kept = [file for file, image in zip(files, images, strict=True) if image is not None]
    empty = sorted(set(names) - {name for _, name, _ in kept})
    if empty:
        rule = "every class must have an image that can be read"
        raise DataError(describe("load_images", rule, folder=str(folder), empty=empty))
    x = np.stack([image for image in images if image is not None])
    y = np.array([names.index(name) for _, name, _ in kept], "int64")
    parts = np.array([part for _, _, part in kept]) if kept[0][2] else None
    return Dataset(folder.resolve().name, x, y, len(names), tuple(names), parts)
