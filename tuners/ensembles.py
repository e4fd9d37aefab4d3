"""`ensemble_of_best`: the best settings of a search, trained over folds, as one model (row 66).

It stands in `tuners`, since it asks a search for its trials and a hypermodel for models; the mean
and the folds are those of `recipes.ensembles`.
"""

import dataclasses
import json
from pathlib import Path

import keras
import numpy as np

from recipes import keras_compat
from recipes.data.batches import ArrayBatches
from recipes.ensembles.folds import make_folds
from recipes.ensembles.members import ensemble
from recipes.errors import SearchError, check_integer, describe
from recipes.files import replacing, writable_folder, write_text
from recipes.seeds import derive_seed, set_seed
from recipes.training.experiments.trial import pair_of
from tuners.results import read_search
from tuners.state.damage import read_json
from tuners.trial_result import FINISHED

_NOT_KEPT = ("callbacks", "verbose")  # the text of an object differs between processes


@dataclasses.dataclass(frozen=True)
class CrossValidated:
    """One setting, trained over folds.

    Attributes:
        trial: Name of its trial.
        values: The setting, a dict by name.
        scores: The objective on the samples of each fold that its model was not trained on, a
            tuple.
    """

    trial: str
    values: dict
    scores: tuple

    @property
    def score(self):
        """The mean of the scores."""
        return float(np.mean(self.scores))


@dataclasses.dataclass(frozen=True)
class BestSettings:
    """The best settings of a search, and the mean of all that was trained with them.

    Attributes:
        model: The mean of a model for each setting and fold as one `keras.Model`, not compiled.
        trials: A `CrossValidated` for each setting, the best one by the search first.
        objective: Name of the score.
    """

    model: keras.Model
    trials: tuple
    objective: str

    def __str__(self):
        lines = [
            f"trial {each.trial}: {self.objective} {each.score:.4f} over {len(each.scores)} folds "
            f"({min(each.scores):.4f} to {max(each.scores):.4f})"
            for each in self.trials
        ]
        return "\n".join(lines)


def ensemble_of_best(tuner, x, y, *, best=3, folds=5, seed=0, folder=None, **options):
    """Trains the best settings of a search over folds, and averages the outputs of all models.

    Each model is built and trained as in the search; its fold validates, so that callbacks that
    watch the validation work. The score is that of the model at the end of its training.

    Args:
        tuner: A tuner of this package whose search has been run; its objective is a metric of the
            models, such as "val_accuracy".
        x: Array of shape (samples, …): what the search trained and validated on, together. Keep
            the test data out.
        y: Array of shape (samples, …). Classes have their share in every fold.
        best: How many finished trials are taken, at most: the best ones, those that break a
            constraint last.
        folds: How many folds there are, 2 at least.
        seed: A whole number of at least 0: the folds, the weights, the order of the samples.
        folder: Where each trained model is kept, so that a call goes on after a kill; None takes
            the folder `ensemble` in that of the search.
        **options: As in `tuner.search`: `epochs`, `batch_size`, `callbacks`, ….

    Returns:
        A `BestSettings`.

    Raises:
        SearchError: If no trial has finished, or the objective is no metric of the models.
        DataError: If there are too few samples of a class.
        ArgumentError: If an argument breaks its rule.

    Example:

        tuner.search(x, y, validation_data=(x_val, y_val), epochs=10)
        found = ensemble_of_best(tuner, x_all, y_all, best=3, folds=5, epochs=10)
        print(found)
        found.model.save("ensemble.keras")
    """
    best = check_integer("ensemble_of_best", "best", best, 1)
    x, y = pair_of("ensemble_of_best", "(x, y)", (x, y))
    parts = make_folds(y, folds=folds, seed=seed)
    search = read_search(tuner)
    trials = _best_trials(search, best)
    place = writable_folder("ensemble_of_best", folder or Path(tuner.project_dir) / "ensemble")
    task = _Task(tuner, x, y, search.objective, seed, place, options)
    rows, models = [], []
    for trial in trials:
        trained = [task.run(trial, number, fold) for number, fold in enumerate(parts)]
        models += [model for model, _ in trained]
        rows.append(CrossValidated(trial.trial, trial.values, tuple(s for _, s in trained)))
    return BestSettings(ensemble(models), tuple(rows), search.objective)


def _best_trials(search, best):
    finished = [trial for trial in search.scored if trial.status == FINISHED]
    if not finished:
        rule = "the search must have a finished trial with a score"
        raise SearchError(describe("ensemble_of_best", rule, folder=str(search.folder)))
    return sorted(finished, key=search.rank)[:best]


@dataclasses.dataclass(frozen=True)
class _Task:
    """What all trainings share."""

    tuner: object
    x: np.ndarray
    y: np.ndarray
    objective: str
    seed: int
    folder: Path
    options: dict

    def run(self, trial, number, fold):
        """Trains one setting on one fold, unless that is done; returns pair (model, score)."""
        stem = self.folder / f"trial_{trial.trial}-fold_{number}"
        record, weights = stem.with_suffix(".json"), stem.with_suffix(".weights.h5")
        hp = self.tuner.oracle.get_trial(trial.trial).hyperparameters
        set_seed(derive_seed(self.seed, trial.trial, number))
        model = self.tuner.hypermodel.build(hp)
        key, stored = self._key(fold), read_json(record)
        if stored.get("key") == key:
            keras_compat.load_weights(model, weights)
            return model, stored["score"]
        score = self._train(hp, model, fold)
        with replacing(weights) as temporary:
            keras_compat.save_weights(model, temporary)
        write_text(record, json.dumps({"key": key, "score": score}) + "\n")
        return model, score

    def _train(self, hp, model, fold):
        """Trains a model on a fold; returns its score on the samples that it has not seen."""
        held_out = (self.x[fold.validation], self.y[fold.validation])
        train = (self.x[fold.train], self.y[fold.train])
        options = {"verbose": 0} | self.options
        self.tuner.hypermodel.fit(hp, model, *train, validation_data=held_out, **options)
        results = model.evaluate(*held_out, verbose=0, return_dict=True)
        metric = self.objective.removeprefix("val_")
        if metric in results:
            return float(results[metric])
        rule = f"the objective must be a metric of the models: {', '.join(sorted(results))}"
        raise SearchError(describe("ensemble_of_best", rule, objective=self.objective))

    def _key(self, fold):
        """Text that is equal where the data, the fold and the training are."""
        data = ArrayBatches(self.x[fold.train], self.y[fold.train]).fingerprint()
        options = {name: v for name, v in self.options.items() if name not in _NOT_KEPT}
        return f"{data} seed {self.seed} {json.dumps(options, sort_keys=True, default=repr)}"
