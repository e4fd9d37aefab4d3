"""What each kind of ensemble gains over one network, on digits and on CIFAR-10 (rows 65, 67, 68).

All train a narrow ResNet by the recommended recipe, on all digits and on a third of the images.
Passes over the data stand for time: all networks are of one size. Members of "seeds" and
"initialisers" are each trained as long as the one network, those of all others together. The test
images are looked at once, at the end; `fuse` is fitted on the validation images.

- one network
- averaged weights: the recipe with `ema=0.99`
- snapshots: the recipe with a cosine that begins anew as often as there are members; the mean of
  the outputs
- averaged snapshots: the mean of their weights, the statistics of the norms computed anew
- seeds in the same time, seeds, initialisers: `fit_ensemble`
- fused: the one network, a random forest and a support vector machine by `fuse`

What is finished is kept in a file and not run again, so that it may be stopped at any moment:

    python -m benchmarks.ensembles                               # 80 cells
    python -m benchmarks.ensembles --tasks digits --seeds 1      # 8 cells
    python -m benchmarks.ensembles --finished                    # only tells

CIFAR-10 is expected in ../shared/data; `--data-dir` names another folder. It is not a part of
`make benchmark` because of the time it takes.
"""

import dataclasses
import functools
import sys
import time
from pathlib import Path

import numpy as np
import typer
from rich.console import Console

from benchmarks.cells import Cells
from benchmarks.figures import earlier_figures, write_figures
from benchmarks.recipes import chosen, plan_of
from benchmarks.training.results import summary, table
from recipes.console import load_tensorflow

EPOCHS = {"digits": 24, "images": 16}  # passes over the data of the one network
DEPTHS = {"digits": 20, "images": 10}
WIDTH = 0.25
SHARE = 3  # every third image of the training data, which come class by class
MOST = 5_000  # samples of the support vector machine, whose time grows with their square
INITIALIZERS = ("he", "xavier", "svd", "orthogonal")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog="Example: python -m benchmarks.ensembles --tasks digits --seeds 1")
def main(
    tasks: str = typer.Option("", help="Names, separated by commas; all if none is named."),
    contenders: str = typer.Option("", help="Names, separated by commas; all if none is named."),
    seeds: int = typer.Option(5, min=1, help="How many seeds, from 0 on."),
    members: int = typer.Option(4, min=2, help="Members of each ensemble."),
    finished: bool = typer.Option(False, "--finished", help="Run nothing: tell what is finished."),
    data_dir: Path = typer.Option("../shared/data", help="Folder of the data."),
    cells: str = typer.Option("runs/ensemble_cells.jsonl", help="Where what is finished is kept."),
    json_path: str = typer.Option("benchmarks/ensembles.json", "--json", help="Where figures go."),
):
    """Compare ensembles with one network, at the same time and at more of it."""
    load_tensorflow()
    asked = chosen("tasks", tasks, EPOCHS)
    named = chosen("contenders", contenders, CONTENDERS)
    plan = plan_of(f"{members} members", dict.fromkeys(asked, named), seeds)
    store = Cells(cells)
    if not finished:
        run_plan(plan, store, members, data_dir)
    done = store.read()
    results = {task: [done[k] for k in plan if k in done and k[2] == task] for task in asked}
    results = {task: summary(rows) for task, rows in results.items() if rows}
    console = Console(width=None if sys.stdout.isatty() else 130)
    for task, rows in results.items():
        console.print(table(f"{task}: {EPOCHS[task]} passes, {members} members", rows))
    if results:
        results = earlier_figures(json_path, members=members).get("results", {}) | results
        write_figures(json_path, "python -m benchmarks.ensembles", members=members, results=results)


def run_plan(plan, store, members, data_dir):
    """Runs the cells of a plan that are not in the store, and adds them."""
    done = store.read()
    for kind, contender, task, seed in (key for key in plan if key not in done):
        key = {"kind": kind, "contender": contender, "problem": task, "seed": seed}
        cell = run_cell(contender, task, seed, members, data_dir)
        store.add(key | cell)
        print(f"{task}, {contender}, seed {seed}: {cell['scores']}", file=sys.stderr, flush=True)


def run_cell(contender, task, seed, members, data_dir):
    """Trains one contender; returns its scores on the test images, and what it took."""
    import keras
    from sklearn.metrics import accuracy_score, log_loss

    keras.backend.clear_session()
    job = Job(task, seed, members, data_dir)
    began = time.monotonic()
    predict, parameters, epochs = CONTENDERS[contender](job)
    seconds = round(time.monotonic() - began, 1)
    x, y = job.data.tests["test"]
    outputs = predict(x).astype("float32")
    scores = {
        "accuracy": float(accuracy_score(y, outputs.argmax(axis=-1))),
        "loss": float(log_loss(y, outputs, labels=range(job.data.num_classes))),
    }
    return {"scores": scores, "seconds": seconds, "epochs": epochs, "parameters": parameters}


