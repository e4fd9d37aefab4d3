"""What the graph check says: findings, and the report that holds them."""

import dataclasses
import fnmatch

from recipes.errors import ArgumentError, GraphError, describe, listing

SEVERITIES = ("error", "warning", "info")
CODES = (
    "DEAD_END",
    "UNUSED",
    "CUT",
    "ZERO",
    "NEVER_CALLED",
    "UNTRACKED",
    "LAYER_CREATED_IN_CALL",
    "UNUSED_INPUT",
    "LOSS_NOT_DIFFERENTIABLE",
    "NOTHING_TRAINABLE",
    "NONFINITE",
    "STEP_FAILED",
    "DEAD_CALL",
    "NO_LOSS",
    "DEAD_NOW",
    "ZERO_IN_TRAINING",
    "EXPLODING",
    "VANISHING",
    "NOT_TRACEABLE",
    "ZERO_INIT",
    "NO_EFFECT",
    "FROZEN",
    "LOSS_NOT_CHECKED",
)
UNCHECKED = ("NOT_TRACEABLE", "LOSS_NOT_CHECKED")


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
        gradient_norm: Euclidean norm of the gradient of its weights under random cotangents of
            size 1 on the outputs, or None where it was not run.
        inside: Names of the layers that it is made of: those of a nested model, of a wrapper.
    """

    name: str
    kind: str
    inputs: tuple
    output_shapes: tuple
    parameters: int
    gradient_norm: float | None = None
    inside: tuple = ()


@dataclasses.dataclass(frozen=True)
class GraphReport:
    """The result of a graph check.

    Args:
        model_name: Name of the model.
        level: How deep the check went: "static", "trace" or "full".
        findings: The `Finding`s, errors first.
        nodes: The `LayerNode`s, in the order of the graph.
        allowed: Number of findings that were left out, since they are meant.
    """

    model_name: str
    level: str
    findings: tuple
    nodes: tuple = ()
    allowed: int = 0

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
            "allowed": self.allowed,
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
        from recipes.graph.shown.tensorboard import write_report

        return write_report(self, logdir)

    @property
    def complete(self):
        """Whether all was checked that the level checks."""
        return not any(finding.code in UNCHECKED for finding in self.findings)

    def __str__(self):
        title = f"Graph of '{self.model_name}'{self._summary()} (level {self.level})"
        lines = [f"  {finding.severity} {finding}" for finding in self.findings]
        return "\n".join([f"{title}:", *lines]) if lines else f"{title}."

    def _summary(self):
        """Returns what can be said in short of a report without errors and warnings."""
        if any(finding.severity != "info" for finding in self.findings):
            return ""
        if not self.complete:
            return ": no fault was found, and not all could be checked"
        if self.allowed:
            return f": nothing but what is allowed ({self.allowed})"
        if self.level == "static":
            return ": every layer is connected"
        return ": every layer can learn"


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
    rules = parse_rules(allow)
    return [finding for finding in findings if not any(_allows(r, finding) for r in rules)]


def parse_rules(allow):
    """Returns patterns as pairs (code, pattern of layer names); arguments as `drop_allowed`."""
    return [_parse_rule(rule) for rule in ([allow] if isinstance(allow, str) else allow)]


def _parse_rule(rule):
    code, _, layer = str(rule).partition(":")
    if code not in CODES:
        text = f'`allow` takes "CODE:layer" with a code of {listing(CODES)}'
        raise ArgumentError(describe("check_graph", text, allow=rule))
    return code, layer or "*"


def _allows(rule, finding):
    code, pattern = rule
    return code == finding.code and fnmatch.fnmatchcase(finding.layer, pattern)
