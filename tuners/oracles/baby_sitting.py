"""Baby-sitting: each trial follows from the diagnosis of the earlier ones (guide row 75)."""

import itertools
import math

import numpy as np
from keras_tuner.engine.trial import Trial, TrialStatus

from recipes.errors import check_flag, check_integer
from tuners.oracles.base import Oracle, arguments_of
from tuners.sitting.asking import Proposal, ask_in_terminal, check_terminal
from tuners.sitting.remedies import DOWN, REMEDIES, UP, changed, in_order, role_of
from tuners.sitting.verdicts import Verdict, judge
from tuners.space import setting_key

_NEAR = 1e-4  # share of the range
_SHARES = (1.0, 0.5, 0.25, 0.125, 1 / 16, 1 / 32)  # of a step


class BabySittingOracle(Oracle):
    """Changes one hyperparameter at a time, as a person would who looks at the curves.

    The best trial so far is diagnosed. Each verdict has its remedies, in the order of the guide:
    a rate that is too large or too small first; then dropout, normalization, augmentation, depth
    and width. A change that does not help is taken back, and the next remedy is tried. When no
    remedy is left, smaller steps of every parameter are. Where a tuner reports once a trial, as a
    plain `keras_tuner.Tuner` does, the scores alone are judged.

    The same trials always have the same next trial; `reasons` says why each was made.

    Args:
        objective: As in `keras_tuner.Oracle`.
        max_trials: The number of trials, at most.
        seed: A whole number of at least 0, or None; the search itself needs none.
        hyperparameters: Search space, or None. Parameters are known by their usual names, such as
            `learning_rate`, `dropout`, `weight_decay`, `units`.
        allow_new_entries: Whether the model may ask for more hyperparameters.
        tune_new_entries: Whether these are tuned.
        max_retries_per_trial: How often a trial that failed is tried again.
        max_consecutive_failed_trials: After how many failures in a row the search gives up.
        num_classes: Number of classes, which tells the loss of a guess; None takes the first loss
            of each trial for it.
        interactive: Whether a person is shown each diagnosis and asked about the change.
        ask: Function from a `Proposal` and a complaint about the last answer to the answer, as
            `ask_in_terminal`; None asks in the terminal.

    Attributes:
        reasons: Dict from the names of the trials to why they were made.

    Raises:
        ArgumentError: If an argument breaks its rule, or there is no terminal to ask in.
    """

    def __init__(
        self,
        objective=None,
        max_trials=10,
        seed=None,
        hyperparameters=None,
        allow_new_entries=True,
        tune_new_entries=True,
        max_retries_per_trial=0,
        max_consecutive_failed_trials=3,
        *,
        num_classes=None,
        interactive=False,
        ask=None,
    ):
        super().__init__(**arguments_of(Oracle, locals()))
        where = type(self).__name__
        if num_classes is not None:
            num_classes = check_integer(where, "num_classes", num_classes, 1)
        self.num_classes = num_classes
        self.interactive = check_flag(where, "interactive", interactive)
        if self.interactive and ask is None:
            check_terminal(where)
        self._ask = ask or ask_in_terminal
        self.reasons, self._reason = {}, ""

    def suggest(self, space, number, tried):
        """Returns the best setting with one change, or the middle of the space at first."""
        if not self.trials:
            self._reason = "the first trial: the middle of each range"
            return space.decode([0.5] * len(space.groups))
        known = [space.encode(trial.hyperparameters.values) for trial in self.trials.values()]
        for proposal, setting in self._proposals(space):
            place = space.encode(setting)
            if setting_key(setting) in tried or _is_near(place, known):
                continue
            known.append(place)
            if self.interactive:
                answer = self._answer(space, proposal, setting, tried)
                if answer == "next":
                    continue
                setting = answer
            else:
                self._reason = str(proposal)
            return setting
        return None

    def populate_space(self, trial_id):
        """As in `Oracle`; where there are defaults, these are the first trial."""
        self._reason = "the first trial: the defaults"
        return super().populate_space(trial_id)

    # --- what to change ---------------------------------------------------------------------------

    def _proposals(self, space):
        """Yields pairs of a proposal and its setting, the most promising first."""
        ended = [self.trials[name] for name in self.end_order]
        pending = [self.trials[name] for name in self.start_order if name not in self.end_order]
        ranked = sorted(ended, key=self._cost_of) or pending[:1]
        best = ranked[0] if math.isfinite(self._cost_of(ranked[0])) else (ended or pending)[-1]
        verdict, values = self._verdict(best), _within(space, best.hyperparameters.values)
        reason = self._in_words(best, verdict, ended)
        losses = self._costs_of_all(space, ended)
        for remedy in REMEDIES[verdict.name]:
            for parameter in self._active(space, values, remedy.role):
                changes = _changes(
                    space, values, parameter, remedy.direction, reason, factor=remedy.factor
                )
                yield from (each for each in changes if not _was_no_better(losses, *each))
        reason += "; no remedy is left, so a step to the side" if REMEDIES[verdict.name] else ""
        yield from _steps(space, values, reason, _SHARES)
        for trial in [*ranked, *pending]:
            values = _within(space, trial.hyperparameters.values)
            reason = f"nothing is left beside the best; trial {trial.trial_id} has other neighbours"
            yield from _steps(space, values, reason, _SHARES)

    def _active(self, space, values, role):
        named = [p for p in space.parameters if role_of(p.hp.name) == role]
        return [parameter for parameter in named if _is_active(parameter, values)]

    def _costs_of_all(self, space, ended):
        """Returns pairs of a setting and its loss."""
        return [(_within(space, t.hyperparameters.values), self._cost_of(t)) for t in ended]

    def _verdict(self, trial):
        if trial.trial_id not in self.end_order:
            return Verdict("unknown", "is still running")
        classes = self.num_classes
        return judge(trial, None if classes is None else math.log(max(classes, 2)))

    def _cost_of(self, trial):
        """Returns the score of a trial as something to be minimised.

        It is inf where there is none, and where the training has diverged: what it scored before
        is nothing to build on.
        """
        ended = trial.trial_id in self.end_order and trial.status == TrialStatus.COMPLETED
        if not ended or self._verdict(trial).name == "diverged":
            return math.inf
        return -trial.score if self.objective.direction == "max" else trial.score

    def _in_words(self, best, verdict, ended):
        is_back = ended and ended[-1] is not best
        back = f"trial {ended[-1].trial_id} was no better; " if is_back else ""
        return f"{back}trial {best.trial_id} {verdict.text}"

    # --- whom to ask ------------------------------------------------------------------------------

    def _answer(self, space, proposal, setting, tried):
        """Returns the setting that a person decides on, None for no other trial, or "next"."""
        parameter = next(
            p for p in space.parameters if p.hp.name == proposal.name and _is_active(p, setting)
        )
        complaint = ""
        while True:
            answer = str(self._ask(proposal, complaint)).strip()
            if answer in ("next", "stop"):
                return "next" if answer == "next" else None
            value = parameter.read(answer) if answer else proposal.new
            if value is None:
                complaint = f"{answer!r} is no value of {proposal.name}."
                continue
            chosen = _within(space, {**setting, proposal.name: value})
            if setting_key(chosen) in tried:
                complaint = f"{proposal.name} = {answer} was tried already, all else being equal."
            else:
                self._reason = str(proposal) if not answer else f"{proposal}; chosen: {answer}"
                return chosen

    # --- why each trial was made ------------------------------------------------------------------

    def _new_trial(self):
        trial = super()._new_trial()
        if trial.status == TrialStatus.RUNNING and self.verbose:
            print(f"Trial {trial.trial_id}: {self.reasons[trial.trial_id]}")
        return trial

    def _save_trial(self, trial):
        """Writes the reason of a new trial down as the message of its beginning."""
        if trial.status == TrialStatus.RUNNING:
            self.reasons[trial.trial_id] = self._reason
            trial = Trial.from_state({**trial.get_state(), "message": self._reason})
        super()._save_trial(trial)

    def _take_in(self, trial):
        if trial.status == TrialStatus.RUNNING:
            self.reasons[trial.trial_id] = trial.message
        super()._take_in(trial)

    def _forget(self):
        super()._forget()
        self.reasons = {}


