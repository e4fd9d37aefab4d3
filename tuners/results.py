"""What a search has found, read from its journal alone: neither the model nor TensorFlow is needed.

search = read_search("runs/resnet-digits")     # or a tuner, or an oracle
search.best.values
"""

import collections
import dataclasses
import itertools
import math
from pathlib import Path

from recipes.errors import FolderError, RecipesError, describe
from tuners.state.journal import Journal

FINISHED, PRUNED, FAILED, UNFINISHED = "finished", "pruned", "failed", "unfinished"
_EPOCH_SECONDS = "epoch_seconds"  # the metric with the time of each epoch
_PRUNED_MESSAGE = "stopped after epoch"  # how the message of a trial that a pruner ended begins


def last_line(message):
    """Returns the line of a trial's message that says why it failed."""
    lines = (message or "").strip().splitlines()
    return lines[-1].strip() if lines else ""


@dataclasses.dataclass(frozen=True)
class TrialResult:
    """One trial.

    Attributes:
        trial: Its name.
        values: Its setting, a dict by name; what is inactive under its condition is not in it.
        score: Value of the objective at its best epoch, the mean over its executions; None if
            there is none.
        status: "finished", "pruned" (a score, of fewer epochs), "failed" or "unfinished".
        message: Why it failed, or when and by what it was pruned; else empty.
        curves: Dict by metric of dicts by epoch, from 1; each entry is a list with a value for each
            execution. A tuner that reports once has one epoch here, the best.
        best_epoch: The epoch of the score, from 1; None without a score.
        seconds: How long it ran, all its runs together; where the journal has no times, the sum of
            its epochs alone; None where it has neither.
    """

    trial: str
    values: dict
    score: float | None
    status: str
    message: str
    curves: dict
    best_epoch: int | None
    seconds: float | None = None

    @property
    def epochs(self):
        """The last epoch that was reported, from 1; 0 if none was."""
        return max(itertools.chain.from_iterable(self.curves.values()), default=0)

    @property
    def metrics(self):
        """Dict of the metrics at the best epoch, or else the last: means over the executions."""
        at = self.best_epoch or self.epochs
        return {name: _mean(curve[at]) for name, curve in self.curves.items() if at in curve}

    @property
    def reason(self):
        """The line of the message that says why it failed."""
        return last_line(self.message)


@dataclasses.dataclass(frozen=True)
class Search:
    """A search as its journal tells it.

    Attributes:
        folder: `Path` of the folder of the journal.
        oracle: Name of the oracle's class.
        objective: Name of what trials are judged by.
        direction: "min" or "max".
        directions: Dict of the directions of the objectives by name: several, where `objective` is
            KerasTuner's sum of them.
        seed: Seed of the search.
        options: Dict of the oracle's other arguments, as far as the journal names them.
        parameters: Dict by name of the configurations of the tunable hyperparameters, as
            `keras_tuner` writes them: `class_name`, `name`, `min_value`, `values`, `sampling`, ….
        trials: List of `TrialResult`, in the order in which they began.
    """

    folder: Path
    oracle: str
    objective: str
    direction: str
    directions: dict
    seed: int
    options: dict
    parameters: dict
    trials: list

    @property
    def scored(self):
        """The trials that have a score, the pruned ones too, in the order in which they began."""
        return [t for t in self.trials if t.score is not None and t.status in (FINISHED, PRUNED)]

    @property
    def best(self):
        """The best trial, the first of equal ones; None if none has a score."""
        sign = self.sign
        return min(self.scored, key=lambda trial: sign * trial.score, default=None)

    @property
    def sign(self):
        """1 where small scores are good, −1 where large ones are."""
        return -1 if self.direction == "max" else 1


def read_search(source):
    """Reads a search.

    Args:
        source: A tuner or an oracle of ours, or the folder of a search or of a job of
            `tuners search`. A `Search` is returned as it is.

    Returns:
        A `Search`.

    Raises:
        FolderError: If the folder holds no search, or one of keras_tuner.
    """
    if isinstance(source, Search):
        return source
    journal = _journal_of(source)
    entries = journal.read()
    if not entries:
        rule = "the folder must hold a search that has begun"
        raise FolderError(describe("results", rule, folder=str(journal.path.parent)))
    began = next((entry for entry in entries[::-1] if entry.get("kind") == "search"), {})
    runs = collections.defaultdict(list)
    for entry in entries:
        if entry.get("kind") == "trial":
            runs[entry["trial"]["trial_id"]].append(entry)
    objective, states = began.get("objective"), [run[-1]["trial"] for run in runs.values()]
    directions = began.get("directions", {})
    direction = directions.get(objective) or _direction(states, objective)
    return Search(
        folder=journal.path.parent,
        oracle=began.get("oracle"),
        objective=objective,
        direction=direction,
        directions=directions or {objective: direction},
        seed=began.get("seed"),
        options={"max_trials": began.get("max_trials"), **began.get("arguments", {})},
        parameters=_parameters(states),
        trials=[trial_of(run[-1]["trial"], _seconds(run)) for run in runs.values()],
    )


