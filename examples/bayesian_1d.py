"""A Bayesian search in one dimension, step by step (guide rows 80, 88).

Frame k shows what the Gaussian process believes after k trials, the truth that it does not know,
and the trial that it asks for next; below, the expected improvement that made it choose.

    python examples/bayesian_1d.py --folder frames
"""

import argparse
import math
import tempfile
from pathlib import Path

import keras_tuner

import tuners
from tuners.plots import plot_surrogate

FRAMES = 8


def validation_loss(rate):
    """A loss over the learning rate: too small learns slowly, too large diverges."""
    place = math.log10(rate)
    return 0.35 + 0.06 * (place + 1.4) ** 2 + 0.05 * math.sin(4.0 * place)


class Search(tuners.BayesianOptimization):
    """A search whose trials compute a formula instead of training a model."""

    def run_trial(self, trial, **options):
        """Returns the loss of a rate."""
        return {"val_loss": validation_loss(trial.hyperparameters.get("learning_rate"))}


def main(folder):
    """Searches, and draws a frame after each trial but the last."""
    space = keras_tuner.HyperParameters()
    space.Float("learning_rate", 1e-4, 1.0, sampling="log")
    Path(folder).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as state:
        tuner = Search(
            objective=keras_tuner.Objective("val_loss", "min"),
            hyperparameters=space,
            max_trials=FRAMES + 1,
            num_initial_points=2,
            seed=0,
            directory=state,
        )
        tuner.search(verbose=0)
        for trial in range(1, FRAMES + 1):
            output = Path(folder) / f"frame_{trial}.png"
            plot_surrogate(tuner, trial, truth=validation_loss, output=output)
            print(f"Wrote {output}")
        best = tuner.oracle.get_best_trials()[0]
    rate = best.hyperparameters.get("learning_rate")
    print(f"Best of {FRAMES + 1} trials: learning_rate {rate:.3g}, val_loss {best.score:.4f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", default="frames")
    main(parser.parse_args().folder)
