"""Event files for TensorBoard: texts, tables, scalars, pictures."""

import html
import time

from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, types_pb2
from tensorboard.plugins.text import metadata as text_metadata
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from recipes.files import writable_folder


def write_events(where, logdir, events, suffix):
    """Writes events as a file; it takes the place of an earlier one of this kind in the folder.

    Args:
        where: Name of the function that asks, for the message.
        logdir: A folder, as in `tensorboard --logdir`.
        events: Iterable of `event_pb2.Event`s.
        suffix: End of the file's name, such as ".graph_check": the kind.

    Returns:
        The folder as a `Path`.

    Raises:
        FolderError: If the folder cannot be written to.
    """
    folder = writable_folder(where, logdir)
    former = list(folder.glob(f"*{suffix}"))
    writer = EventFileWriter(str(folder), filename_suffix=suffix)
    try:
        for event in events:
            event.wall_time = time.time()
            writer.add_event(event)
    finally:
        writer.close()
    for file in former:
        file.unlink(missing_ok=True)
    return folder


def text_event(tag, markdown):
    """Returns an event for the Text tab."""
    tensor = tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING, string_val=[markdown.encode()])
    metadata = text_metadata.create_summary_metadata(display_name=tag, description="")
    return _event(summary_pb2.Summary.Value(tag=tag, metadata=metadata, tensor=tensor))


def scalar_event(tag, value, step=0):
    """Returns an event for the Scalars tab."""
    return _event(summary_pb2.Summary.Value(tag=tag, simple_value=value), step)


def image_event(tag, png, height, width):
    """Returns an event for the Images tab.

    Args:
        tag: Its title.
        png: Bytes of a PNG file.
        height: In pixels.
        width: In pixels.
    """
    image = summary_pb2.Summary.Image(
        height=height, width=width, colorspace=3, encoded_image_string=png
    )
    return _event(summary_pb2.Summary.Value(tag=tag, image=image))


def _event(value, step=0):
    return event_pb2.Event(summary=summary_pb2.Summary(value=[value]), step=step)


def table(titles, rows):
    """Returns a table in markdown.

    Args:
        titles: Texts above the columns.
        rows: Iterable of rows of texts, made plain.
    """
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def plain(text):
    """Returns a text in which markdown and HTML find no marks of theirs."""
    escaped = html.escape(" ".join(text.split()), quote=False)
    return escaped.replace("|", "\\|").replace("*", "\\*")
