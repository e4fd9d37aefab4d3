"""Sections on trainings, and on what comes before and after them."""

import statistics

from benchmarks import builders, curves, recipe_parts, sizes
from benchmarks.tables.markdown import of_rich, span, table, with_error
from benchmarks.tables.section import Section
from benchmarks.training import results

_NAMES = {
    "keras": "Keras' defaults (Adam)",
    "still": "`recipes.fit` without shifts",
    "recipe": "`recipes.fit`",
    "search": "`tuners search`",
    "batch": "batch normalization",
    "none": "no norm",
}


def _by_seed(key):
    """Returns a function that tables test accuracies: a row for each contender.

    Args:
        key: What the contenders are called in the rows.
    """

    def tables(figures):
        seeds = sorted({row["seed"] for row in figures["rows"]})
        lines = []
        for name, mean in figures["means"].items():
            own = {row["seed"]: row for row in figures["rows"] if row[key] == name}
            scores = [f"{own[seed]['test_accuracy']:.3f}" if seed in own else "" for seed in seeds]
            seconds = statistics.median(row["seconds"] for row in own.values())
            lines.append([_NAMES.get(name, name), f"{mean:.3f}", *scores, f"{seconds:.0f}"])
        header = ["", "mean", *(f"seed {seed}" for seed in seeds), "median seconds"]
        return [table(header, lines)]

    return tables


def _recipes(figures):
    parts = []
    for task, found in figures["results"].items():
        title = f"{task.capitalize()}, {figures['each']}: {found['metric']}"
        parts += [title, of_rich(results.table(None, found["contenders"]))]
    return parts


def _recipe_parts(figures):
    held, rows = figures["held"], figures["rows"]
    size = ", ".join(f"{name} {value:g}" for name, value in held["size"].items())
    said = (
        f"`fit` took {size}, made {held['steps']:,} steps in {held['budget']}, and named "
        f"{held['accuracy']:.3f} of the test images. Steps: {held['machine']}, "
        f"{1000 * held['step_seconds']['']:.0f} ms each where nothing else runs. Trainings: "
        f"{', '.join(figures['machines'])}."
    )
    return [said, *([of_rich(recipe_parts.table(rows))] if rows else [])]


def _sizes(figures):
    law, rows = figures["law"], figures["rows"]
    said = (
        f"The law of depth {sizes.SHALLOWEST}: error = {law['floor']:.3f} + {law['size']:.3f} / "
        f"width + {law['passes']:.3f} / passes, off by {law['root_mean_square']:.1%} in the mean "
        f"square and {law['largest']:.1%} at most; {law['passes_of_width_1']:.0f} passes weigh as "
        f"much as a width of 1. What depth 20 gains, in points: "
        f"{_gains_of_depth(rows)}. {_seeds(rows)}; trained by "
        f"{', '.join(figures['machines'])}."
    )
    return [of_rich(sizes.table(rows)), said]


def _seeds(rows):
    counts = {row["seeds"] for row in rows}
    return f"{span(min(counts), max(counts), 'd')} seeds each"


def _gains_of_depth(rows):
    """Returns what twice the depth gains, in points: of the widest networks, and of all others."""
    gains = {key: 100 * gain for key, gain in sizes.gains_of_depth(rows).items() if key[0] == 20}
    widest = max(width for _, width, _ in gains)
    wide = [f"{gain:+.1f} ({n} passes)" for (_, w, n), gain in gains.items() if w == widest]
    narrow = [gain for (_, w, _), gain in gains.items() if w < widest]
    ends = span(min(narrow), max(narrow), "+.1f")
    return f"at width {widest:g} {', '.join(wide)}; narrower {ends}"


def _ensembles(figures):
    parts = []
    for task, rows in figures["results"].items():
        parts += [f"{task.capitalize()}, {figures['members']} members:"]
        parts += [of_rich(results.table(None, rows))]
    return parts


def _builders(figures):
    lines = []
    for result in figures["results"]:
        for side in ("ours", "theirs"):
            counts = [f"{result[side][name]:,}" for name in ("parameters", "multiply_adds")]
            lines.append([result["network"], side, *counts])
    header = ["network", "", "parameters", "multiply-adds"]
    return [of_rich(builders.table(figures["results"])), table(header, lines)]


def _augmentation(figures):
    lines = []
    for row in figures["rows"]:
        ratios = [
            f"{row[name]['median']:.2f} ({span(row[name]['lowest'], row[name]['highest'], '.2f')})"
            for name in ("time_ratio", "cpu_ratio")
        ]
        lines.append([row["level"], f"{row['step_ms']:.0f}", *ratios, f"{row['batch_cpu_ms']:.1f}"])
    header = [
        "level",
        "step, ms",
        "time, of level 0",
        "processor time, of level 0",
        "a batch alone, ms of processor time",
    ]
    return [table(header, lines)]


def _epochs(figures):
    lines = []
    for row in figures["rows"]:
        seconds = [f"{row[name]:.1f}" for name in ("mean_s", "median_s", "longest_s")]
        lines.append([f"`{row['name']}`", *seconds, f"{row['ratio']:.2f}"])
    return [table(["", "mean, s", "median, s", "longest, s", "of `model.fit`'s mean"], lines)]


