"""What is said when a search goes on, and when it ends."""

import warnings

from keras_tuner.engine.trial import TrialStatus

from recipes.errors import SearchError, describe
from recipes.words import have
from tuners.space import Space
from tuners.trial_result import last_line


def say_that_it_goes_on(oracle, folder):
    """Prints how much of an earlier search is there."""
    if oracle.end_order:
        print(oracle.resume_text())


def say_which_limit(oracle):
    """Prints which limit has ended a search, if one has."""
    limit = oracle.reached_limit()
    if limit:
        print(f"The search has ended by {limit}: {have(len(oracle.end_order), 'trial')} ended.")


def check_ending(oracle):
    """Says what a search has not found.

    Raises:
        SearchError: If all its trials have failed.
    """
    ended = [oracle.trials[name] for name in oracle.end_order]
    if ended and all(trial.status == TrialStatus.FAILED for trial in ended):
        hint = f"The last one said: {last_line(ended[-1].message)}"
        rule = "a trial must come to its end"
        raise SearchError(describe("search", rule, hint, failed=len(ended)))
    if ended and not Space(oracle.hyperparameters).parameters:
        warnings.warn(
            "search: the space has no parameter to tune, so one trial was all there was to try.",
            stacklevel=3,
        )
    _say_if_none_is_feasible(oracle)


def _say_if_none_is_feasible(oracle):
    best = next((t for t in oracle.get_best_trials() if t.score is not None), None)
    if best is None or not oracle.violation(best):
        return
    metrics = oracle.metrics_at_best(best)
    broken = [constraint for constraint in oracle.constraints if constraint.violation(metrics)]
    figures = ", ".join(f"{c.metric}={metrics.get(c.metric, float('nan')):.4g}" for c in broken)
    warnings.warn(
        f"search: no trial fulfils the constraints ({', '.join(map(str, oracle.constraints))}). "
        f"Trial {best.trial_id} comes nearest, with {figures}; it is ranked first.",
        stacklevel=4,
    )
