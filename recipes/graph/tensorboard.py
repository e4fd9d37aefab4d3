"""The layer graph for TensorBoard: healthy runs of layers in a box, broken layers flat (row 16).

Colour the Graphs tab by device: the device of a broken layer is the code of its finding.
"""

import itertools
import re

from tensorboard.compat.proto import (
    attr_value_pb2,
    event_pb2,
    graph_pb2,
    node_def_pb2,
    summary_pb2,
    tensor_pb2,
    tensor_shape_pb2,
    types_pb2,
    versions_pb2,
)
from tensorboard.plugins.text import metadata as text_metadata
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from recipes.files import writable_folder


def write_report(report, logdir):
    """Writes a report's graph (Graphs tab) and findings (Text tab) as an event file.

    Args:
        report: A `GraphReport`.
        logdir: A folder, as in `tensorboard --logdir`.

    Returns:
        The folder as a `Path`.

    Raises:
        FolderError: If the folder cannot be written to.
    """
    folder = writable_folder("write_tensorboard", logdir)
    writer = EventFileWriter(str(folder))
    try:
        writer.add_event(event_pb2.Event(graph_def=graph_def(report).SerializeToString()))
        writer.add_event(event_pb2.Event(summary=_text("graph_check", findings_table(report))))
    finally:
        writer.close()
    return folder


def graph_def(report):
    """Returns the layer graph of a report as a TensorFlow GraphDef."""
    finding_of = {name: finding for finding in report.findings for name in finding.layers}
    names = _node_names(report.nodes, finding_of)
    nodes = [_node_def(node, names, finding_of.get(node.name)) for node in report.nodes]
    return graph_pb2.GraphDef(node=nodes, versions=versions_pb2.VersionDef(producer=22))


def findings_table(report):
    """Returns the findings as a markdown table."""
    if not report.findings:
        return str(report)
    rows = [
        f"| {f.severity} | {f.code} | {f.layer} | {f.message} {f.hint} |" for f in report.findings
    ]
    return "\n".join(["| severity | code | layer | finding |", "|---|---|---|---|", *rows])


def _node_names(nodes, finding_of):
    """Names each node: neighbours that share the start of their name go into one box."""

    def box(node):
        return None if node.name in finding_of else _ascii(node.name).partition("_")[0]

    names, used = {}, set()
    for start, run in itertools.groupby(nodes, key=box):
        run = list(run)
        prefix = f"{_unique(start, used)}/" if start and len(run) > 1 else ""
        names.update({node.name: f"{prefix}{_ascii(node.name)}" for node in run})
    return names


def _unique(name, used):
    """Returns a name that was not used before: a box must not swallow a later run."""
    numbered = (name, *(f"{name}_{number}" for number in range(2, len(used) + 3)))
    free = next(candidate for candidate in numbered if candidate not in used)
    used.add(free)
    return free


def _ascii(name):
    """Returns the name with the characters alone that TensorBoard takes."""
    return re.sub(r"^[^A-Za-z0-9.]|[^A-Za-z0-9_.\-]", ".", name)


def _node_def(node, names, finding):
    definition = node_def_pb2.NodeDef(
        name=names[node.name],
        op=node.kind,
        input=[names[name] for name in node.inputs if name in names],
        device=f"/job:{finding.code}/device:CPU:0" if finding else "",
    )
    definition.attr["_output_shapes"].CopyFrom(_shapes(node.output_shapes))
    definition.attr["parameters"].i = node.parameters
    if finding:
        definition.attr["finding"].s = str(finding).encode("ascii", "replace")
    return definition


def _shapes(shapes):
    value = attr_value_pb2.AttrValue()
    for shape in shapes:
        sides = [tensor_shape_pb2.TensorShapeProto.Dim(size=side or -1) for side in shape]
        value.list.shape.append(tensor_shape_pb2.TensorShapeProto(dim=sides))
    return value


def _text(tag, markdown):
    """Returns a summary for the Text tab."""
    tensor = tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING, string_val=[markdown.encode()])
    metadata = text_metadata.create_summary_metadata(display_name=tag, description="")
    value = summary_pb2.Summary.Value(tag=tag, metadata=metadata, tensor=tensor)
    return summary_pb2.Summary(value=[value])
