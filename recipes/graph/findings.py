"""What the graph check says: findings, and the report that holds them."""

import dataclasses
import fnmatch

from recipes.errors import ArgumentError, GraphError, describe, listing

SEVERITIES = ("error", "warning", "info")
CODES = (
    "DEAD_END",
    "CUT",
    "UNUSED",
    "NEVER_CALLED",
    "UNUSED_INPUT",
    "NOT_TRACEABLE",
)


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that the check found.

    Args:
        code: One of `CODES`.
        severity: "error", "warning" or "info".
        layer: Name of the layer, the input or the model that it is about.
        weights: Names of the weights that get no gradient, such as ("kernel", "bias").
        culprit: The operation at which the gradient stops, or "" where there is none.
        message: What happens, and where.
        hint: What to do about it.
        layers: All layers that the finding is about: a chain of them is one finding.
    """

    code: str
    severity: str
    layer: str
    weights: tuple
    culprit: str
    message: str
    hint: str
    layers: tuple = ()

    def __str__(self):
        return f"{self.code}: {self.message} {self.hint}"


@dataclasses.dataclass(frozen=True)
class LayerNode:
    """One layer in the picture of a graph.

    Args:
        name: Name of the layer, unique in the graph.
        kind: Class of the layer, such as "Conv2D".
        inputs: Names of the layers that feed it.
        output_shapes: Shape of each output, None for an unknown side.
        parameters: Number of its trainable weights' entries.
    """

    name: str
    kind: str
    inputs: tuple
    output_shapes: tuple
    parameters: int


@dataclasses.dataclass(frozen=True)
class GraphReport:
    """The result of a graph check.

    Args:
        model_name: Name of the model.
        level: How deep the check went: "static" or "trace".
        findings: The `Finding`s, errors first.
        nodes: The `LayerNode`s, in the order of the graph.
    """

    model_name: str
    level: str
    findings: tuple
    nodes: tuple = ()

    @property
    def ok(self):
        """Whether no error was found. Warnings do not count."""
        return not self.errors

    @property
    def errors(self):
        """The findings that are errors."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    def raise_for_errors(self):
        """Raises `GraphError` with all errors in its message, or returns the report."""
        if self.errors:
            lines = "\n".join(f"  {finding}" for finding in self.errors)
            raise GraphError(
                f"check_graph: model '{self.model_name}' has layers that cannot learn:\n{lines}",
                report=self,
            )
        return self

    def to_dict(self):
        """Returns the report as JSON can hold it."""
        return {
            "model": self.model_name,
            "level": self.level,
            "ok": self.ok,
            "findings": [dataclasses.asdict(finding) for finding in self.findings],
        }

    def write_tensorboard(self, logdir):
        """Writes the graph for TensorBoard's Graphs tab, and a table for its Text tab.

        Args:
            logdir: A folder, as in `tensorboard --logdir`.

        Returns:
            The folder.

        Raises:
            FolderError: If the folder cannot be written to.
        """
        from recipes.graph.tensorboard import write_report

        return write_report(self, logdir)

    def __str__(self):
        if not self.findings:
            return f"Graph of '{self.model_name}': every layer can learn (level {self.level})."
        title = f"Graph of '{self.model_name}' (level {self.level}):"
        return "\n".join([title, *(f"  {f.severity} {f}" for f in self.findings)])


def sort_findings(findings):
    """Returns the findings as a tuple, errors first, otherwise in their order."""
    return tuple(sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity)))


def drop_allowed(findings, allow):
    """Leaves out what the caller allows.

    Args:
        findings: `Finding`s.
        allow: Patterns "CODE" or "CODE:layer", the layer with `*` and `?` as in file names.

    Raises:
        ArgumentError: If a pattern names no known code.
    """
    rules = [_parse_rule(rule) for rule in ([allow] if isinstance(allow, str) else allow)]
    return [finding for finding in findings if not any(_allows(r, finding) for r in rules)]


def _parse_rule(rule):
    code, _, layer = str(rule).partition(":")
    if code not in CODES:
        text = f'`allow` takes "CODE:layer" with a code of {listing(CODES)}'
        raise ArgumentError(describe("check_graph", text, allow=rule))
    return code, layer or "*"


def _allows(rule, finding):
    code, pattern = rule
    return code == finding.code and fnmatch.fnmatchcase(finding.layer, pattern)


def name_layers(names, most=3):
    """Returns names as text: `layer 'a'`, or `layers 'a', 'b', 'c' and 4 more`."""
    names = list(names)
    shown = ", ".join(f"'{name}'" for name in names[:most])
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"layer{'s' if len(names) > 1 else ''} {shown}{more}"
