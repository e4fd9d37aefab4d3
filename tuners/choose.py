"""Which search suits a space and a budget, with what each costs and assumes (guide row 90)."""

import dataclasses

import keras_tuner

from recipes.errors import ArgumentError, check_integer, describe
from tuners.grids import Grid
from tuners.sitting.remedies import role_of
from tuners.space import Space

_ALL_POINTS = 1_000  # as many as a parameter whose values are listed can have
_POINTS = 10  # values that a grid takes of a number without steps
_BINARY_TRIALS = 11  # golden section to 0.01 of the range: 1 + log(0.01) / log(0.618)
_TRIALS_EACH = 2  # for each parameter; with fewer a surrogate knows nothing yet
_ROUNDS = 3  # with fewer trials one after the other, none can learn much from another
_MANY_TRIALS = 100  # from here on most trials can be stopped early


@dataclasses.dataclass(frozen=True)
class Method:
    """One search.

    Args:
        name: Name of the tuner class.
        cost: Trials it takes in this space.
        assumption: What must hold for it to work well.
        weakness: Where it fails.
    """

    name: str
    cost: str
    assumption: str
    weakness: str


@dataclasses.dataclass(frozen=True)
class Choice:
    """The search that suits best.

    Args:
        name: Name of the tuner class.
        reason: Why this one, as a sentence.
        table: Tuple with a `Method` for every search.
    """

    name: str
    reason: str
    table: tuple

    def __str__(self):
        lines = [f"{self.name}: {self.reason}"]
        for method in self.table:
            lines += [
                f"  {method.name}",
                f"    cost:     {method.cost}",
                f"    assumes:  {method.assumption}",
                f"    weakness: {method.weakness}",
            ]
        return "\n".join(lines)


@dataclasses.dataclass(frozen=True)
class _Facts:
    """What the rules look at."""

    parameters: int
    settings: int | None  # None where a number has no steps, or over a thousand
    grid: int
    is_ordered: bool  # whether each parameter has an order
    is_familiar: bool  # whether a parameter has one of the usual names
    trials: int
    workers: int


_RULES = (
    (
        "GridSearch",
        lambda f: f.settings is not None and f.settings <= f.trials,
        "all {settings:,} settings can be tried in {trials:,} trials.",
    ),
    (
        "BinarySearch",
        lambda f: f.parameters == 1 and f.is_ordered and f.workers < _ROUNDS,
        "one parameter with an order: each trial leaves out a part of the range.",
    ),
    (
        "RandomSearch",
        lambda f: f.workers > 1 and f.trials < _ROUNDS * f.workers,
        "{workers:,} workers begin most of {trials:,} trials before any has ended: no trial could "
        "learn from another.",
    ),
    (
        "BabySitting",
        lambda f: f.trials < _TRIALS_EACH * f.parameters and f.is_familiar,
        "{trials:,} trials for {parameters:,} parameters teach a surrogate nothing; the curves of "
        "each trial say what to change.",
    ),
    (
        "Hyperband",
        lambda f: f.trials >= _MANY_TRIALS,
        "of {trials:,} trials most can be stopped after a few epochs.",
    ),
    (
        "BayesianOptimization",
        lambda f: True,
        "{trials:,} trials for {parameters:,} parameters: a surrogate makes the most of each.",
    ),
)


def choose_search(space, max_trials, workers=1):
    """Names the search that suits a space and a budget, and says what all of them cost.

    Args:
        space: A `keras_tuner.HyperParameters`, a `keras_tuner.HyperModel`, or a function from
            hyperparameters to a model, which is called once.
        max_trials: Number of trials that can be run.
        workers: Number of trials that run at the same time.

    Returns:
        A `Choice`; printed, it is the whole table.

    Raises:
        ArgumentError: If a number is less than 1, or there is nothing to tune.

    Example:

        print(choose_search(search_space("resnet", trials=30), max_trials=30))
    """
    trials = check_integer("choose_search", "max_trials", max_trials, 1)
    workers = check_integer("choose_search", "workers", workers, 1)
    facts = _gather(Space(_hyperparameters(space)), trials, workers)
    name, _, reason = next(rule for rule in _RULES if rule[1](facts))
    return Choice(name, reason.format(**dataclasses.asdict(facts)), _table(facts))


def _hyperparameters(space):
    if isinstance(space, keras_tuner.HyperParameters):
        return space
    hp = keras_tuner.HyperParameters()
    if isinstance(space, keras_tuner.HyperModel):
        space.build(hp)
    elif callable(space):
        space(hp)
    else:
        rule = "`space` must be HyperParameters, a HyperModel or a function that builds a model"
        raise ArgumentError(describe("choose_search", rule, space=type(space).__name__))
    return hp


def _gather(space, trials, workers):
    if not space.parameters:
        rule = "the space must have a parameter to tune"
        raise ArgumentError(describe("choose_search", rule, "Declare one, as hp.Float(…)."))
    grid = Grid(space, _POINTS).size
    is_counted = all(parameter.values is not None for parameter in space.parameters)
    return _Facts(
        parameters=len(space.parameters),
        settings=Grid(space, _ALL_POINTS).size if is_counted else None,
        grid=grid,
        is_ordered=all(parameter.columns == 1 for parameter in space.parameters),
        is_familiar=any(role_of(parameter.hp.name) for parameter in space.parameters),
        trials=trials,
        workers=workers,
    )


def _table(facts):
    """Returns the pros and cons of every search."""
    one = facts.parameters == 1 and facts.is_ordered
    return (
        Method(
            "BabySitting",
            "any number of trials; it needs few",
            "the curves show what is the matter: rate, overfitting, underfitting",
            "one change at a time; finds the nearest good setting, not the best",
        ),
        Method(
            "GridSearch",
            f"{facts.grid:,} trials, {_POINTS} values of each number without steps",
            "few parameters with few values",
            "the cost grows exponentially; trials are spent on parameters that do not matter",
        ),
        Method(
            "BinarySearch",
            f"about {_BINARY_TRIALS} trials" if one else "not possible: it needs one parameter",
            "one parameter with an order, a smooth error with one minimum",
            "no guarantee where there are several minima; noise asks for repeats",
        ),
        Method(
            "RandomSearch",
            "any number of trials, all of them at once if need be",
            "only some of the parameters matter",
            "learns nothing from its trials",
        ),
        Method(
            "BayesianOptimization",
            f"{_TRIALS_EACH * facts.parameters:,} trials or more, some milliseconds for each",
            "nearby settings have similar scores",
            "a surrogate from few trials may mislead; many workers at once blunt it",
        ),
        Method(
            "Hyperband",
            f"{_MANY_TRIALS} trials or more, most of them short",
            "what is bad after a few epochs is bad at the end",
            "drops what learns slowly at first, such as small rates; needs a report each epoch",
        ),
    )
