"""The main job: search, train the best, test it once, export it, explain it."""

import dataclasses
import json
import shutil
from pathlib import Path

import keras

from recipes.data.datasets import load_dataset
from recipes.data.preprocessing import make_preprocessing
from recipes.errors import SearchError, describe
from recipes.files import writable_folder, write_text
from recipes.graph.check import check_build
from recipes.graph.export import export_graph
from recipes.training.experiments.dry_run import measure_pace
from recipes.training.fit import fit
from recipes.training.preflight import check_data
from recipes.training.recipe import Recipe
from tuners.engines.names import check_engine
from tuners.hypermodels import RecipeHyperModel
from tuners.plan import SEARCHES, Plan, claim_folder
from tuners.search_spaces import search_space
from tuners.searches import BayesianOptimization, RandomSearch
from tuners.space import setting_key
from tuners.state.damage import read_json
from tuners.state.journal import Journal

OBJECTIVE = "val_loss"  # of a few hundred validation images accuracy is coarse, with many ties
_TUNERS = dict(zip(SEARCHES, (BayesianOptimization, RandomSearch), strict=True))


@dataclasses.dataclass(frozen=True)
class Result:
    """What a job has found.

    Attributes:
        values: The best setting, by name.
        verdict: The diagnosis of the curves of its training, as a sentence.
        explanation: The recipe: each value with its reason and source, one a line.
        parameters: Number of weights of the model.
        test_accuracy: Share of the test images that it names rightly.
        tested_models: How many models were tested in this folder: 1, unless a longer search found
            a better setting after the test.
        exports: Paths of the exports.
        logs: Folder for `tensorboard --logdir`.
    """

    values: dict
    verdict: str
    explanation: str
    parameters: int
    test_accuracy: float
    tested_models: int
    exports: list
    logs: str


def tune(
    plan=None,
    *,
    folder=None,
    saved_models="saved_models",
    overwrite=False,
    observer=None,
    engine=None,
):
    """Searches for the best setting of a builder on a data set, trains it, and exports it.

    Whatever is finished is kept: called again, it goes on, and returns a finished result at once.

    Args:
        plan: A `Plan`; None takes the default one, a small search on handwritten digits.
        folder: Where search, run and result are kept; None takes `runs/MODEL-DATA`.
        saved_models: Folder in which the folder of the exports is made.
        overwrite: Whether an earlier job in the folder is deleted first.
        observer: As in `Tuner`, or None.
        engine: Where the trials run, as in `Tuner.search`; the best setting is trained here.

    Returns:
        A `Result`.

    Raises:
        RecipesError: If the data, a folder or a setting cannot be used, or all trials fail.

    Example:

        result = tune(Plan(data="my_images.npz", trials=10))
    """
    places = {"folder": folder, "saved_models": saved_models, "engine": engine}
    job = Job(plan or Plan(), overwrite=overwrite, **places)
    job.search(observer)
    return job.finished() or job.train_best(observer)


