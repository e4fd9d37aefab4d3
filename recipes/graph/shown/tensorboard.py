"""A report for TensorBoard: the graph, the findings, and the norms of the gradients (row 16)."""

from tensorboard.compat.proto import event_pb2

from recipes.graph.shown.picture import draw_graph
from recipes.summaries import plain, table, text_event, write_events

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
    return write_events("write_tensorboard", logdir, _events(report), _SUFFIX)


def _events(report):
    yield event_pb2.Event(graph_def=draw_graph(report).SerializeToString())
    yield text_event("graph_check/findings", findings_table(report))
    if any(node.gradient_norm is not None for node in report.nodes):
        yield text_event("graph_check/gradient_norms", norms_table(report))


def findings_table(report):
    """Returns the findings as a table in markdown, or the sentence that there are none."""
    if not report.findings:
        return plain(str(report))
    return table(("code", "layer", "finding"), map(_finding_row, report.findings))


def _finding_row(finding):
    told = f"{plain(finding.message)}<br>{plain(finding.hint)}"
    return _whole(f"{finding.severity} {finding.code}"), _whole(finding.layer), told


def norms_table(report):
    """Returns the norm of the gradient of each layer that has one, in the order of the graph."""
    rows = (
        (plain(node.name), f"{node.parameters:,}", _number(node.gradient_norm))
        for node in report.nodes
        if node.gradient_norm is not None
    )
    return table(("layer", "parameters", "norm of the gradient"), rows)


def _number(value):
    """Returns a number as text; an exact zero is to be told from a small number at a glance."""
    return f"{value:.1e}" if value else "0"


def _whole(text):
    """Returns a cell that TensorBoard does not break in the middle of a word."""
    return f"<pre>{plain(text)}</pre>"
