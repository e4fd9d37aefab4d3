"""The layer graph as a GraphDef that TensorBoard draws: faults in boxes of their own (row 16).

A box of faulty layers is titled with the code, and its device is the code as well: coloured by
device, each code has a colour. Healthy neighbours whose names start alike share a box.
"""

import itertools
import re

from tensorboard.compat.proto import (
    attr_value_pb2,
    graph_pb2,
    node_def_pb2,
    tensor_shape_pb2,
    versions_pb2,
)


def draw_graph(report):
    """Returns the layer graph of a report as a TensorFlow GraphDef.

    Args:
        report: A `GraphReport`.
    """
    worst = _faults_by_node(report)
    names = _node_names(report.nodes, worst)
    nodes = [_node_def(node, names, worst.get(node.name)) for node in report.nodes]
    for definition, node in zip(nodes, report.nodes, strict=True):
        _tell(definition, [f for f in report.findings if _is_about(f, node)])
    return graph_pb2.GraphDef(node=nodes, versions=versions_pb2.VersionDef(producer=22))


def _faults_by_node(report):
    """Returns the worst error or warning of each node; what is for information is no fault."""
    worst = {}
    for finding in report.findings:  # errors first
        for node in report.nodes if finding.severity != "info" else ():
            if _is_about(finding, node):
                worst.setdefault(node.name, finding)
    return worst


def _is_about(finding, node):
    """Whether a finding is about a node, or a layer inside it."""
    return bool({node.name, *node.inside} & set(finding.layers))


def _node_names(nodes, fault_of):
    """Names each node `box/layer`, or `layer` where it stands alone and is healthy."""
    runs = [(fault, list(run)) for fault, run in _runs(nodes, fault_of)]
    alone = {_ascii(run[0].name) for fault, run in runs if fault is None and len(run) == 1}
    names, used = {}, set(alone)
    for fault, run in runs:
        title = _title(fault, run, fault_of)
        prefix = f"{_unique(title, used)}/" if title else ""
        names.update({node.name: f"{prefix}{_ascii(node.name)}" for node in run})
    return names


def _runs(nodes, fault_of):
    """Splits the nodes into neighbours of one fault, or of none, whose names start alike."""
    faults = _spread(nodes, fault_of)
    pairs = zip(faults, nodes, strict=True)
    for (fault, _), run in itertools.groupby(pairs, key=lambda p: (p[0], _first_word(p[1]))):
        yield fault, (node for _, node in run)


def _spread(nodes, fault_of):
    """Returns the fault in whose box each node stands.

    A layer without weights between two layers of one fault, such as an activation, stands with
    them: a stopped gradient passes it neither.
    """
    before = _fill(nodes, fault_of)
    after = _fill(nodes[::-1], fault_of)[::-1]
    return [one if one is other else None for one, other in zip(before, after, strict=True)]


def _fill(nodes, fault_of):
    faults, last = [], None
    for node in nodes:
        if node.parameters or node.name in fault_of:
            last = fault_of.get(node.name)
        faults.append(last)
    return faults


def _first_word(node):
    return _ascii(node.name).partition("_")[0]


def _title(fault, run, fault_of):
    """Returns the title of a box, or "" where a node needs none: `stage1`, `CUT.gate`."""
    if fault is None:
        return _first_word(run[0]) if len(run) > 1 else ""
    faulty = [node.name for node in run if node.name in fault_of]
    return f"{fault.code}.{_ascii(faulty[0]) if len(faulty) == 1 else _first_word(run[0])}"


def _unique(name, used):
    """Returns a name that was not used before: a box must not swallow a later run."""
    numbered = (name, *(f"{name}_{number}" for number in range(2, len(used) + 3)))
    free = next(candidate for candidate in numbered if candidate not in used)
    used.add(free)
    return free


def _ascii(name):
    """Returns the name with the characters alone that TensorBoard takes."""
    return re.sub(r"^[^A-Za-z0-9.]|[^A-Za-z0-9_.\-]", ".", name)


def _node_def(node, names, fault):
    definition = node_def_pb2.NodeDef(
        name=names[node.name],
        op=node.kind,
        input=[names[name] for name in node.inputs if name in names],
        device=_device(fault.code) if fault else "",
    )
    definition.attr["_output_shapes"].CopyFrom(_shapes(node.output_shapes))
    definition.attr["parameters"].i = node.parameters
    if node.gradient_norm is not None:
        definition.attr["gradient_norm"].f = node.gradient_norm
    return definition


def _device(code):
    """Returns the device whose entry in TensorBoard's legend shows the code.

    The legend shows what follows `device:` where there is one device, and all but the common start
    where there are several: the code is not to be that start, as it would be of DEAD_END and
    DEAD_CALL.
    """
    return f"{code}/device:{code}:0"


def _tell(definition, findings):
    """Writes findings as attributes; TensorBoard would put backslashes before apostrophes."""
    for finding in findings:
        text = f"{finding.message} {finding.hint}".replace("'", "`")
        definition.attr[finding.code].s = text.encode("ascii", "replace")


def _shapes(shapes):
    value = attr_value_pb2.AttrValue()
    for shape in shapes:
        sides = [tensor_shape_pb2.TensorShapeProto.Dim(size=side or -1) for side in shape]
        value.list.shape.append(tensor_shape_pb2.TensorShapeProto(dim=sides))
    return value
