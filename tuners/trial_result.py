"""One trial as a journal tells it: its setting, its score, how it has ended."""

import dataclasses
import itertools
import math

FINISHED, PRUNED, FAILED, UNFINISHED = "finished", "pruned", "failed", "unfinished"
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
        broken: Tuple of the constraints of the search that it breaks, as texts; empty without a
            score.
        violation: By how much it breaks them, the sum of the shares of the bounds; 0 where it
            breaks none.
    """

    trial: str
    values: dict
    score: float | None
    status: str
    message: str
    curves: dict
    best_epoch: int | None
    seconds: float | None = None
    broken: tuple = ()
    violation: float = 0.0

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

    @property
    def state(self):
        """Its status, and which constraints it breaks."""
        return f"{self.status}, breaks {', '.join(self.broken)}" if self.broken else self.status


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
        curves={name: curve_of(metric) for name, metric in state["metrics"]["metrics"].items()},
        best_epoch=None if score is None else (state["best_step"] or 0) + 1,
        seconds=seconds,
    )


def curve_of(metric):
    """Returns the values of a metric by epoch, from 1.

    Args:
        metric: Its part of a trial's state, a dict.
    """
    observed = sorted(metric["observations"], key=lambda observation: observation["step"])
    return {observation["step"] + 1: list(observation["value"]) for observation in observed}


def _is_finite(score):
    return score is not None and math.isfinite(score)


def _mean(values):
    return sum(values) / len(values)
