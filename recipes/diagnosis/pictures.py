"""Arrays as pictures: scaled to grey or colour, side by side, as PNG. NumPy and Pillow."""

import io
import math

import numpy as np

from recipes.errors import FolderError, describe

MOST = 64  # pictures side by side; more are not looked at
_LARGEST = 128  # side of one picture, in entries; the rest is cut off
_SIDE = 48  # least side of one picture, in pixels
_PAPER = 255  # white between the pictures


def tile(arrays):
    """Lays arrays out side by side, each scaled to its own range.

    Args:
        arrays: Array of shape (pictures, height, width) or (pictures, height, width, 3): of any
            numbers. At most 64 are shown.

    Returns:
        Array of bytes of shape (height, width, 3), in pixels.
    """
    arrays = np.asarray(arrays, "float32")[:MOST, :_LARGEST, :_LARGEST]
    cells = [_cell(array) for array in arrays]
    columns = math.ceil(math.sqrt(len(cells)))
    height, width = (side + 2 for side in cells[0].shape[:2])
    rows = math.ceil(len(cells) / columns)
    sheet = np.full((rows * height, columns * width, 3), _PAPER, "uint8")
    for place, cell in enumerate(cells):
        top, left = place // columns * height + 1, place % columns * width + 1
        sheet[top : top + cell.shape[0], left : left + cell.shape[1]] = cell
    return sheet


def _cell(array):
    """Returns one array as pixels: black is its least entry, white its largest; one value, grey."""
    finite = np.nan_to_num(array, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = finite.min(), finite.max()
    shown = (finite - low) / (high - low) if high > low else np.full_like(finite, 0.5)
    if shown.ndim == 2:
        shown = np.repeat(shown[..., np.newaxis], 3, axis=-1)
    factor = max(math.ceil(_SIDE / max(shown.shape[:2])), 1)
    return np.round(shown * 255).astype("uint8").repeat(factor, axis=0).repeat(factor, axis=1)


def sheet(titled):
    """Puts pictures below each other, each under its title.

    Args:
        titled: Dict from titles to arrays of bytes of shape (height, width, 3).

    Returns:
        Array of bytes of shape (height, width, 3), in pixels.
    """
    from PIL import Image, ImageDraw, ImageFont

    font, line = ImageFont.load_default(size=13), 22
    width = max([360, *(picture.shape[1] for picture in titled.values())]) + 16
    height = sum(picture.shape[0] + line + 8 for picture in titled.values()) + 8
    paper = Image.new("RGB", (width, height), "white")
    pen, top = ImageDraw.Draw(paper), 8
    for title, picture in titled.items():
        pen.text((8, top), title, fill="black", font=font)
        paper.paste(Image.fromarray(picture), (8, top + line))
        top += picture.shape[0] + line + 8
    return np.asarray(paper)


def png(picture):
    """Returns the bytes of a PNG file of an array of bytes of shape (height, width, 3)."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def write_png(where, picture, path):
    """Writes a picture as a PNG file.

    Args:
        where: Name of the function that asks, for the message.
        picture: Array of bytes of shape (height, width, 3).
        path: Path of the file.

    Raises:
        FolderError: If it cannot be written.
    """
    try:
        with open(path, "wb") as file:
            file.write(png(picture))
    except OSError as error:
        rule = f"the picture must be where files can be written ({error.strerror})"
        raise FolderError(describe(where, rule, png=str(path))) from error
