"""A report for TensorBoard: the graph, the findings, and the norms of the gradients (row 16)."""

import html
import time

from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, types_pb2
from tensorboard.plugins.text import metadata as text_metadata
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from recipes.files import writable_folder
from recipes.graph.shown.picture import draw_graph

_SUFFIX = ".graph_check"  # of our event files: the next check of this folder takes their place


def write_report(report, logdir):
    """Writes a report as an event file; it takes the place of an earlier one in the folder.

    Args:
        report: A `GraphReport`.
        logdir: A folder, as in `tensorboard --logdir`.

    Returns:
        The folder as a `Path`.

    Raises:
        FolderError: If the folder cannot be written to.
    """
    folder = writable_folder("write_tensorboard", logdir)
    former = list(folder.glob(f"*{_SUFFIX}"))
    writer = EventFileWriter(str(folder), filename_suffix=_SUFFIX)
    try:
        for event in _events(report):
            event.wall_time = time.time()
            writer.add_event(event)
    finally:
        writer.close()
    for file in former:
        file.unlink(missing_ok=True)
    return folder


def _events(report):
    yield event_pb2.Event(graph_def=draw_graph(report).SerializeToString())
    yield event_pb2.Event(summary=_text("graph_check/findings", findings_table(report)))
    if any(node.gradient_norm is not None for node in report.nodes):
        yield event_pb2.Event(summary=_text("graph_check/gradient_norms", norms_table(report)))


def findings_table(report):
    """Returns the findings as a table in markdown, or the sentence that there are none."""
    if not report.findings:
        return _plain(str(report))
    return _table(("code", "layer", "finding"), map(_finding_row, report.findings))


def _finding_row(finding):
    told = f"{_plain(finding.message)}<br>{_plain(finding.hint)}"
    return _whole(f"{finding.severity} {finding.code}"), _whole(finding.layer), told


def norms_table(report):
    """Returns the norm of the gradient of each layer that has one, in the order of the graph."""
    rows = (
        (_plain(node.name), f"{node.parameters:,}", _number(node.gradient_norm))
        for node in report.nodes
        if node.gradient_norm is not None
    )
    return _table(("layer", "parameters", "norm of the gradient"), rows)


def _number(value):
    """Returns a number as text; an exact zero is to be told from a small number at a glance."""
    return f"{value:.1e}" if value else "0"


def _table(titles, rows):
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _whole(text):
    """Returns a cell that TensorBoard does not break in the middle of a word."""
    return f"<pre>{_plain(text)}</pre>"


def _plain(text):
    """Returns a text in which markdown and HTML find no marks of theirs."""
    escaped = html.escape(" ".join(text.split()), quote=False)
    return escaped.replace("|", "\\|").replace("*", "\\*")


def _text(tag, markdown):
    """Returns a summary for the Text tab."""
    tensor = tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING, string_val=[markdown.encode()])
    metadata = text_metadata.create_summary_metadata(display_name=tag, description="")
    value = summary_pb2.Summary.Value(tag=tag, metadata=metadata, tensor=tensor)
    return summary_pb2.Summary(value=[value])