@functools.cache
def load(task, data_dir):
    """Returns the `Data` of a task."""
    from benchmarks.training.tasks import Data, load_images
    from recipes import load_dataset

    if task == "images":
        images = load_images(data_dir)
        some = tuple(part[::SHARE] for part in images.train)
        return dataclasses.replace(images, train=some)
    digits = load_dataset("digits")
    split = digits.split(seed=0)
    return Data(split.train, split.validation, digits.num_classes, {"test": split.test})


class Job:
    """What a contender trains on.

    Args:
        task: "digits" or "images".
        seed: Seed of the contender.
        members: Members of an ensemble.
        data_dir: Folder of the data.
    """

    def __init__(self, task, seed, members, data_dir):
        from recipes import build_resnet

        self.data, self.epochs = load(task, data_dir), EPOCHS[task]
        self.seed, self.members = seed, members
        shape, classes = self.data.train[0].shape[1:], self.data.num_classes
        size = {"depth": DEPTHS[task], "width": WIDTH}
        self.build = functools.partial(build_resnet, shape, classes, **size)

    def fit(self, model, recipe=None, **options):
        """Trains a network, or what a builder makes."""
        from recipes import fit

        options = {"epochs": self.epochs, "verbose": 0, "preflight": False, **options}
        return fit(model, self.data.train, recipe=recipe, seed=self.seed, **options)


# --- contenders: functions of a `Job`; they return predict, parameters, passes over the data ------


def one_network(job):
    """Trains one network."""
    return _single(job, job.fit(functools.partial(job.build, seed=job.seed)).model)


def averaged_weights(job):
    """Trains one network whose weights are averaged on the way."""
    return _single(job, job.fit(*_network(job, ema=0.99)).model)


def seeds(job, *, epochs=None, initializers=None):
    """Trains members from other initial weights."""
    from recipes import fit_ensemble

    epochs = epochs or job.epochs
    together = fit_ensemble(
        job.build,
        job.data.train,
        members=job.members,
        initializers=initializers,
        epochs=epochs,
        seed=job.seed,
        preflight=False,
        verbose=0,
    )
    return together.predict, together.model.count_params(), epochs * job.members


def seeds_in_the_same_time(job):
    """Trains members from other initial weights, in the time of one network."""
    return seeds(job, epochs=job.epochs // job.members)


def initializers(job):
    """Trains members with other initialisers."""
    return seeds(job, initializers=INITIALIZERS)


def snapshots(job):
    """Keeps one network at the end of each cosine."""
    from recipes import ensemble

    return _single(job, ensemble(_stages(job)))


def averaged_snapshots(job):
    """Averages the weights of one network at the end of each cosine."""
    from recipes import average_weights

    return _single(job, average_weights(_stages(job), job.data.train[0]))


def fused(job):
    """Mixes one network with two models of scikit-learn."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.svm import SVC

    from recipes import fuse

    run = job.fit(functools.partial(job.build, seed=job.seed))
    x, y = job.data.train
    flat = x.reshape(len(x), -1)
    forest = RandomForestClassifier(300, random_state=job.seed).fit(flat, y)
    some = np.random.default_rng(job.seed).permutation(len(y))[:MOST]
    machine = CalibratedClassifierCV(SVC(), ensemble=False).fit(flat[some], y[some])
    fusion = fuse([run.model, forest, machine], *job.data.validation)
    return fusion.predict, run.model.count_params(), job.epochs


def _single(job, model):
    predict = functools.partial(model.predict, verbose=0)
    return predict, model.count_params(), job.epochs


def _network(job, **changes):
    """Returns pair (builder, the recipe that is recommended for what it makes, with changes)."""
    from recipes import Recipe

    build = functools.partial(job.build, seed=job.seed)
    return build, Recipe.for_data(*job.data.train, model=build()).replace(**changes)


def _stages(job):
    """Returns one network at the end of each cosine of one training."""
    from recipes import Snapshots

    stages = Snapshots()
    job.fit(*_network(job, cycles=job.members), callbacks=[stages])
    return stages.models


CONTENDERS = {
    "one network": one_network,
    "averaged weights": averaged_weights,
    "snapshots": snapshots,
    "averaged snapshots": averaged_snapshots,
    "seeds in the same time": seeds_in_the_same_time,
    "seeds": seeds,
    "initialisers": initializers,
    "fused": fused,
}

if __name__ == "__main__":
    app()
