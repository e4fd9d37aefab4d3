"""Learning rate schedules by name (guide rows 48, 50, 54); Keras' own wherever it has one.

A schedule is a function of the step alone, and of any real step: `schedule(share * total_steps)`
is the rate when that share of the run is over, also where the run is measured in seconds and
`total_steps` is only a scale.
"""

import itertools

import keras
from keras import ops
from keras.optimizers import schedules

from recipes.errors import ArgumentError, check_integer, check_one_of, check_range, describe

SCHEDULES = ("cosine", "cyclic", "one_cycle", "step", "plateau", "constant")

MILESTONES = (0.5, 0.75)  # shares of the run: 32,000 and 48,000 of 64,000 steps in He et al. 2015
_STEP_FACTOR = 0.1  # He et al. 2015; the guide names 0.1, 0.3 and 0.5 (row 54)
_CYCLES = 3  # so many make an accurate network (Smith 2017, section 3.2)
_CYCLIC_LOW = 0.25  # of the peak; "1/3 or 1/4" (Smith 2017, section 3.3)
_ONE_CYCLE_RISE = 0.45  # up and down alike, and a tenth of the run for the end
_ONE_CYCLE_END = 0.1  # share of the run in which the rate falls to almost nothing
_ONE_CYCLE_LOW = 0.1  # of the peak, where the cycle begins and ends (Smith 2018, section 4.1)
_ONE_CYCLE_LAST = 0.001  # of the peak: "several orders of magnitude" below (Smith & Topin 2018)


def make_schedule(
    name, peak, total_steps, *, warmup=0.0, factor=None, cycles=None, milestones=MILESTONES
):
    """Returns a learning rate, or a Keras schedule of it.

    Args:
        name: One of
            "cosine": warm-up to the peak, then a cosine to 0, `cycles` times (Loshchilov & Hutter
            2017, arXiv:1608.03983; Goyal et al. 2017, arXiv:1706.02677);
            "cyclic": `cycles` times up to the peak and back to a quarter of it, in straight lines
            (Smith 2017, arXiv:1506.01186);
            "one_cycle": from a tenth of the peak up to it, back, and to a thousandth of it in the
            last tenth of the run (Smith & Topin 2018, arXiv:1708.07120);
            "step": times `factor` at each of the `milestones` (guide row 54);
            "plateau", "constant": the peak. A plateau's rate falls by `HalveOnPlateau`.
        peak: The highest rate, without a unit.
        total_steps: Length of the run, in steps (batches).
        warmup: Share of the run in which the rate rises to the peak, in [0, 0.9]. In "one_cycle" 0
            stands for 0.45 of the run, and in "cyclic" the rate rises to where the first cycle
            begins. "plateau" and "constant" have none.
        factor: What the rate is multiplied by, in (0, 1]: at each milestone of "step" (None: 0.1;
            the guide names 0.3 and 0.5 as well), and the peak with each new cycle (None: 1).
        cycles: Number of cycles; None for 1 in "cosine" and 3 in "cyclic".
        milestones: Shares of the run at which "step" multiplies the rate, rising, in (0, 1).

    Returns:
        A float for "plateau" and "constant", else a `LearningRateSchedule` that Keras can save.
        After the last step the rate stays as it is.

    Raises:
        ArgumentError: If an argument breaks its rule.

    Example:

        rate = make_schedule("cosine", 0.1, total_steps=30 * 24, warmup=0.1)
        model.compile(keras.optimizers.SGD(rate, momentum=0.9), "sparse_categorical_crossentropy")
        print(preview(rate, 30 * 24))
    """
    check_one_of("make_schedule", "schedule", name, SCHEDULES)
    peak = check_range("make_schedule", "peak", peak, 0, 1e6, open_low=True)
    total_steps = check_integer("make_schedule", "total_steps", total_steps, 1)
    warmup = check_range("make_schedule", "warmup", warmup, 0, 0.9)
    if factor is not None:
        factor = check_range("make_schedule", "factor", factor, 0, 1, open_low=True)
    if cycles is not None:
        cycles = check_integer("make_schedule", "cycles", cycles, 1)
    warmup_steps = min(round(warmup * total_steps), total_steps - 1)
    if name == "cosine":
        return _cosine(peak, total_steps, warmup_steps, cycles or 1, factor or 1.0)
    if name == "cyclic":
        return _cyclic(peak, total_steps, warmup_steps, cycles or _CYCLES, factor or 1.0)
    if name == "one_cycle":
        return _one_cycle(peak, total_steps, warmup_steps)
    if name == "step":
        return _step(peak, total_steps, warmup_steps, factor or _STEP_FACTOR, milestones)
    return peak


def _cosine(peak, total_steps, warmup_steps, cycles, factor):
    decay_steps = total_steps - warmup_steps
    if cycles > 1:
        restarts = schedules.CosineDecayRestarts(peak, decay_steps / cycles, 1.0, factor)
        return WarmUp(restarts, warmup_steps, decay_steps - 1)  # one step more would begin anew
    if warmup_steps == 0:
        return schedules.CosineDecay(peak, decay_steps)
    return schedules.CosineDecay(0.0, decay_steps, warmup_target=peak, warmup_steps=warmup_steps)


