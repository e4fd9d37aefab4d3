"""Claims on searches (rows 47, 77, 79, 80): networks of LCBench on five OpenML tasks."""

from benchmarks.claims.claim import Claim, Experiment
from benchmarks.claims.searches import Search, Spread, TuningTask

_TASKS = tuple(TuningTask(name) for name in ("3945", "7593", "34539", "126025", "126026"))
_ALL = "batch_size learning_rate momentum weight_decay num_layers max_units max_dropout"
_FOUR = "learning_rate weight_decay momentum num_layers"


def _random_and_grid(parameters, trials):
    """Returns a random search and a grid over the same parameters."""
    return tuple(
        Search(method=method, parameters=parameters, trials=trials) for method in ("random", "grid")
    )


def _everywhere(first, second, metric="error"):
    return tuple(
        Experiment(data=task, first=first, second=second, metric=metric) for task in _TASKS
    )


CLAIMS = (
    Claim(
        rows="47",
        says="The learning rate matters more than the batch size.",
        compared="the deviation of the error over each one's range, all else fixed",
        experiments=_everywhere(
            Spread(parameter="learning_rate"), Spread(parameter="batch_size"), "spread"
        ),
        default="Few trials tune the learning rate alone.",
    ),
    Claim(
        rows="47",
        says="The learning rate matters more than the weight decay.",
        compared="the deviation of the error over each one's range, all else fixed",
        experiments=_everywhere(
            Spread(parameter="learning_rate"), Spread(parameter="weight_decay"), "spread"
        ),
        default="Few trials tune the learning rate alone.",
    ),
    Claim(
        rows="79",
        says="Random search is better than a grid: two parameters.",
        compared="9 random settings of rate and weight decay against a grid of 3 × 3",
        experiments=_everywhere(*_random_and_grid("learning_rate weight_decay", 9)),
        default="`RandomSearch` fills the space; a grid is for few values.",
    ),
    Claim(
        rows="79",
        says="Random search is better than a grid: four parameters, not all of which matter.",
        compared="16 random settings of rate, decay, momentum and layers against a grid of 2⁴",
        experiments=_everywhere(*_random_and_grid(_FOUR, 16)),
        default="`choose_search` names a grid only where all its settings can be tried.",
    ),
    Claim(
        rows="77",
        says="For one parameter bisection is better than a grid.",
        compared="7 trials of a golden section over the rate against a grid of 7",
        experiments=_everywhere(
            Search(method="golden section", parameters="learning_rate", trials=7),
            Search(method="grid", parameters="learning_rate", trials=7),
        ),
        default="`BinarySearch` for one parameter, with a warning of two minima.",
    ),
    Claim(
        rows="80",
        says="Bayesian search learns from earlier trials, and is better than random search.",
        compared="20 trials of each, over all seven parameters",
        experiments=_everywhere(
            Search(method="Bayesian", parameters=_ALL, trials=20),
            Search(method="random", parameters=_ALL, trials=20),
        ),
        default="`BayesianOptimization` is what `tuners search` takes.",
    ),
)
