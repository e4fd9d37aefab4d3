"""Why trials failed: what the graph check found, and what else was raised."""

import re

from recipes.graph.findings import CODES
from tuners.reports.markup import Section, element, note, table
from tuners.trial_result import FAILED

_TITLE = "Failed trials"
_FINDING = re.compile(rf"\s*({'|'.join(CODES)}): (.+)")


def section(search):
    """Returns the `Section` of a `Search`."""
    failed = [trial for trial in search.trials if trial.status == FAILED]
    if not failed:
        return Section(_TITLE, (note("No trial has failed."),))
    found, raised = findings_of(failed), reasons_of(failed)
    parts = []
    if found:
        parts.append(element("h3", "Found by the graph check, before the first step"))
        rows = (
            [element("code", code), told, ", ".join(names)] for (code, told), names in found.items()
        )
        parts.append(table(("code", "finding", "trials"), rows))
    if raised:
        parts.append(element("h3", "Raised"))
        parts += [_reason(reason, trials) for reason, trials in raised.items()]
    return Section(_TITLE, tuple(parts))


def findings_of(trials):
    """Returns a dict from (code, text) of each finding to the names of the trials that have it.

    Args:
        trials: `TrialResult`s that have failed.
    """
    found = {}
    for trial in trials:
        for line in trial.message.splitlines():
            match = _FINDING.fullmatch(line)
            if match and _is_of_the_check(trial):
                found.setdefault(match.groups(), []).append(trial.trial)
    return found


def reasons_of(trials):
    """Returns a dict from each other reason to the trials that failed by it."""
    raised = {}
    for trial in trials:
        if not _is_of_the_check(trial):
            raised.setdefault(trial.reason or "no reason was given", []).append(trial)
    return raised


def _is_of_the_check(trial):
    return trial.message.startswith("check_graph: ")


def _reason(reason, trials):
    names = ", ".join(trial.trial for trial in trials)
    summary = element(
        "summary", element("strong", f"Trial{'s' * (len(trials) > 1)} {names}"), f": {reason}"
    )
    return element("details", summary, element("pre", trials[0].message.strip()))