def _cyclic(peak, total_steps, warmup_steps, cycles, factor):
    low, half = _CYCLIC_LOW * peak, (total_steps - warmup_steps) / cycles / 2
    steps = [warmup_steps + half * index for index in range(2 * cycles + 1)]
    tops = [low + (peak - low) * factor**cycle for cycle in range(cycles)]
    rates = [low, *(rate for top in tops for rate in (top, low))]
    if warmup_steps:
        steps, rates = [0, *steps], [0.0, *rates]
    return PiecewiseLinear(steps, rates)


def _one_cycle(peak, total_steps, warmup_steps):
    low, last = _ONE_CYCLE_LOW * peak, _ONE_CYCLE_LAST * peak
    top = warmup_steps or _ONE_CYCLE_RISE * total_steps
    end = max(1 - _ONE_CYCLE_END, (1 + top / total_steps) / 2) * total_steps
    return PiecewiseLinear([0, top, end, total_steps], [low, peak, low, last])


def _step(peak, total_steps, warmup_steps, factor, milestones):
    starts = [start - warmup_steps for start in _starts(milestones, total_steps, warmup_steps)]
    rates = [peak * factor**index for index in range(len(starts) + 1)]
    # Keras keeps a rate up to its boundary and with it: the new one begins a step later.
    decay = schedules.PiecewiseConstantDecay([start - 1 for start in starts], rates)
    return WarmUp(decay, warmup_steps, total_steps - warmup_steps) if warmup_steps else decay


def _starts(milestones, total_steps, warmup_steps):
    """Returns the first step of each lower rate."""
    try:
        shares = [float(share) for share in milestones]
    except (TypeError, ValueError):
        shares = []
    low = warmup_steps / total_steps
    if shares and shares == sorted(set(shares)) and low < shares[0] and shares[-1] < 1:
        return [max(round(share * total_steps), warmup_steps + 1) for share in shares]
    rule = f"`milestones` must be rising shares of the run, each in ({low:g}, 1)"
    hint = "Divide epochs by the number of epochs of the run; the warm-up comes before them."
    raise ArgumentError(describe("make_schedule", rule, hint, milestones=milestones))


@keras.saving.register_keras_serializable("recipes")
class PiecewiseLinear(schedules.LearningRateSchedule):
    """Straight lines from one point to the next; before the first and after the last it is level.

    Args:
        steps: The steps of the points, strictly rising; whole numbers or not.
        rates: The rate at each of them.

    Raises:
        ArgumentError: If the steps do not rise, or there are not as many rates.
    """

    def __init__(self, steps, rates):
        super().__init__()
        rises = all(low < high for low, high in itertools.pairwise(steps))
        if not rises or len(steps) != len(rates) or not steps:
            rule = "`steps` must rise strictly, with a rate for each of them"
            raise ArgumentError(describe("PiecewiseLinear", rule, steps=steps, rates=rates))
        self.steps = [float(step) for step in steps]
        self.rates = [float(rate) for rate in rates]

    def __call__(self, step):
        """Returns the rate at a step, a whole number or not."""
        step = ops.cast(step, "float32")
        rate = ops.cast(self.rates[0], "float32")
        for index in range(len(self.steps) - 1):
            (start, end), (low, high) = self.steps[index : index + 2], self.rates[index : index + 2]
            rate += (high - low) * ops.clip((step - start) / (end - start), 0.0, 1.0)
        return rate

    def get_config(self):
        """Returns the arguments as JSON can hold them."""
        return {"steps": self.steps, "rates": self.rates}


@keras.saving.register_keras_serializable("recipes")
class WarmUp(schedules.LearningRateSchedule):
    """A straight line from 0 to where a schedule begins, then that schedule; then it stays.

    Args:
        schedule: The `LearningRateSchedule` after the warm-up; it begins with step 0.
        warmup_steps: Length of the warm-up, in steps; 0 for none.
        last_step: The step of `schedule` after which its rate stays as it is.
    """

    def __init__(self, schedule, warmup_steps, last_step):
        super().__init__()
        self.schedule = schedule
        self.warmup_steps = warmup_steps
        self.last_step = last_step

    def __call__(self, step):
        """Returns the rate at a step, a whole number or not."""
        after = ops.cast(step, "float32") - self.warmup_steps
        rate = self.schedule(ops.clip(after, 0.0, float(self.last_step)))
        return rate * ops.minimum(1.0 + after / max(self.warmup_steps, 1), 1.0)

    def get_config(self):
        """Returns the arguments as JSON can hold them."""
        return {
            "schedule": schedules.serialize(self.schedule),
            "warmup_steps": self.warmup_steps,
            "last_step": self.last_step,
        }

    @classmethod
    def from_config(cls, config):
        """Makes the schedule of `get_config` anew."""
        return cls(schedules.deserialize(config.pop("schedule")), **config)
