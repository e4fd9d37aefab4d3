"""The brackets of Hyperband: successive halving, with a different number of epochs to begin with.

    s        number of the bracket, from the largest down to 0: s times a part of it is stopped
    k        round within the bracket, from 0 to s
    size     how many trials a round has
    epochs   how many epochs a trial has had at the end of a round

A trial's number says its bracket: the first `size(s, 0)` trials are those of the first bracket, and
so on, from the beginning again when all brackets have their trials.
"""

import bisect
import dataclasses
import itertools
import math
from typing import ClassVar

from recipes.errors import ArgumentError, check_integer, describe
from tuners.pruning.base import Pruner
from tuners.pruning.curve import ranked


@dataclasses.dataclass(frozen=True, kw_only=True)
class HyperbandBrackets(Pruner):
    """Lets the best of each round go on to the next one (Li et al. 2017, arXiv:1603.06560).

    Sizes and epochs are keras_tuner's. Who goes on is what it would be if each round waited for
    all of its trials; but a trial goes on as soon as no trial that is still running could take its
    place. Nobody waits for a trial that has failed; one that ended by itself counts with what it
    has.

    Brackets have no other grace period than their own epochs: the last one stops no trial.

    Args:
        max_epochs: Epochs of the longest trials.
        factor: By which a round has fewer trials and more epochs than the one before.
        min_epochs: Epochs of the shortest trials, at least.

    Raises:
        ArgumentError: If a value breaks its rule.
    """

    continues_trials: ClassVar[bool] = True

    max_epochs: int = 100
    factor: int = 3
    min_epochs: int = 1

    def __post_init__(self):
        for name, least in (("max_epochs", 1), ("factor", 2), ("min_epochs", 1)):
            check_integer(type(self).__name__, name, getattr(self, name), least)
        if self.min_epochs > self.max_epochs:
            rule = f"`min_epochs` must be at most max_epochs={self.max_epochs}"
            raise ArgumentError(describe(type(self).__name__, rule, min_epochs=self.min_epochs))
        if self.grace is not None:
            rule = (
                "brackets have no grace period (`grace`); `min_epochs` is their shortest training"
            )
            raise ArgumentError(describe(type(self).__name__, rule, grace=self.grace))

    def prepared(self, *, epochs, grace):
        """Returns the brackets as they are: they have epochs of their own."""
        return self

    # --- the arithmetic ---------------------------------------------------------------------------

    @property
    def brackets(self):
        """The numbers of the brackets in the order in which they begin."""
        shortest = (self.max_epochs / self.factor**s for s in itertools.count())
        count = sum(1 for _ in itertools.takewhile(lambda e: e >= self.min_epochs, shortest))
        return list(range(count - 1, -1, -1))

    @property
    def trials(self):
        """How many trials all brackets begin."""
        return sum(self.size(s, 0) for s in self.brackets)

    def size(self, s, k):
        """Returns how many trials round k of bracket s has."""
        last = math.ceil(1 + math.log(self.max_epochs, self.factor)) / (s + 1)
        return math.ceil(last * self.factor ** (s - k))

    def epochs(self, s, k):
        """Returns how many epochs a trial has had at the end of round k of bracket s."""
        return math.ceil(self.max_epochs / self.factor ** (s - k))

    def place(self, number):
        """Returns the bracket of a trial and the range of its trials' numbers, as a pair."""
        turn, left = divmod(number, self.trials)
        ends = list(itertools.accumulate(self.size(s, 0) for s in self.brackets))
        index = bisect.bisect_right(ends, left)
        s, end = self.brackets[index], turn * self.trials + ends[index]
        return s, range(end - self.size(s, 0), end)

    # --- what a pruner says -----------------------------------------------------------------------

    def is_hopeless(self, curve, others):
        """Whether a trial is at the end of a round, and it is not certain that it goes on."""
        s, numbers = self.place(curve.number)
        ends = [self.epochs(s, k) for k in range(s)]
        if curve.epochs not in ends:
            return False
        rounds = self._rounds(s, numbers, [curve, *others], closed=False)
        return curve not in rounds[ends.index(curve.epochs) + 1]

    def to_continue(self, curves, *, closed=False):
        """Returns the number of a trial that is certain to go on, of the oldest bracket first."""
        newest = max((curve.number for curve in curves), default=-1)
        number = 0
        while number <= newest:
            s, numbers = self.place(number)
            rounds = self._rounds(s, numbers, curves, closed=closed)
            for k in range(s, 0, -1):
                for curve in rounds[k]:
                    if curve.state == "stopped" and curve.epochs < self.epochs(s, k):
                        return curve.number
            number = numbers.stop
        return None

    def _rounds(self, s, numbers, curves, *, closed):
        """Returns the curves that are certain to be in each round of a bracket, as s + 1 lists."""
        newest = max(curve.number for curve in curves)
        coming = 0 if closed else sum(number > newest for number in numbers)
        rounds = [[curve for curve in curves if curve.number in numbers]]
        for k in range(s):
            certain, coming = self._next_round(s, k, rounds[k], coming)
            rounds.append(certain)
        return rounds

    def _next_round(self, s, k, curves, coming):
        """Returns who is certain to be in the next round, and how many more may come to it.

        Args:
            s: The bracket.
            k: The round.
            curves: The curves that are certain to be in the round.
            coming: How many more may come to it.
        """
        epochs = self.epochs(s, k)
        beyond = [curve for curve in curves if curve.epochs > epochs]
        before = [curve for curve in curves if curve.epochs < epochs]
        here = [curve for curve in curves if curve.epochs == epochs]
        here += [curve for curve in before if curve.state == "ended"]
        open_ = coming + sum(curve.state in ("running", "stopped") for curve in before)
        places = self.size(s, k + 1) - len(beyond)
        known = ranked(here, epochs)
        certain = known[: max(0, places - open_)]  # all that are open may yet be better
        left = len(known) - len(certain) + open_
        return beyond + certain, max(0, min(places - len(certain), left))
