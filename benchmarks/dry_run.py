"""The forecast of `dry_run` against the training that follows it (guide row 6).

Time and accuracy are forecast from a hundredth and a tenth of the data; then all of it is trained
on, in the same process. Tasks:

- digits: 1,149 handwritten digits, ResNet-20, 30 epochs
- mlp:    the same digits, `build_mlp`
- images: 4,000 images of CIFAR-10 (`--data-dir`, a folder with cifar10_25k.zip) or, without
          them, made ones of the same shape; a ResNet-20 of half the width, 6 epochs

The claim is that the time of every training is within 30 % of its forecast; the command fails if
one is not. The interval of the accuracy is no level of confidence: the table says which trainings
ended in it.

    python -m benchmarks.dry_run [--data-dir ../shared/data] [--json benchmarks/dry_run.json]
"""

import io
import sys
import time
import zipfile
from pathlib import Path

import typer

from benchmarks.figures import write_figures
from recipes.console import load_tensorflow

CLAIM = 0.3
TASKS = ("mlp", "digits", "images")


def main(
    seeds: str = typer.Option("0", help="Seeds, separated by commas."),
    tasks: str = typer.Option(",".join(TASKS), help="Tasks, separated by commas."),
    data_dir: str = typer.Option(None, help="Folder with cifar10_25k.zip; None: made images."),
    json_path: str = typer.Option("benchmarks/dry_run.json", "--json", help="Where figures go."),
):
    """Compare forecast and training."""
    load_tensorflow()
    pairs = [(task, int(seed)) for task in tasks.split(",") for seed in seeds.split(",")]
    rows = [measure(task, seed, data_dir) for task, seed in pairs]
    given = " --data-dir ../shared/data" if data_dir else ""
    write_figures(json_path, f"python -m benchmarks.dry_run{given}", rows=rows)
    off = [row["task"] for row in rows if abs(row["seconds"] / row["forecast"] - 1) > CLAIM]
    if off:
        sys.exit(f"The time is more than {CLAIM:.0%} off its forecast: {', '.join(off)}.")


def measure(task, seed, data_dir):
    """Forecasts one training, and trains; returns a dict."""
    from recipes import Recipe, dry_run, fit

    build, train, validation, epochs, data = prepare(task, seed, data_dir)
    recipe = Recipe(epochs=epochs)
    forecast = dry_run(build, train, validation=validation, recipe=recipe, seed=seed)
    started = time.monotonic()
    run = fit(build(), train, validation=validation, recipe=recipe, seed=seed, verbose=0)
    seconds = time.monotonic() - started
    accuracy, (low, high) = run.history["val_accuracy"][-1], forecast.interval
    print(
        f"{task:7} seed {seed}  {seconds:6.1f} s, forecast {forecast.seconds:6.1f} s "
        f"({seconds / forecast.seconds - 1:+.0%}), dry run {forecast.spent:6.1f} s   accuracy "
        f"{accuracy:.3f}, forecast {forecast.accuracy:.3f} from {low:.3f} to {high:.3f}",
        flush=True,
    )
    return {
        "task": task,
        "seed": seed,
        "data": data,
        "seconds": round(seconds, 1),
        "forecast": round(forecast.seconds, 1),
        "dry_run_seconds": round(forecast.spent, 1),
        "accuracy": round(accuracy, 4),
        "forecast_accuracy": round(forecast.accuracy, 4),
        "interval": [round(low, 4), round(high, 4)],
        "in_interval": low <= accuracy <= high,
        "errors_of_parts": {part.samples: round(part.error, 4) for part in forecast.parts},
    }


def prepare(task, seed, data_dir):
    """Returns builder, training data, validation data, epochs and the name of the data."""
    from recipes import build_mlp, build_resnet, load_dataset, split_data

    if task == "images":
        x, y, name = read_cifar(Path(data_dir)) if data_dir else make_images()
        train, validation = (x[:4000], y[:4000]), (x[4000:], y[4000:])
        return (
            lambda: build_resnet((32, 32, 3), 10, width=0.5, seed=seed),
            train,
            validation,
            6,
            name,
        )
    digits = load_dataset("digits")
    split = split_data(digits.x, digits.y, seed=seed)
    builders = {"digits": build_resnet, "mlp": build_mlp}
    build = lambda: builders[task]((8, 8, 1), 10, seed=seed)  # noqa: E731
    return build, split.train, split.validation, 30, "digits"


def read_cifar(folder):
    """Reads 500 images of each class of CIFAR-10, mixed; returns x, y and a name."""
    import numpy as np
    from PIL import Image

    with zipfile.ZipFile(folder / "cifar10_25k.zip") as file:
        names = sorted(n for n in file.namelist() if "train/" in n and n.endswith(".jpg"))
        classes = sorted({name.split("/")[-2] for name in names})
        chosen = [n for c in classes for n in [m for m in names if f"/{c}/" in m][:500]]
        images = [np.asarray(Image.open(io.BytesIO(file.read(name)))) for name in chosen]
    y = np.array([classes.index(name.split("/")[-2]) for name in chosen])
    order = np.random.default_rng(0).permutation(len(y))
    return (np.stack(images)[order] / 255).astype("float32"), y[order], "cifar10"


def make_images():
    """Makes images whose class is the direction of their stripes; returns x, y and a name."""
    import numpy as np

    random = np.random.default_rng(0)
    y = random.integers(0, 10, 5000)
    side = np.arange(32)
    angle = (y * np.pi / 10)[:, None, None]
    phase = random.uniform(0, 6, (len(y), 1, 1))
    waves = np.sin(0.6 * (side[:, None] * np.cos(angle) + side * np.sin(angle)) + phase)
    x = 0.5 + 0.2 * waves[..., None] + random.normal(0, 0.3, (len(y), 32, 32, 3))
    return x.astype("float32"), y, "made images"


if __name__ == "__main__":
    typer.run(main)