def results(source):
    """Returns all trials of a search as a list of plain dicts, in the order in which they began.

    Args:
        source: As in `read_search`.

    Returns:
        List of dicts with the keys `trial`, `values` (dict), `score`, `status`, `message`,
        `epochs`, `seconds` and `metrics` (dict, at the best epoch); see `TrialResult`.
    """
    keys = ("trial", "values", "score", "status", "message", "epochs", "seconds", "metrics")
    return [{key: getattr(trial, key) for key in keys} for trial in read_search(source).trials]


def curves(source):
    """Returns all epochs of all trials as a list of plain dicts.

    Args:
        source: As in `read_search`.

    Returns:
        List of dicts with the keys `trial`, `execution` (from 0), `epoch` (from 1) and `metrics`
        (dict of that epoch's values).
    """
    return [row for trial in read_search(source).trials for row in _epoch_rows(trial)]


def dataframe(rows):
    """Returns rows as a `pandas.DataFrame` with columns such as `values.dropout`.

    Args:
        rows: What `results` or `curves` returned.

    Raises:
        RecipesError: If pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError:
        rule = "a DataFrame needs pandas, which is not installed"
        hint = "Run `pip install pandas`, or take the plain dicts of results() and curves()."
        raise RecipesError(describe("results_dataframe", rule, hint)) from None
    return pd.json_normalize(rows)


def trial_of(state, seconds=None):
    """Returns a trial from its state, as `keras_tuner.engine.trial.Trial.get_state` gives it.

    Args:
        state: A dict.
        seconds: How long it ran, or None.
    """
    status, message = state["status"], state["message"] or ""
    words = {"COMPLETED": FINISHED, "FAILED": FAILED}
    pruned = status == "COMPLETED" and message.startswith(_PRUNED_MESSAGE)
    score = state["score"] if status == "COMPLETED" and _is_finite(state["score"]) else None
    return TrialResult(
        trial=state["trial_id"],
        values=dict(state["hyperparameters"]["values"]),
        score=score,
        status=PRUNED if pruned else words.get(status, UNFINISHED),
        message=message,
        curves={name: _curve(metric) for name, metric in state["metrics"]["metrics"].items()},
        best_epoch=None if score is None else (state["best_step"] or 0) + 1,
        seconds=seconds,
    )


# --- steps ----------------------------------------------------------------------------------------


def _journal_of(source):
    """Returns the journal of a tuner, an oracle or a folder."""
    oracle = getattr(source, "oracle", source)
    if hasattr(oracle, "journal"):
        return oracle.journal
    folder = Path(source)
    for place in (folder / "journal.jsonl", folder / "search" / "journal.jsonl"):
        if place.exists():
            return Journal(place)
    hint = "Such a folder holds journal.jsonl, and that of a job holds search/journal.jsonl."
    if (folder / "oracle.json").exists():
        hint = "It holds a search of keras_tuner: open that with keras_tuner."
    elif (folder / "plan.json").exists():
        hint = "It holds a job in which no trial has begun."
    rule = "the folder must be that of a search or of a job"
    raise FolderError(describe("results", rule, hint, folder=str(source)))


def _is_finite(score):
    return score is not None and math.isfinite(score)


def _curve(metric):
    """Returns the values of a metric by epoch, from 1."""
    observed = sorted(metric["observations"], key=lambda observation: observation["step"])
    return {observation["step"] + 1: list(observation["value"]) for observation in observed}


def _seconds(run):
    """Returns how long the runs of a trial took: from each beginning to the end that follows it."""
    pairs = [pair for pair in itertools.pairwise(run) if _is_run(*pair)]
    if pairs and all("time" in entry for pair in pairs for entry in pair):
        return sum(end["time"] - begin["time"] for begin, end in pairs)
    metric = run[-1]["trial"]["metrics"]["metrics"].get(_EPOCH_SECONDS)
    return sum(map(sum, _curve(metric).values())) if metric else None


def _is_run(begin, end):
    return begin["trial"]["status"] == "RUNNING" and end["trial"]["status"] != "RUNNING"


def _direction(states, objective):
    """Returns the direction of the objective, as the first trial that measured it has it."""
    metrics = (state["metrics"]["metrics"] for state in states)
    found = (measured[objective]["direction"] for measured in metrics if objective in measured)
    return next(found, "min")


def _parameters(states):
    """Returns the configurations of all tunable hyperparameters; a space may have grown."""
    space = [hp for state in states for hp in state["hyperparameters"]["space"]]
    return {
        hp["config"]["name"]: {"class_name": hp["class_name"], **hp["config"]}
        for hp in space
        if hp["class_name"] != "Fixed"
    }


def _epoch_rows(trial):
    """Yields a row for each execution and epoch of a trial."""
    counts = [len(values) for curve in trial.curves.values() for values in curve.values()]
    for execution in range(max(counts, default=0)):
        for epoch in range(1, trial.epochs + 1):
            metrics = {
                name: curve[epoch][execution]
                for name, curve in trial.curves.items()
                if execution < len(curve.get(epoch, ()))
            }
            if metrics:
                key = {"trial": trial.trial, "execution": execution, "epoch": epoch}
                yield {**key, "metrics": metrics}


def _mean(values):
    return sum(values) / len(values)
