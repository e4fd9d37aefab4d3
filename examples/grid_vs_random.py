"""Grid against random search where one parameter matters (guide row 87).

The objective is f = g(x) + h(y), to be made large, with a high and narrow g and a low h (Bergstra &
Bengio 2012, figure 1). With nine trials a grid tries three values of x, a random search nine.

    python examples/grid_vs_random.py --output grid_vs_random.png
"""

import argparse
import math
import tempfile

import keras_tuner

import tuners
from recipes import drawing
from tuners.plots.coverage import coverage_picture
from tuners.plots.drawn.coverage import draw_coverage

TRIALS = 9
SEEDS = 10


def g(x):
    """The parameter that matters: a peak at 0.3."""
    return math.exp(-(((x - 0.3) / 0.18) ** 2))


def h(y):
    """The parameter that hardly matters."""
    return 0.15 * math.sin(math.pi * y)


class Formula:
    """A search whose trials compute f instead of training a model."""

    def run_trial(self, trial, **options):
        """Returns f, which is to be made large."""
        return {"f": g(trial.hyperparameters.get("x")) + h(trial.hyperparameters.get("y"))}


class Grid(Formula, tuners.GridSearch):
    """Three values of each parameter."""


class Random(Formula, tuners.RandomSearch):
    """Both parameters anywhere."""


def space(step=None):
    """Returns the space: x and y in [0.1, 0.9]."""
    hp = keras_tuner.HyperParameters()
    hp.Float("x", 0.1, 0.9, step=step)
    hp.Float("y", 0.1, 0.9, step=step)
    return hp


def run(kind, folder, hyperparameters, seed=0):
    """Runs nine trials; returns the tuner."""
    tuner = kind(
        objective=keras_tuner.Objective("f", "max"),
        hyperparameters=hyperparameters,
        max_trials=TRIALS,
        seed=seed,
        directory=folder,
        project_name=f"{kind.__name__}_{seed}",
    )
    tuner.search(verbose=0)
    return tuner


def best_of(tuner):
    """Returns the largest f of a search."""
    return tuner.oracle.get_best_trials()[0].score


def draw(grid, random, output):
    """Draws both searches side by side."""
    figure = drawing.figure(12.0, 5.6)
    pairs = zip(figure.subfigures(1, 2), (grid, random), ("Grid", "Random"), strict=True)
    for panel, tuner, name in pairs:
        picture = coverage_picture(tuner, x="x", y="y")
        draw_coverage(picture, panel, title=f"{name}: best f = {best_of(tuner):.2f}", truth=(g, h))
    drawing.save(figure, output)


def main(output):
    """Runs both searches, prints what they found, and draws them."""
    with tempfile.TemporaryDirectory() as folder:
        grid = run(Grid, folder, space(step=0.4))
        randoms = [run(Random, folder, space(), seed) for seed in range(SEEDS)]
        mean = sum(map(best_of, randoms)) / SEEDS
        print(f"Grid, {TRIALS} trials:   best f = {best_of(grid):.3f}")
        print(f"Random, {TRIALS} trials: best f = {mean:.3f}, the mean over {SEEDS} seeds")
        draw(grid, randoms[0], output)
    print(f"Wrote {output}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", default="grid_vs_random.png")
    main(parser.parse_args().output)
