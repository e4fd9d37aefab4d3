"""The report of a search as one page for a browser that needs no network.

The page may run its own two scripts and nothing else, and may load nothing: its content security
policy names the scripts by their hashes, so that no text in it can become one.
"""

import base64
import hashlib
import importlib.resources
import json
import os
import string
from pathlib import Path
from xml.etree import ElementTree

from recipes.files import file_path, writable_folder, write_text
from recipes.words import plural
from tuners.reports.charts import Chart, plotly
from tuners.reports.markup import duration, element
from tuners.reports.sections import (
    best,
    cost,
    curves,
    diagnosis,
    failures,
    front,
    history,
    importance,
    parallel,
    slices,
    trials,
)
from tuners.results import read_search
from tuners.trial_result import FAILED, FINISHED, PRUNED, UNFINISHED

NAME = "report.html"
SECTIONS = (
    best,
    diagnosis,
    front,
    history,
    curves,
    importance,
    parallel,
    slices,
    cost,
    failures,
    trials,
)


def write_report(source, path=None):
    """Writes the report of a search as one HTML file, which opens without a network.

    The best setting, the diagnosis of its curves in words, history, learning curves with what was
    pruned, what mattered, parallel coordinates, slices, time and cost, the findings of the graph
    check, and all trials. A search that still runs, or in which all trials have failed, has one
    too.

    Args:
        source: A tuner or an oracle of ours, the folder of a search or a job, or a `Search`.
        path: Where the file is written; None takes `report.html` in the folder.

    Returns:
        The `Path` of the file.

    Raises:
        ArgumentError: If `path` is a folder.
        RecipesError: If plotly is not installed.
        FolderError: If the folder holds no search, or the file cannot be written.

    Example:

        write_report("runs/resnet-digits")
    """
    search = read_search(source)
    folder = Path(source) if isinstance(source, (str, os.PathLike)) else search.folder
    path = file_path("write_report", path or folder / NAME)
    writable_folder("write_report", path.parent)
    write_text(path, page(search))
    return path


def page(search):
    """Returns the report of a `Search` as the text of an HTML file."""
    plotly()  # refuses before the work, if it is not there
    from plotly.offline import get_plotlyjs

    made = [module.section(search) for module in SECTIONS]
    sections = [section for section in made if section is not None]
    figures, script = [], _asset("script.js")
    body = [_drawn(section, number, figures) for number, section in enumerate(sections)]
    return string.Template(_asset("page.html")).substitute(
        policy=f"{_hash(get_plotlyjs())} {_hash(script)}",
        title=_html(element("title", f"{search.folder.name}: report of the search")),
        style=_asset("style.css"),
        header=_html(_header(search, sections)),
        body="\n".join(map(_html, body)),
        figures=_json(figures),
        plotly=get_plotlyjs(),
        script=script,
    )


# --- steps ----------------------------------------------------------------------------------------


def _header(search, sections):
    """Returns what stands above all: which search this is, its figures, and the ways into it."""
    better = "small is good" if search.direction == "min" else "large is good"
    told = f"{search.oracle}, seed {search.seed}, judged by {search.objective} ({better})."
    links = [element("a", s.title, href=f"#section-{n}") for n, s in enumerate(sections)]
    return element(
        "header",
        element("p", "Report of the search", class_="kicker"),
        element("h1", _name(search)),
        element("p", told),
        element("div", *(_tile(*each) for each in _tiles(search)), class_="tiles"),
        element("nav", *links),
    )


def _name(search):
    """Returns the name of the search: that of its job, where it has one."""
    folder = search.folder.absolute()
    return folder.parent.name if folder.name == "search" else folder.name


def _tiles(search):
    """Yields the pairs (figure, what it is)."""
    if search.best:
        yield f"{search.best.score:.4g}", f"best {search.objective}, trial {search.best.trial}"
    statuses = [trial.status for trial in search.trials]
    counts = {kind: statuses.count(kind) for kind in (FINISHED, PRUNED, FAILED, UNFINISHED)}
    counts = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
    yield str(len(statuses)), f"trials: {counts}" if counts else "trials"
    epochs = sum(trial.epochs for trial in search.trials)
    yield f"{epochs:,}", "epochs"
    seconds = [trial.seconds for trial in search.trials if trial.seconds is not None]
    if seconds:
        yield duration(sum(seconds)), f"for {plural(len(seconds), 'trial')}"


def _tile(figure, what):
    return element("div", element("strong", figure), element("span", what), class_="tile")


def _drawn(section, number, figures):
    """Returns a section as an element; its figures are added to the list of the page's."""
    parts = [_part(part, figures) for part in section.parts]
    heading = element("h2", section.title)
    return element("section", heading, *parts, id=f"section-{number}")


def _part(part, figures):
    if isinstance(part, ElementTree.Element):
        return part
    if isinstance(part, tuple):
        return element("div", *(_part(each, figures) for each in part), class_="grid")
    return _place(part, figures)


def _place(chart: Chart, figures):
    """Returns the place of a chart, which the script fills."""
    drawn = json.loads(chart.figure.to_json())
    figures.append({"data": drawn["data"], "layout": drawn["layout"]})
    layout = drawn["layout"]
    style = f"height:{layout['height']}px;" + (f"min-width:{chart.width}px" if chart.width else "")
    name = f"figure-{len(figures) - 1}"
    place = element(
        "div", id=name, class_="figure", style=style, role="img", aria_label=chart.label
    )
    return element("div", place, class_="scroll")


def _html(made):
    return ElementTree.tostring(made, encoding="unicode", method="html")


def _json(figures):
    """Returns figures as JSON that can stand in a page: nothing in it looks like a tag."""
    text = json.dumps(figures, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _hash(script):
    """Returns how a content security policy names a script."""
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _asset(name):
    return (importlib.resources.files("tuners.reports") / "assets" / name).read_text("utf-8")
