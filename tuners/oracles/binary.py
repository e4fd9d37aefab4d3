"""Binary search in one parameter: golden section, or bisection to a threshold (rows 77, 78)."""

import math
import statistics
import warnings

from keras_tuner.engine.trial import TrialStatus

from recipes.errors import (
    ArgumentError,
    SearchError,
    check_flag,
    check_integer,
    check_range,
    describe,
    listing,
)
from tuners.brackets import (
    Line,
    bisection,
    bracket_of_minimum,
    bracket_of_threshold,
    golden_section,
    least_hump,
    two_minima,
)
from tuners.constraints import Constraint
from tuners.oracles.base import WAIT, Oracle, arguments_of
from tuners.space import Space, setting_key

_DIGITS = 12  # of a place on the line
_TOLERANCE = 0.01  # share of the range, where a number has no steps


class BinarySearchOracle(Oracle):
    """Searches one parameter by ever smaller brackets, on the parameter's own scale.

    Without a constraint, golden section (Kiefer 1953): of an objective with one minimum it finds
    the place within `tolerance` in about log(1 / tolerance) / log(1.618) trials. Stretches wider
    than `widest_gap` are looked into at the end, and a warning says so where trials show two
    minima. With a constraint, bisection to the largest value that meets it.

    A number without steps is searched to `tolerance`, one with steps and an ordered choice to the
    last value. With `repeats` each setting is tried so often: here alone a setting may come again.

    Args:
        objective: As in `keras_tuner.Oracle`.
        max_trials: The number of trials, at most; None until the bracket is narrow enough.
        seed: A whole number of at least 0, or None; the search itself needs none.
        hyperparameters: Search space, or None.
        allow_new_entries: Whether the model may ask for more hyperparameters.
        tune_new_entries: Whether these are tuned.
        max_retries_per_trial: How often a trial that failed is tried again.
        max_consecutive_failed_trials: After how many failures in a row the search gives up.
        constraint: What a metric of the trials must hold to, such as "recall >= 0.95", or None.
        largest: Whether the largest value that meets the constraint is sought; False: the smallest.
        repeats: Trials of each setting, whose mean counts, at least 1.
        tolerance: Width of the last bracket as a share of the range, in (0, 1]; None takes 0.01 for
            a number without steps and goes to the last value of all others.
        widest_gap: Width, as a share of the range, above which a stretch is looked into; 1 looks
            into none.

    Raises:
        ArgumentError: If an argument breaks its rule; from `create_trial`, if the space has several
            parameters, or one whose values have no order.
        SearchError: From `create_trial`, if no end meets the constraint, or no trial reports its
            metric.
    """

    def __init__(
        self,
        objective=None,
        max_trials=None,
        seed=None,
        hyperparameters=None,
        allow_new_entries=True,
        tune_new_entries=True,
        max_retries_per_trial=0,
        max_consecutive_failed_trials=3,
        *,
        constraint=None,
        largest=True,
        repeats=1,
        tolerance=None,
        widest_gap=0.25,
    ):
        super().__init__(**arguments_of(Oracle, locals()))
        where = type(self).__name__
        self.constraint = None if constraint is None else Constraint.parse(where, constraint)
        self.largest = check_flag(where, "largest", largest)
        self.repeats = check_integer(where, "repeats", repeats, 1)
        self.tolerance = tolerance
        if tolerance is not None:
            self.tolerance = check_range(where, "tolerance", tolerance, 0, 1, open_low=True)
        self.widest_gap = check_range(where, "widest_gap", widest_gap, 0, 1, open_low=True)
        self._has_warned = False

    def suggest(self, space, number, tried):
        """Returns the setting of the next place, or the last one again until it is repeated.

        Where there is none before a trial that runs has ended, it is `WAIT`.
        """
        again = self._to_be_repeated(space)
        if again is not None:
            return again
        parameter = space.parameters[0]
        begun = [name for name in self.start_order if name not in self.end_order]
        place = self._next_place(parameter, list(self._places(space, begun)))
        nothing = WAIT if begun else None
        if place is None:
            return nothing
        setting = space.setting_of({parameter.hp.name: self._value(parameter, place)})
        return nothing if setting_key(setting) in tried else setting

    def populate_space(self, trial_id):
        """Refuses a space that cannot be halved; else as in `Oracle`."""
        self.check_space()
        return super().populate_space(trial_id)

    def check_space(self):
        """Refuses several parameters, and one whose values have no order.

        Raises:
            ArgumentError: If the space is one of these.
        """
        parameters = Space(self.hyperparameters).parameters
        names = [parameter.hp.name for parameter in parameters]
        if len(names) > 1:
            rule = "the space must have one parameter to tune: with several no half can be left out"
            hint = "Fix all but one, or take BayesianOptimization."
            received = {"parameters": ", ".join(names)}
            raise ArgumentError(describe(type(self).__name__, rule, hint, **received))
        if names and parameters[0].columns > 1:
            rule = "the values of the parameter must have an order"
            hint = "Pass ordered=True to hp.Choice, or take GridSearch."
            raise ArgumentError(describe(type(self).__name__, rule, hint, parameter=names[0]))

    def get_best_trials(self, num_trials=1):
        """Returns the best trials, those of the best setting first.

        A setting is as good as the mean of its trials; with a constraint those that meet it count
        alone, the largest value (or smallest) first.

        Args:
            num_trials: How many, at most.
        """
        space = Space(self.hyperparameters)
        if not space.parameters:
            return super().get_best_trials(num_trials)
        groups = self._places(space, self.end_order)
        if self.constraint:
            met = self._met(groups)
            order = sorted((place for place in groups if met[place]), reverse=True)
        else:
            scores = self._scores(groups)
            order = sorted((place for place in groups if scores[place] < math.inf), key=scores.get)
        best = [trial for place in order for trial in sorted(groups[place], key=self._loss)]
        return [trial for trial in best if trial.status == TrialStatus.COMPLETED][:num_trials]

    def bracket(self):
        """Returns the values between which the search has narrowed the answer.

        Returns:
            Pair (low, high) of values. Without a constraint the minimum lies between them; with
            one, the first meets it and the second does not, unless an end is one of the two.
        """
        space = Space(self.hyperparameters)
        groups = self._places(space, self.end_order)
        if not self.constraint:
            low, _, high = bracket_of_minimum(self._scores(groups))
        else:
            low, high = bracket_of_threshold(self._met(groups))
        return tuple(self._value(space.parameters[0], place) for place in (low, high))

    def answer(self):
        """Returns what the search has found so far, as a sentence."""
        best, name = self.get_best_trials(), Space(self.hyperparameters).parameters[0].hp.name
        if not best:
            return f"BinarySearch: no trial has {'met the bound' if self.constraint else 'ended'}."
        value, (low, high) = best[0].hyperparameters.get(name), map(_shown, self.bracket())
        if self.constraint is None:
            return (
                f"BinarySearch: the best {self.objective.name} is at {name} = {_shown(value)}, "
                f"between {low} and {high}."
            )
        which = "largest" if self.largest else "smallest"
        found = f"BinarySearch: the {which} {name} that meets {self.constraint} is {_shown(value)}"
        return f"{found}, the end of its range." if low == high else f"{found}; {high} does not."

    # --- steps ------------------------------------------------------------------------------------

    def _to_be_repeated(self, space):
        """Returns the first setting that has not had all of its trials, or None."""
        for trials in self._places(space, self.start_order).values():
            if len(trials) < self.repeats:
                return space.setting_of(trials[0].hyperparameters.values)
        return None

    def _places(self, space, names):
        """Returns the trials of each place; for the smallest value the line is turned round."""
        parameter, places = space.parameters[0], {}
        for name in names:
            values = space.setting_of(self.trials[name].hyperparameters.values)
            place = self._place(parameter, values[parameter.hp.name])
            places.setdefault(place, []).append(self.trials[name])
        return places

    def _next_place(self, parameter, pending):
        line = self._line(parameter)
        groups = self._places(Space(self.hyperparameters), self.end_order)
        groups = {place: trials for place, trials in groups.items() if place not in pending}
        if self.constraint:
            met = self._met(groups)
            self._check_that_an_end_meets_it(met, parameter, groups)
            return bisection(met, pending, line)
        self._warn_of_two_minima(parameter, groups)
        return golden_section(self._scores(groups), pending, line, self.widest_gap)

    def _line(self, parameter):
        if parameter.values is None:
            return Line(None, _TOLERANCE if self.tolerance is None else self.tolerance)
        places = sorted(self._place(parameter, value) for value in parameter.values)
        return Line(tuple(places), self.tolerance or 0.0)

    def _place(self, parameter, value):
        """Returns the place of a value on the line; without rounding a logarithm misses the end."""
        place = round(float(parameter.encode(value)[0]), _DIGITS)
        return round(1.0 - place, _DIGITS) if self._is_turned else place

    def _value(self, parameter, place):
        return parameter.decode([1.0 - place if self._is_turned else place])

    @property
    def _is_turned(self):
        """Whether the line runs from the maximum to the minimum."""
        return self.constraint is not None and not self.largest

    def _loss(self, trial):
        """Returns the score of a trial as something to be minimised; inf where it has failed."""
        if trial.status != TrialStatus.COMPLETED:
            return math.inf
        return -trial.score if self.objective.direction == "max" else trial.score

    def _scores(self, groups):
        return {place: _mean(map(self._loss, trials)) for place, trials in groups.items()}

    def _met(self, groups):
        means = {place: _mean(map(self._metric, trials)) for place, trials in groups.items()}
        return {place: self.constraint.is_met(mean) for place, mean in means.items()}

    def _metric(self, trial):
        """Returns the constrained metric at the trial's best step; NaN where the trial failed."""
        if trial.status != TrialStatus.COMPLETED:
            return math.nan
        name = self.constraint.metric
        if not trial.metrics.exists(name):
            rule = "the constraint must name a metric that the trials report"
            hint = f"They report {listing(sorted(trial.metrics.metrics))}."
            received = {"constraint": str(self.constraint)}
            raise SearchError(describe(type(self).__name__, rule, hint, **received))
        history = trial.metrics.get_history(name)
        at_best = [seen for seen in history if seen.step == trial.best_step]
        return float((at_best or history)[-1].mean())

    def _check_that_an_end_meets_it(self, met, parameter, groups):
        if met.get(0.0, True) or met.get(1.0, True):
            return
        ends = sorted(
            (trials[0].hyperparameters.get(parameter.hp.name), _mean(map(self._metric, trials)))
            for place, trials in groups.items()
            if place in (0.0, 1.0)
        )
        shown = " and ".join(f"{score:.4g} at {_shown(value)}" for value, score in ends)
        rule = f"no end of `{parameter.hp.name}` meets {self.constraint}"
        hint = f"{self.constraint.metric} is {shown}. Widen the range, or lower the bound."
        raise SearchError(describe(type(self).__name__, rule, hint))

    def _warn_of_two_minima(self, parameter, groups):
        """Says once where the trials contradict the assumption that there is one minimum."""
        losses = {place: list(map(self._loss, trials)) for place, trials in groups.items()}
        found = two_minima(self._scores(groups), least_hump(losses))
        if self._has_warned or found is None:
            return
        self._has_warned = True
        left, hump, right = (_shown(self._value(parameter, place)) for place in found)
        warnings.warn(
            f"{type(self).__name__}: the trials show two minima of `{parameter.hp.name}`, near "
            f"{left} and {right}, with worse scores at {hump} between them. A binary search may "
            "miss the better one: try BayesianOptimization.",
            stacklevel=2,
        )


def _mean(numbers):
    """Returns the mean of the finite ones; of none, the first."""
    numbers = list(numbers)
    finite = [number for number in numbers if math.isfinite(number)]
    return statistics.fmean(finite) if finite else numbers[0]


def _shown(value):
    return f"{value:.4g}" if isinstance(value, float) else str(value)
