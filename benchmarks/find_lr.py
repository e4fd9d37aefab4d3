"""The rate that `find_learning_rate` suggests, against the best of a grid (guide rows 52, 53).

Three tasks, each trained at every rate of a grid, two rates a decade, all else equal:

- mlp:        handwritten digits, `build_mlp`, momentum with warm-up and cosine (`fit`)
- convnet:    handwritten digits, three convolutions with batch normalization, the same
- regression: Friedman's function of ten numbers (scikit-learn), a compiled model with Adam at a
              constant rate (`model.fit`)

The best rate of the grid is the one with the lowest validation loss, of classes the cross-entropy
without smoothing, as the mean over the seeds.
The claim is that each suggestion is within a factor of 3 of it; the command fails if one is not.

    python -m benchmarks.find_lr [--seeds 0,1,2] [--json benchmarks/find_lr.json]
"""

import statistics
import sys
import time

import typer

from benchmarks.figures import write_figures
from benchmarks.training.results import mean_and_error
from recipes.console import load_tensorflow

CLAIM = 3.0
GRID = (1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 3.0)
EPOCHS = 12
TASKS = ("mlp", "convnet", "regression")


def main(
    seeds: str = typer.Option("0,1,2,3,4,5,6,7,8,9", help="Seeds, separated by commas."),
    json_path: str = typer.Option("benchmarks/find_lr.json", "--json", help="Where figures go."),
):
    """Compare the suggested rate with the best of a grid on three tasks."""
    load_tensorflow()
    rows = [measure(task, [int(seed) for seed in seeds.split(",")]) for task in TASKS]
    write_figures(
        json_path, "python -m benchmarks.find_lr", grid=GRID, epochs=EPOCHS, seeds=seeds, rows=rows
    )
    far = [row["task"] for row in rows if row["largest_factor"] > CLAIM]
    if far:
        sys.exit(f"The suggestion is further than a factor of {CLAIM} off: {', '.join(far)}.")


def measure(task, seeds):
    """Suggests a rate for each seed, and trains at each rate of the grid; returns a dict."""
    from recipes import find_learning_rate

    started, suggested = time.monotonic(), []
    for seed in seeds:
        model, train, _ = prepare(task, seed)
        suggested.append(find_learning_rate(model, train, seed=seed).learning_rate)
    spent = (time.monotonic() - started) / len(seeds)
    losses = {rate: losses_at(task, rate, seeds) for rate in GRID}
    best = min(losses, key=lambda rate: statistics.mean(losses[rate]))
    factor = max(max(rate / best, best / rate) for rate in suggested)
    shown = ", ".join(f"{rate:.3g}" for rate in suggested)
    print(f"{task:10} best {best:6.3g}  suggested {shown}  factor {factor:.2f}", flush=True)
    return {
        "task": task,
        "best_of_grid": best,
        "suggested": [round(rate, 5) for rate in suggested],
        "largest_factor": round(factor, 2),
        "validation_loss": {str(rate): mean_and_error(found) for rate, found in losses.items()},
        "seconds_a_suggestion": round(spent, 1),
    }


def losses_at(task, rate, seeds):
    """Returns the validation loss of a training with each seed, a large one where it diverges."""
    return [min(train_at(task, rate, seed), 1e3) for seed in seeds]


def train_at(task, rate, seed):
    """Trains at a rate; returns the validation loss, infinite where it is no number."""
    from recipes import Recipe, fit, set_seed

    model, train, validation = prepare(task, seed)
    if task == "regression":
        set_seed(seed)
        model.optimizer.learning_rate = rate
        model.fit(*train, epochs=EPOCHS, batch_size=64, verbose=0)
    else:
        recipe = Recipe(learning_rate=rate, epochs=EPOCHS)
        fit(model, train, recipe=recipe, seed=seed, preflight=False, verbose=0)
    loss = plain_loss(model, *validation)
    return loss if loss == loss else float("inf")


def plain_loss(model, x, y):
    """Returns the loss on validation data, of classes the cross-entropy without smoothing."""
    from recipes.training.session.verdict_loss import plain_cross_entropy

    if model.loss == "mse":
        return model.evaluate(x, y, verbose=0)
    return float(plain_cross_entropy(model, x, y, batch_size=256))


def prepare(task, seed):
    """Returns the untrained model of a task and a seed, its training and its validation data."""
    from recipes import build_mlp, load_dataset, set_seed, split_data

    set_seed(seed)
    if task == "regression":
        return make_regression_model(), *friedman()
    digits = load_dataset("digits")
    split = split_data(digits.x, digits.y, seed=0)
    model = build_mlp((8, 8, 1), 10, units=64, seed=seed) if task == "mlp" else make_convnet()
    return model, split.train, split.validation


def make_convnet():
    """Returns a small convnet for the digits."""
    import keras
    from keras import layers

    model = keras.Sequential([keras.Input((8, 8, 1))])
    for filters, strides in ((16, 1), (32, 2), (32, 1)):
        model.add(layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False))
        model.add(layers.BatchNormalization(momentum=0.9))
        model.add(layers.ReLU())
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(10, activation="softmax"))
    return model


def make_regression_model():
    """Returns a compiled model of ten numbers."""
    import keras
    from keras import layers

    hidden = [layers.Dense(64, activation="relu") for _ in range(2)]
    model = keras.Sequential([keras.Input((10,)), *hidden, layers.Dense(1)])
    model.compile(keras.optimizers.Adam(), "mse")
    return model


def friedman():
    """Returns training and validation data of Friedman's function, standardized."""
    from sklearn.datasets import make_friedman1

    x, y = make_friedman1(2000, noise=0.5, random_state=0)
    x, y = x.astype("float32"), ((y - y.mean()) / y.std()).astype("float32")[:, None]
    return (x[:1500], y[:1500]), (x[1500:], y[1500:])


if __name__ == "__main__":
    typer.run(main)
