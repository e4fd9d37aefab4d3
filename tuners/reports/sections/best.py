"""The best setting, with what else was measured at its best epoch."""

from tuners.reports.gathered import best_note, constraints_note
from tuners.reports.markup import Section, element, note, number, table
from tuners.reports.settings import without_score

_TITLE = "Best setting"
_INTERNAL = ("_",)  # how the names of metrics begin that the search keeps for itself


def section(search):
    """Returns the `Section` of a `Search`."""
    best = search.best
    if best is None:
        return without_score(_TITLE)
    parts = [_sentence(search, best)]
    if len(search.directions) > 1:
        parts.append(
            note("Of several objectives this is the one with the best sum: see the front.")
        )
    if search.constraints:
        parts.append(note(constraints_note(search)))
    if remark := best_note(search):
        parts.append(note(remark))
    parts.append(element("div", _settings(best), _metrics(search, best), class_="columns"))
    return Section(_TITLE, tuple(parts))


def _sentence(search, best):
    epoch = f", at epoch {best.best_epoch} of {best.epochs}" if best.epochs > 1 else ""
    score = element("strong", f"{search.objective} {best.score:.5g}")
    return element("p", f"Trial {best.trial} is the best: ", score, f"{epoch}.")


def _settings(best):
    return table(("hyperparameter", "value"), ([n, _code(v)] for n, v in best.values.items()))


def _metrics(search, best):
    others = {n: v for n, v in best.metrics.items() if not n.startswith(_INTERNAL)}
    others.pop(search.objective, None)
    if not others:
        return None
    return table(("also measured", "there"), ([n, number(v)] for n, v in others.items()))


def _code(value):
    return element("code", number(value))
