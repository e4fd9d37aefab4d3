"""What a search has found, read from its journal alone: neither the model nor TensorFlow is needed.

search = read_search("runs/resnet-digits")     # or a tuner, or an oracle
search.best.values
"""

import collections
import dataclasses
import functools
import itertools
import math
from pathlib import Path

from recipes.errors import FolderError, RecipesError, describe
from tuners.constraints import Constraint, total_violation
from tuners.executions import at_best_epochs, mean_metrics, rank_epoch, split_executions
from tuners.state.journal import Journal
from tuners.trial_result import FINISHED, PRUNED, curve_of, trial_of

_EPOCH_SECONDS = "epoch_seconds"  # the metric with the time of each epoch


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
        constraints: Tuple of the `Constraint`s that its best trial must meet.
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
    constraints: tuple
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
        """The best trial, the first of equal ones; None if none has a score.

        It meets the constraints if any trial does; else it is the one that breaks them least.
        """
        return min(self.scored, key=self.rank, default=None)

    def rank(self, trial):
        """Returns what the better of two trials has less of; those without a score come last."""
        if trial.score is None:
            return math.inf, math.inf
        return trial.violation, self.sign * trial.score

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
    constraints = _constraints(began)
    judge = functools.partial(_judged, constraints, objective, direction)
    return Search(
        folder=journal.path.parent,
        oracle=began.get("oracle"),
        objective=objective,
        direction=direction,
        directions=directions or {objective: direction},
        constraints=constraints,
        seed=began.get("seed"),
        options={"max_trials": began.get("max_trials"), **began.get("arguments", {})},
        parameters=_parameters(states),
        trials=[judge(trial_of(run[-1]["trial"], _seconds(run))) for run in runs.values()],
    )


def results(source):
    """Returns all trials of a search as a list of plain dicts, in the order in which they began.

    Args:
        source: As in `read_search`.

    Returns:
        List of dicts with the keys `trial`, `values` (dict), `score`, `status`, `message`,
        `broken` (list), `epochs`, `seconds` and `metrics` (dict, at the best epoch); see
        `TrialResult`.
    """
    keys = ("trial", "values", "score", "status", "message", "epochs", "seconds", "metrics")
    return [
        {key: getattr(trial, key) for key in keys} | {"broken": list(trial.broken)}
        for trial in read_search(source).trials
    ]


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


def _constraints(began):
    """Returns the constraints that a search began with, that of a binary search among them."""
    given = began.get("arguments", {}).get("constraint")
    sought = [] if given is None else [Constraint.parse("results", given)]
    return (*(Constraint(*each) for each in began.get("constraints", ())), *sought)


def _judged(constraints, objective, direction, trial):
    """Returns a trial with what it breaks of some constraints, as the oracle judges it."""
    if not constraints or trial.score is None:
        return trial

    def rank(metrics):
        value, violation = metrics.get(objective, math.nan), total_violation(constraints, metrics)
        return rank_epoch(value, direction=direction, violation=violation)

    metrics = mean_metrics(at_best_epochs(split_executions(trial.curves), rank))
    broken = tuple(str(each) for each in constraints if each.violation(metrics))
    violation = total_violation(constraints, metrics)
    return dataclasses.replace(trial, broken=broken, violation=violation)


def _seconds(run):
    """Returns how long the runs of a trial took: from each beginning to the end that follows it."""
    pairs = [pair for pair in itertools.pairwise(run) if _is_run(*pair)]
    if pairs and all("time" in entry for pair in pairs for entry in pair):
        return sum(end["time"] - begin["time"] for begin, end in pairs)
    metric = run[-1]["trial"]["metrics"]["metrics"].get(_EPOCH_SECONDS)
    return sum(map(sum, curve_of(metric).values())) if metric else None


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
