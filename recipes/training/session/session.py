"""One training from its first look at the folder to its record; `fit` and `rerun` call it."""

import dataclasses
import functools
import sys

from recipes.diagnosis.curves import diagnose
from recipes.errors import ArgumentError, describe
from recipes.interrupts import lasting_interrupts
from recipes.keras_compat import fusing_norms, releasing_graphs
from recipes.training.losses import guess_loss
from recipes.training.records.record import as_numbers, environment
from recipes.training.records.run_folder import FINISHED
from recipes.training.records.state import read_state, write_state
from recipes.training.run import Run
from recipes.training.session.budget import Stopwatch, in_words
from recipes.training.session.class_weights import weigh_classes
from recipes.training.session.feeding import augmentation_of
from recipes.training.session.instruments import Instruments
from recipes.training.session.prepare import prepare
from recipes.training.session.settings import check_unchanged, model_signature

_ENDLESS = 1_000_000  # epochs: the clock ends the training
_LOOKED_AT = 1_000  # targets that tell the loss of a guess


class Session:
    """One training.

    Args:
        job: The `Job`.
        train: A view of the training data.
        validation: A view of the validation data, or None.
        kept: The opened `RunFolder`, or None.
    """

    def __init__(self, job, train, validation, kept=None):
        self.job, self.train, self.validation, self.kept = job, train, validation, kept
        self._given = {"train": train, "validation": validation}
        self.watch = Stopwatch()
        self.notes = []
        self._earlier = kept.record() if kept is not None else None

    @releasing_graphs()
    def run(self, model):
        """Trains a model, or what a builder makes; goes on with what the folder holds.

        Args:
            model: A built `keras.Model`, or a builder.

        Returns:
            A `Run`.
        """
        self._prepare(model)
        model = self.prepared.model
        if self._earlier is not None:
            check_unchanged(self.kept.path, self._earlier.get("settings", {}), self._settings())
            if self._earlier["status"] == FINISHED:
                return self._finished(model)
        parts = (self.job, self.prepared, self.train, self.validation)
        self.instruments = Instruments(*parts, kept=self.kept, watch=self.watch)
        self._begin(model)
        try:
            with lasting_interrupts(), fusing_norms(model):
                self._fit(model)
        except KeyboardInterrupt:
            self._say_how_to_go_on()
            raise
        finally:
            self.instruments.progress.close()
        return self._finish(model)

    # --- before -----------------------------------------------------------------------------------

    def _prepare(self, model):
        """Builds, checks and compiles the model."""
        if self.job.class_weight is not None:
            self.train = weigh_classes(self.job.class_weight, self.train)
        self.prepared = prepare(
            model,
            self.job,
            self.train,
            self.validation,
            earlier=self._earlier,
            watch=self.watch,
            say=self._say,
        )
        self.recipe = self.prepared.recipe
        self._signature = model_signature(self.prepared.model)

    def _begin(self, model):
        """Writes down what the training begins with, or puts all where it stopped."""
        self._initial = read_state(model, optimizer=False)
        if self._earlier is None:
            if self.kept is not None:
                self.kept.begin(model, self._known(model), compiled=self.prepared.compiled)
            return
        values, arrays = self.kept.load_state()
        if not write_state(model, arrays):
            rule = "the state of the run must be that of the model"
            hint = "Name another folder."
            raise ArgumentError(describe("fit", rule, hint, folder=str(self.kept.path)))
        keeper = self.instruments.keeper
        keeper.restore(values, arrays)
        self._say(f"goes on after epoch {keeper.epochs} of the run in {self.kept.path}.")

    # --- the training -----------------------------------------------------------------------------

    def _fit(self, model):
        job, recipe, keeper = self.job, self.recipe, self.instruments.keeper
        first, steps = keeper.epochs, self.train.steps(recipe.batch_size)
        last = _ENDLESS if job.sets_rates else recipe.epochs
        data = self.train.stream(
            batch_size=recipe.batch_size,
            first_epoch=first,
            seed=job.seed,
            augment=self._augmentation(),
        )
        try:
            model.fit(
                self.instruments.loader.watch(data),
                validation_data=self.validation and self.validation.for_validation(),
                validation_batch_size=recipe.batch_size if self._has_arrays() else None,
                steps_per_epoch=steps if self.train.endless else None,
                epochs=first if keeper.stopped else last,
                initial_epoch=first,
                shuffle=False,  # the batches are shuffled already
                callbacks=list(self.instruments.callbacks()),
                verbose=0,
            )
        except ArgumentError:  # the forecast was too long
            if keeper.epochs == job.initial_epoch:
                write_state(model, self._initial, optimizer=False)
                if self.kept is not None:
                    self.kept.forget()
            raise

    def _augmentation(self):
        """Returns the layer that changes the training images, or None."""
        task, seed = self.prepared.task, self.job.seed
        return augmentation_of(self.recipe, self.train, task=task, seed=seed, say=self._say)

    def _has_arrays(self):
        return self.validation is not None and self.validation.arrays is not None

    # --- after ------------------------------------------------------------------------------------

    def _finish(self, model):
        keeper, loader = self.instruments.keeper, self.instruments.loader
        if loader.starves:
            self._say(loader.sentence(in_memory=self.train.arrays is not None))
        history, seconds = as_numbers(keeper.history), self.watch.seconds()
        run = self._run(model, history, seconds, keeper.learning_rates, loader.share)
        if self.kept is not None:
            rates = self.instruments.set_rates
            self.kept.finish(model, self._known(model) | self._learned(run), rates=rates)
        return run

    def _finished(self, model):
        """Returns the run that the folder holds."""
        record = self._earlier
        self.kept.load_weights(model)
        self._say(f"the run in {self.kept.path} is finished, and is not trained again.")
        history = as_numbers(record["history"])
        return self._run(
            model, history, record["seconds"], record["learning_rates"], record["loader_share"]
        )

    def _run(self, model, history, seconds, learning_rates, share):
        folder = self.kept.path if self.kept is not None else None
        return Run(
            model=model,
            history=history,
            diagnosis=self._judge(history),
            recipe=self.recipe,
            seconds=seconds,
            folder=folder,
            learning_rates=tuple(learning_rates),
            loader_share=share,
            size=self.prepared.size,
        )

    def _judge(self, history):
        """Returns the `Diagnosis` of curves; None without validation data or a known guess."""
        if "val_loss" not in history or self.guess is None:
            return None
        return diagnose(
            history,
            reference=self.guess,
            learning_rate=self.recipe.learning_rate,
            steps_per_epoch=self.train.steps(self.recipe.batch_size),
        )

    @functools.cached_property
    def guess(self):
        """The loss of a model that knows nothing, or None; data are read for numbers alone."""

        def targets():
            return self.train.sample(_LOOKED_AT, self.job.seed)[1]

        return guess_loss(self.prepared.model, targets)

    def _settings(self):
        """Returns what decides the result."""
        return self._prints() | {"model": self._signature} | self.job.settings(self.recipe)

    def _prints(self):
        return {name: view and view.fingerprint() for name, view in self._given.items()}

    def _known(self, model):
        """Returns the part of the record that is known before the first step."""
        return {
            "settings": self._settings(),
            "recipe": self.recipe.to_dict(),
            "seed": self.job.seed,
            "source": self.job.source,
            "size": self.prepared.size,
            "parameters": model.count_params(),
            **environment(),
        }

    def _learned(self, run):
        """Returns the part of the record that is known at the end."""
        rates = self.instruments.set_rates
        return {
            "history": run.history,
            "learning_rates": list(run.learning_rates),
            "diagnosis": dataclasses.asdict(run.diagnosis) if run.diagnosis else None,
            "guess_loss": self.guess,
            "seconds": round(run.seconds, 1),
            "step_seconds": self.instruments.forecast.step,
            "sizes_measured": self.prepared.times,
            "loader_share": run.loader_share,
            "steps": None if rates is None else len(rates),
            "notes": self.notes,
        }

    def _say(self, text):
        """Says something in a sentence, and keeps it for the record."""
        self.notes.append(text)
        if self.job.verbose:
            print(f"fit: {text}")

    def _say_how_to_go_on(self):
        if self.kept is None and not self.job.verbose:
            return  # the trial of a search, which goes on in its own way
        done, gone = self.instruments.keeper.epochs, in_words(self.watch.seconds())
        way = "it has no folder, and cannot go on"
        if self.kept is not None:
            way = f"call fit again with folder={str(self.kept.path)!r} to go on"
        print(f"fit: stopped after epoch {done} ({gone}): {way}.", file=sys.stderr)
