"""Sections on the graph check."""

from benchmarks import graph_applications, graph_check, graph_mutations
from benchmarks.tables.markdown import of_rich, table
from benchmarks.tables.section import Section


def _cost(figures):
    claims = of_rich(graph_check.claims_table(figures["claims"]))
    return [of_rich(graph_check.table(figures["results"])), "What is claimed:", claims]


def _mutations(figures):
    totals = {key: figures[key] for key in ("fault", "network")}
    loud = [each for each in figures["healthy"] if each["findings"]]
    alarms = [f"{each['network']}: {' '.join(each['findings'])}" for each in loud]
    missed = [
        [row["network"], row["fault"], row["layer"], "; ".join(map(str, row["said"]))]
        for row in figures["rows"]
        if not row["located"] or row["extra"]
    ]
    silent = f"Networks without a fault: {len(figures['healthy'])}, with an alarm: {len(loud)}."
    header = ["network", "fault", "layer", "what was said"]
    title = "Mutants that are not told as they must be:"
    return [
        of_rich(graph_mutations.table(totals)),
        " ".join([silent, *alarms]),
        *([title, table(header, missed)] if missed else []),
    ]


def _applications(figures):
    return [of_rich(graph_applications.table(figures["rows"]))]


SECTIONS = (
    Section(
        "graph_check",
        "What the graph check costs",
        "Seconds, and ratios to the build of the model and to its first training step: median, and "
        "quartiles in brackets.",
        _cost,
    ),
    Section(
        "graph_mutations",
        "Faults that the graph check finds",
        "Faults put into networks at random places: found says that an error names a layer that it "
        "concerns; located, that one finding names all of them and the operation at which it "
        "happens; after, that the layers behind a zero are named too, which is so; extra, that "
        "something else is said.",
        _mutations,
    ),
    Section(
        "graph_applications",
        "Silence on the networks of Keras",
        "What the graph check says of each network of `keras.applications`.",
        _applications,
    ),
)
