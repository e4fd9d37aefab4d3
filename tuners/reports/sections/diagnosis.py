"""What the curves of the best trial say, in words (guide rows 44-46, 74, 85)."""

from numbers import Real
from statistics import fmean

from recipes.diagnosis.curves import diagnose
from recipes.errors import ArgumentError
from tuners.reports.markup import Section, element, note
from tuners.reports.settings import without_score
from tuners.state.damage import read_json

_TITLE = "Diagnosis of the best run"
_RATES = ("learning_rate", "lr")
_LOSSES = ("loss", "val_loss")


def section(search):
    """Returns the `Section` of a `Search`."""
    parts = (*_of_the_best(search), *_of_the_last_training(search))
    return Section(_TITLE, parts) if parts else without_score(_TITLE)


def diagnosis_of(trial):
    """Returns the `Diagnosis` of a `TrialResult`, from the means over its executions.

    Raises:
        ArgumentError: If it has not logged a loss on both the training and the validation data.
    """
    history = {n: [fmean(v) for v in curve.values()] for n, curve in trial.curves.items()}
    losses = [history[name] for name in _LOSSES if name in history]
    shortest = min(map(len, losses), default=0)
    history |= {n: v[:shortest] for n, v in history.items() if n in _LOSSES}
    rates = (trial.values.get(name) for name in _RATES)
    rate = next((rate for rate in rates if isinstance(rate, Real) and rate > 0), None)
    return diagnose(history, learning_rate=rate)


def _of_the_best(search):
    """Yields what is said of the best trial."""
    best = search.best
    if best is None:
        return
    try:
        diagnosis = diagnosis_of(best)
    except ArgumentError as error:
        yield note(f"The curves of trial {best.trial} tell no verdict. {error}")
        return
    since = "" if diagnosis.verdict == "too early to tell" else f" since epoch {diagnosis.since}"
    kind = "verdict problem" if diagnosis.is_problem else "verdict"
    yield element(
        "p",
        element("span", diagnosis.verdict, class_=kind),
        f" Trial {best.trial}{since}. ",
        f"{diagnosis.reason}." if diagnosis.reason else None,
    )
    yield element(
        "p",
        f"Training loss {diagnosis.train_loss:.3g}, validation loss "
        f"{diagnosis.validation_loss:.3g}; a loss up to {diagnosis.goal:.3g} counts as learned: "
        "13 % of the larger loss of its first epoch.",
    )
    yield element("p", "What to try, the first first:")
    yield element("ol", *(element("li", remedy) for remedy in diagnosis.remedies))


def _of_the_last_training(search):
    """Yields the verdict on the training that `tuners search` ends with, if the folder has it."""
    result = read_json(search.folder.parent / "result.json").get("result")
    if search.folder.name == "search" and result:
        yield element("h3", "Trained with the best setting")
        yield element("p", result["verdict"])
        accuracy = f"Accuracy on the test data: {result['test_accuracy']:.4f}."
        yield element("p", accuracy)