class Job:
    """One plan in one folder, step by step.

    Args:
        plan: The `Plan`.
        folder: As in `tune`.
        saved_models: As in `tune`.
        overwrite: As in `tune`.
        engine: As in `tune`.

    Attributes:
        data: The `Dataset`.
        split: Its `Split`.
        folder: `Path` of the job.
    """

    def __init__(
        self, plan, *, folder=None, saved_models="saved_models", overwrite=False, engine=None
    ):
        self.plan, self._engine = plan, check_engine("tune", engine)
        self.data = load_dataset(plan.data)
        shape, classes = self.data.x.shape[1:], self.data.num_classes
        check_data(self.data.x, self.data.y, num_classes=classes, where="tune", name=self.data.name)
        self.split = self.data.split(seed=plan.seed)
        recipe = Recipe.for_data(*self.split.train, seed=plan.seed).replace(epochs=plan.epochs)
        space = search_space(plan.model, trials=plan.trials, input_shape=shape, recipe=recipe)
        self._hypermodel = RecipeHyperModel(
            plan.model,
            shape,
            classes,
            space=space,
            recipe=recipe,
            preprocessing=make_preprocessing(recipe.preprocessing, self.split.train[0]),
            seed=plan.seed,
        )
        self.folder = writable_folder("tune", folder or Path("runs") / plan.name)
        self._exports = writable_folder("tune", saved_models) / plan.name
        if overwrite:
            self._clear()
        claim_folder(self.folder, plan, self.data.fingerprint)
        self._tuner = self._make_tuner()

    @property
    def tuner(self):
        """The tuner that runs the trials."""
        return self._tuner

    @property
    def trials(self):
        """The trials that have begun, in order, as `keras_tuner` trials."""
        oracle = self._tuner.oracle
        return [oracle.trials[name] for name in oracle.start_order]

    @property
    def trials_left(self):
        """How many trials are still to be finished, at most."""
        return max(self.plan.trials - len(self._tuner.oracle.end_order), 0)

    def reload(self):
        """Reads the trials that are on the disk: Ctrl-C may come just before they are noted."""
        self._tuner.oracle.reload()

    def forecast(self):
        """Measures two epochs; returns the seconds that the whole job will still take."""
        space = self._tuner.oracle.get_space()
        pace = measure_pace(
            lambda: check_build(lambda: self._hypermodel.build(space), level="trace")[0],
            self.split.train,
            validation=self.split.validation,
        )
        epochs = self.trials_left * self.plan.epochs + self.plan.final_epochs
        return pace.forecast(runs=self.trials_left + 1, epochs=epochs)

    def search(self, observer=None):
        """Runs the trials that are left."""
        self._tuner.observer = observer
        given = {"validation_data": self.split.validation, "verbose": 0}
        self._tuner.search(*self.split.train, engine=self._engine, **given)

    def best(self):
        """Returns the best finished trial; raises `SearchError` if there is none."""
        finished = [t for t in self._tuner.oracle.get_best_trials() if t.score is not None]
        if not finished:
            message = self.trials[-1].message if self.trials else "no trial was run"
            rule = "no trial has finished"
            raise SearchError(describe("tune", rule, f"The last one said: {message}"))
        return finished[0]

    def surrogate_error(self):
        """Returns how well the surrogate predicts trials left out (row 91); None without one."""
        oracle = self._tuner.oracle
        return oracle.surrogate_error() if hasattr(oracle, "surrogate_error") else None

    def finished(self):
        """Returns the stored `Result` of the best setting, or None if it is still to be trained."""
        stored = self._stored()
        if stored.get("key") != self._key() or not all(map(_exists, stored["result"]["exports"])):
            return None
        return Result(**stored["result"])

    def train_best(self, observer=None):
        """Trains the best setting with the recipe, exports it, tests it, and stores the result."""
        hp = self.best().hyperparameters
        folder = self._claim_run()
        logs = folder / "logs"
        model, report = check_build(lambda: self._hypermodel.build(hp), logdir=logs / "graph")
        report.raise_for_errors()
        run = fit(
            model,
            self.split.train,
            validation=self.split.validation,
            recipe=self._hypermodel.recipe(hp).replace(epochs=self.plan.final_epochs),
            seed=self.plan.seed,
            folder=folder,
            callbacks=_observed(observer),
            preflight=False,
            verbose=0,
        )
        exports = export_graph(model, self._exports)
        shutil.copy(folder / "run.json", self._exports / "run.json")
        return self._store(run, [str(export.path) for export in exports], str(logs))

    # --- steps ------------------------------------------------------------------------------------

    def _make_tuner(self):
        return _TUNERS[self.plan.search](
            self._hypermodel,
            objective=OBJECTIVE,
            max_trials=self.plan.trials,
            seed=self.plan.seed,
            directory=str(self.folder),
            project_name="search",
        )

    def _claim_run(self):
        """Returns the folder of the last training; an earlier one of another setting is deleted."""
        folder, mark, owner = self.folder / "run", self.folder / "run_of.json", {"key": self._key()}
        if read_json(mark) != owner:
            shutil.rmtree(folder, ignore_errors=True)
            write_text(mark, json.dumps(owner) + "\n")
        return folder

    def _clear(self):
        """Deletes an earlier job, unless its search is running."""
        Journal(self.folder / "search" / "journal.jsonl").delete_folder()
        shutil.rmtree(self.folder / "run", ignore_errors=True)
        for name in ("plan.json", "result.json", "run_of.json"):
            (self.folder / name).unlink(missing_ok=True)

    def _key(self):
        """Text that is equal for equal trained models."""
        values = setting_key(self.best().hyperparameters.values)
        return f"{values} {self.plan.final_epochs} epochs, seed {self.plan.seed}"

    def _stored(self):
        return read_json(self.folder / "result.json")

    def _store(self, run, exports, logs):
        """Tests the model on images that nothing was chosen by, and writes the result down."""
        tested = self._stored().get("tested", {})
        accuracy = run.model.evaluate(*self.split.test, verbose=0, return_dict=True)["accuracy"]
        tested[self._key()] = accuracy
        result = Result(
            values=self.best().hyperparameters.values,
            verdict=str(run.diagnosis),
            explanation=run.recipe.explain(),
            parameters=run.model.count_params(),
            test_accuracy=accuracy,
            tested_models=len(tested),
            exports=exports,
            logs=logs,
        )
        stored = {"key": self._key(), "tested": tested, "result": dataclasses.asdict(result)}
        write_text(self.folder / "result.json", json.dumps(stored, indent=2) + "\n")
        return result


def _exists(path):
    return Path(path).exists()


def _observed(observer):
    """Returns the callbacks that tell an observer of each epoch of the last training."""
    if observer is None:
        return []

    def tell(epoch, logs):
        observer.epoch_ended(None, epoch, logs)

    return [keras.callbacks.LambdaCallback(on_epoch_end=tell)]
