"""One training of one network: what most claims compare, and what the other ways are made of."""

import dataclasses
from dataclasses import dataclass

import keras
import numpy as np

from benchmarks.claims.pixels import PREPROCESSING, ChangedImages
from recipes import HalveOnPlateau, make_optimizer, make_schedule

TUNED_ON = 0.2  # share of the training samples that choose a rate


@dataclass(frozen=True, kw_only=True)
class Training:
    """How a network is trained; all that is not named is off, so that a claim stands alone.

    Attributes:
        network: What `build(samples)` makes a model of.
        optimizer: A name of `make_optimizer`.
        learning_rate: Peak of the rate, without a unit.
        schedule: A name of `make_schedule`; "halve" halves the rate when the loss on what validates
            does not fall for two epochs.
        validates: Whether a fifth of the training samples validates in place of training.
        warmup: Share of the run in which the rate rises.
        cycles: Of the schedule "cosine".
        weight_decay: Decay apart from the gradient.
        clip_norm: Largest norm of the gradient, or None.
        label_smoothing: Share of each target spread over all classes.
        batch_size: Samples a step.
        epochs: Passes over the training samples.
        shift: Largest random shift of images, in pixels.
        flip: Whether half of the images are mirrored.
        preprocessing: A name of `PREPROCESSING`.
    """

    network: object
    optimizer: str = "momentum"
    learning_rate: float = 0.05
    schedule: str = "cosine"
    validates: bool = False
    warmup: float = 0.0
    cycles: int | None = None
    weight_decay: float = 0.0
    clip_norm: float | None = None
    label_smoothing: float = 0.0
    batch_size: int = 32
    epochs: int = 20
    shift: int = 0
    flip: bool = False
    preprocessing: str = "standardize"

    def run(self, data, seed):
        """Trains on a data set and returns the scores on its test samples."""
        return self.score(data.load(seed), seed)

    def score(self, samples, seed):
        """Trains on some samples and returns the scores on their test part."""
        return samples.score(self.fit(samples, seed))

    def fit(self, samples, seed):
        """Trains and returns a function from samples to outputs."""
        prepare, model = self.begin(samples, seed)
        self.train(model, prepare, samples, seed)
        return predictor(model, prepare)

    def begin(self, samples, seed):
        """Returns the preprocessing, and a new compiled model."""
        keras.utils.set_random_seed(seed)
        x, y = samples.train
        kind = "none" if samples.kind == "steps" else self.preprocessing  # characters stay
        prepare = PREPROCESSING[kind](x)
        model = self.network.build(dataclasses.replace(samples, train=(prepare(x[:1]), y)))
        self.compile(model, samples)
        return prepare, model

    def compile(self, model, samples):
        """Gives a model a new optimiser, and the loss of its samples."""
        model.compile(self._optimizer(samples), self._loss(samples))

    def train(self, model, prepare, samples, seed, *, epochs=None):
        """Trains a compiled model.

        Args:
            model: A `keras.Model`.
            prepare: Function from samples to what the model takes.
            samples: The `Samples`.
            seed: Seed of the order of augmented images.
            epochs: Passes; None for all.
        """
        options, callbacks = {}, []
        if self.validates:
            samples = samples.hold_out(TUNED_ON, seed)
            x_held, y_held = samples.test
            options["validation_data"] = prepare(x_held), self._targets(samples, y_held)
        if self.schedule == "halve":
            callbacks.append(HalveOnPlateau("val_loss", patience=2))
        batches = self._batches(prepare(samples.train[0]), samples, seed)
        epochs = epochs or self.epochs
        model.fit(**batches, **options, epochs=epochs, callbacks=callbacks, verbose=0)

    def _batches(self, x, samples, seed):
        """Returns what `model.fit` takes of prepared samples."""
        y = self._targets(samples, samples.train[1])
        if not (self.shift or self.flip):
            return {"x": x, "y": y, "batch_size": self.batch_size}
        change = {"shift": self.shift, "flip": self.flip, "seed": seed}
        return {"x": ChangedImages(x, y, self.batch_size, **change)}

    def _optimizer(self, samples):
        total = self.epochs * -(-len(samples.train[0]) // self.batch_size)
        name = "plateau" if self.schedule == "halve" else self.schedule
        shape = {"warmup": self.warmup, "cycles": self.cycles}
        rate = make_schedule(name, self.learning_rate, total, **shape)
        return make_optimizer(
            self.optimizer, rate, weight_decay=self.weight_decay, clip_norm=self.clip_norm
        )

    def _loss(self, samples):
        if samples.kind == "pixels":
            return "mse"
        if self.label_smoothing:
            return keras.losses.CategoricalCrossentropy(label_smoothing=self.label_smoothing)
        return "sparse_categorical_crossentropy"

    def _targets(self, samples, y):
        if self.label_smoothing:
            return keras.utils.to_categorical(y, samples.num_classes)
        return y


@dataclass(frozen=True, kw_only=True)
class Tuned:
    """A training whose rate is the best of several on a fifth of the training samples.

    Attributes:
        training: The `Training`.
        rates: Tuple of rates.
        metric: The score by which they are told, of which more is better.
    """

    training: Training
    rates: tuple
    metric: str = "accuracy"

    def run(self, data, seed):
        """Trains with each rate, then with the best one on all samples; returns its scores."""
        samples = data.load(seed)
        held = samples.hold_out(TUNED_ON, seed)
        tried = [self._with(rate).score(held, seed)[self.metric] for rate in self.rates]
        return self._with(self.rates[int(np.argmax(tried))]).score(samples, seed)

    def _with(self, rate):
        return dataclasses.replace(self.training, learning_rate=rate)


def predictor(model, prepare):
    """Returns a function from samples to the outputs of a model."""
    return lambda x: model.predict(prepare(x), batch_size=256, verbose=0)