def _is_near(place, known):
    """Whether a place was tried but for rounding, as a rate divided by 3 and multiplied again."""
    distances = np.abs(np.array(known) - place).max(axis=1)
    return bool((distances < _NEAR).any())


def _was_no_better(losses, proposal, setting):
    """Whether the same change of one parameter has not helped beside other values before."""
    name = proposal.name
    known = {setting_key(values): loss for values, loss in losses}
    for values, loss in losses:
        if values.get(name) == proposal.new:
            before = known.get(setting_key({**values, name: proposal.old}))
            if before is not None and loss >= before:
                return True
    return False


def _steps(space, values, reason, shares):
    """Yields the steps of every parameter to both sides, the whole ones first."""
    for share, parameter in itertools.product(shares, in_order(space.parameters)):
        if _is_active(parameter, values):
            for direction in (UP, DOWN):
                yield from _changes(space, values, parameter, direction, reason, share=share)


def _changes(space, values, parameter, direction, reason, **size):
    name = parameter.hp.name
    for value in changed(parameter, values[name], direction, **size):
        setting = _within(space, {**values, name: value})
        yield Proposal(name, values[name], value, reason), setting


def _within(space, values):
    """Returns the setting nearest to values, which may be of another space or another condition."""
    setting = space.setting_of(values)
    for parameter in space.parameters:
        name = parameter.hp.name
        if _is_active(parameter, setting) and parameter.read(str(setting[name])) is None:
            setting[name] = parameter.decode(parameter.encode(setting[name]))
    return space.setting_of(setting)


def _is_active(parameter, values):
    return all(condition.is_active(values) for condition in parameter.hp.conditions)
