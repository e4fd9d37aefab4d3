"""Sections on searches."""

from benchmarks.tables.markdown import table, with_error
from benchmarks.tables.section import Section

_NAMES = {
    "ours": "`BayesianOptimization`",
    "ours-priors": "the same, with the guide's values as priors",
    "ours-random": "`RandomSearch`",
    "ours-hyperband": "`Hyperband`",
    "ours-median": "`BayesianOptimization` with `MedianRule`",
    "ours-in-full": "`BayesianOptimization` without a pruner",
    "kt-bayesian": "KerasTuner Bayesian",
    "kt-hyperband": "KerasTuner's Hyperband",
    "kt-random": "KerasTuner random",
    "optuna-gp": "Optuna GP",
    "optuna-gp-in-full": "Optuna GP without a pruner",
    "optuna-tpe": "Optuna TPE",
    "optuna-tpe-hyperband": "Optuna TPE with its Hyperband pruner",
    "optuna-tpe-median": "Optuna TPE with its median rule",
    "ax": "Ax",
    "hebo": "HEBO",
}
_PRUNED = {"ours": "`BayesianOptimization` with `SuccessiveHalving(factor=2)`"}
_FAMILIES = ("tasks", "functions")
_REGRET = (
    "Mean normalised regret of the setting with the best value seen: 0 is the best that is known, "
    "1 the median of random settings."
)


def _regrets(unit, names):
    """Returns a function that tables regrets: by family, and of each problem at the end.

    Args:
        unit: "trials" or "epochs".
        names: Dict from contenders to what the page calls them.
    """

    def tables(figures):
        places, parts = figures[unit], []
        for family in _FAMILIES:
            rows = [row for row in figures["results"] if row["of"] == family]
            header = [family, "searches", *(f"{place} {unit}" for place in places)]
            lines = [_line(row, names) for row in rows]
            parts += [table(header, lines)] if rows else []
        return [*parts, f"Each problem, after {places[-1]} {unit}:", _problems(figures, names)]

    return tables


def _line(row, names):
    pairs = zip(row["mean"], row["error"], strict=True)
    name = names.get(row["contender"], row["contender"])
    return [name, row["searches"], *(with_error(mean, error) for mean, error in pairs)]


def _problems(figures, names):
    """Tables the regret at the last place: a row for each problem, a column for each contender."""
    found = {(row["of"], row["contender"]): row["mean"][-1] for row in figures["results"]}
    contenders = list(dict.fromkeys(contender for _, contender in found))
    problems = [of for of in dict.fromkeys(of for of, _ in found) if of not in _FAMILIES]
    means = [[found.get((problem, name)) for name in contenders] for problem in problems]
    cells = [["" if mean is None else f"{mean:z.3f}" for mean in row] for row in means]
    header = ["problem", *(names.get(name, name) for name in contenders)]
    return table(header, [[name, *row] for name, row in zip(problems, cells, strict=True)])


def _speed(figures):
    lines = [
        [_NAMES.get(name, name), *("too slow" if s is None else f"{s:.4f}" for s in seconds)]
        for name, seconds in figures["seconds"].items()
    ]
    return [table(["", *(f"{number} trials" for number in figures["trials"])], lines)]


def _scale(figures):
    rows = [
        [row["workers"], row["trials"], f"{row['trials_an_hour']:.0f}", f"{row['of_linear']:.2f}"]
        for row in figures["scaling"]
    ]
    load = figures["load"]
    said = (
        f"With {load['workers']} workers the search took {load['cpu_seconds']:.1f} s of processor "
        f"time in {load['seconds']:.0f} s, {load['core_of_the_search']:.1%} of a core."
    )
    return [table(["workers", "trials", "trials an hour", "of linear"], rows), said]


def _memory(figures):
    header = ["network", "search", "MB a trial", "objects a trial", "MB at the end"]
    return [table(header, [_left(row) for row in figures["rows"]])]


def _left(row):
    """Returns the line of a search: what each of its trials leaves."""
    name = {"ours": "`RandomSearch`"}.get(row["contender"], row["contender"])
    mb, objects, end = row["mb_a_trial"], row["objects_a_trial"], row["at_the_end"]["mb"]
    return [row["network"], name, f"{mb:z.1f}", f"{objects:z,.0f}", f"{end:,.0f}"]


SECTIONS = (
    Section(
        "search",
        "How few trials a search needs",
        f"{_REGRET} Tasks are five LCBench tasks, MLPs with seven parameters, called by their "
        "numbers; functions are Branin, Hartmann 6, Ackley 5 (its domain moved, so that its "
        "minimum is not the centre), Levy 4, and three with categories, conditions and noise.",
        _regrets("trials", _NAMES),
    ),
    Section(
        "search_pruning",
        "How few epochs a search needs",
        f"{_REGRET} By the epochs that were spent; 52 are one training in full.",
        _regrets("epochs", _NAMES | _PRUNED),
        "search --pruning",
    ),
    Section(
        "search_speed",
        "How long a suggestion takes",
        "Seconds of a suggestion in 8 dimensions, on one thread, by the trials that are known.",
        _speed,
        "search --speed",
    ),
    Section(
        "memory",
        "What a trial leaves in the memory",
        "The same random search by both, each in a process of its own, after a collection of "
        "garbage: the slope of the memory of the process, and of its Python objects, from the "
        "fifth trial on.",
        _memory,
    ),
    Section(
        "scale",
        "How searches over Ray scale",
        "Trials that sleep, and load no TensorFlow: what Ray and the search cost.",
        _scale,
    ),
)