def _dry_run(figures):
    lines = [
        [
            row["task"],
            row["data"],
            row["seed"],
            f"{row['seconds']:.0f}",
            f"{row['forecast']:.0f}",
            f"{row['seconds'] / row['forecast'] - 1:+.0%}",
            f"{row['dry_run_seconds']:.0f}",
            f"{row['accuracy']:.3f}",
            f"{row['forecast_accuracy']:.3f} ({span(*row['interval'], '.3f')})",
            "yes" if row["in_interval"] else "NO",
        ]
        for row in figures["rows"]
    ]
    header = ["task", "data", "seed", "seconds", "forecast", "off by", "the dry run itself, s"]
    return [table([*header, "accuracy", "forecast (interval)", "in it"], lines)]


def _find_lr(figures):
    rates = [f"{rate:g}" for rate in figures["grid"]]
    lines, losses = [], []
    for row in figures["rows"]:
        suggested = ", ".join(f"{rate:.3g}" for rate in row["suggested"])
        factor, seconds = f"{row['largest_factor']:.2f}", f"{row['seconds_a_suggestion']:.1f}"
        lines.append([row["task"], row["best_of_grid"], suggested, factor, seconds])
        reached = row["validation_loss"].values()
        losses.append([row["task"], *(with_error(**loss) for loss in reached)])
    header = ["task", "best of the grid", "suggested", "off by a factor of", "seconds"]
    title = (
        f"Validation loss after {figures['epochs']} epochs at each rate of the grid, the mean over "
        "the seeds and its standard error:"
    )
    return [table(header, lines), title, table(["task", *rates], losses)]


def _curves(figures):
    rows = figures["rows"]
    missed = [
        [row["name"], row["half"], row["verdict"], ", ".join(row["answers"])]
        for row in rows
        if not row["right"]
    ]
    title = "Curves that are called wrongly:"
    header = ["curve", "half", "called", "is"]
    return [of_rich(curves.table(rows)), *([title, table(header, missed)] if missed else [])]


def _evidence(figures):
    return ["Each claim with its effect, interval and verdict: [evidence.md](evidence.md)."]


SECTIONS = (
    Section(
        "digits",
        "Handwritten digits: the whole job",
        "Share of the test images that are named rightly, by the same ResNet-20 on the same split "
        "of a seed, after as many epochs.",
        _by_seed("contender"),
    ),
    Section(
        "recipes",
        "What `fit` reaches in a given time",
        "Score at the end of the same time: `fit` with a budget, and recipes by hand.",
        _recipes,
    ),
    Section(
        "recipe_parts",
        "What each part of the recipe is worth in a given time (guide row 1)",
        "Points of accuracy with the part less those without it, paired by seed: trainings of "
        "18,000 images with as many passes as five minutes on this machine hold. What a part costs "
        "in time is in the passes.",
        _recipe_parts,
    ),
    Section(
        "sizes",
        "How error follows from size and passes",
        "Share of 5,000 test images that are named wrongly after trainings on 18,000 by the "
        "recommended recipe. `fit` with a budget chooses the size by this law.",
        _sizes,
    ),
    Section(
        "norms",
        "Depth 56 without a norm (guide row 32)",
        "Share of the test digits that a ResNet-56 names rightly; all else is equal.",
        _by_seed("norm"),
    ),
    Section(
        "ensembles",
        "Ensembles (guide rows 65, 67, 68)",
        "Scores on the test images of one network, and of ensembles in the same time and in more.",
        _ensembles,
    ),
    Section(
        "evidence",
        "What the guides claim",
        "Each claim compares two ways, paired by seed; the rule of the verdict was fixed before.",
        _evidence,
    ),
    Section(
        "builders",
        "Our networks against those of Keras",
        "Seconds of the build, of the first training step and of a step; a ratio below 1 says that "
        "ours is faster.",
        _builders,
    ),
    Section(
        "augmentation",
        "What augmentation costs (guide rows 10, 18)",
        "A training step of a ResNet-20 on 64 images of 32×32: median over the rounds, and in "
        "brackets the lowest and highest round. Other work on the machine disturbs the time that "
        "passes more than the processor time.",
        _augmentation,
    ),
    Section(
        "epochs",
        "An epoch of `fit` against one of `model.fit`",
        "Seconds of an epoch of a ResNet-10 with 18,000 images of 32×32, shifted and mirrored, and "
        "2,000 to validate. Both train in single precision; they take turns.",
        _epochs,
    ),
    Section(
        "dry_run",
        "The forecast of `dry_run` (guide row 6)",
        "Seconds and validation accuracy of a training, and what was forecast from a hundredth and "
        "a tenth of its data.",
        _dry_run,
    ),
    Section(
        "find_lr",
        "The rate of `find_learning_rate` (guide rows 52, 53)",
        "The suggested rate against the best of a grid with two rates a decade.",
        _find_lr,
    ),
    Section(
        "curves",
        "How often the verdict is right (guide rows 44-46, 85)",
        "Curves whose answer is known; the thresholds were set on the half “set”, and the half "
        "“held” was not looked at.",
        _curves,
    ),
)
