"""Ways to train that are more than one training: stages, several networks, other data first."""

import dataclasses
from dataclasses import dataclass

import numpy as np

from benchmarks.claims.data import scores
from benchmarks.claims.training import Training, predictor
from recipes import ensemble, fuse

HELD_OUT = 0.2  # share of the training samples on which a mix is fitted


@dataclass(frozen=True, kw_only=True)
class Switched:
    """An optimiser first, another one when the training is nearly over (row 40).

    Attributes:
        first: The `Training` of the first epochs.
        then: The one of the last epochs, on the same weights.
    """

    first: Training
    then: Training

    def run(self, data, seed):
        """Trains and returns the scores."""
        samples = data.load(seed)
        prepare, model = self.first.begin(samples, seed)
        self.first.train(model, prepare, samples, seed)
        self.then.compile(model, samples)
        self.then.train(model, prepare, samples, seed + 1)
        return samples.score(predictor(model, prepare))


@dataclass(frozen=True, kw_only=True)
class Alternated:
    """One epoch by one training, one by another, with one state of the optimiser (row 69).

    Attributes:
        odd: The `Training` of the first, third, … epoch.
        even: The one of the others: the same network, with other regularisation.
    """

    odd: Training
    even: Training

    def run(self, data, seed):
        """Trains and returns the scores."""
        samples = data.load(seed)
        pairs = [training.begin(samples, seed) for training in (self.odd, self.even)]
        models = [model for _, model in pairs]
        for model in models:
            model.optimizer.build(model.trainable_variables)
        for epoch in range(self.odd.epochs):
            prepare, model = pairs[epoch % 2]
            training = (self.odd, self.even)[epoch % 2]
            if epoch:
                _hand_over(models[(epoch - 1) % 2], model)
            training.train(model, prepare, samples, seed + epoch, epochs=1)
        return samples.score(predictor(model, prepare))


@dataclass(frozen=True, kw_only=True)
class Members:
    """The mean of several networks from other initial weights (row 65).

    Attributes:
        training: The `Training` of each.
        count: How many.
    """

    training: Training
    count: int = 4

    def run(self, data, seed):
        """Trains all and returns the scores of the mean of their outputs."""
        samples, models = data.load(seed), []
        for number in range(self.count):
            prepare, model = self.training.begin(samples, seed * self.count + number)
            self.training.train(model, prepare, samples, seed * self.count + number)
            models.append(model)
        return samples.score(predictor(ensemble(models), prepare))


@dataclass(frozen=True, kw_only=True)
class Stages:
    """The mean of one network at the end of each cycle of its rate (row 67).

    Attributes:
        training: The `Training`, of so many epochs and `cycles` together.
    """

    training: Training

    def run(self, data, seed):
        """Trains once and returns the scores of the mean of the outputs of all stages."""
        samples = data.load(seed)
        prepare, model = self.training.begin(samples, seed)
        cycles, outputs = self.training.cycles, []
        for cycle in range(cycles):
            epochs = self.training.epochs // cycles
            self.training.train(model, prepare, samples, seed + cycle, epochs=epochs)
            outputs.append(predictor(model, prepare)(samples.test[0]))
        return scores(np.mean(outputs, axis=0), samples.test[1], samples.kind)


@dataclass(frozen=True, kw_only=True)
class Fused:
    """A network mixed with a random forest by `fuse` (row 68); the forest alone, or the network.

    Attributes:
        training: The `Training` of the network.
        parts: Which of "network" and "forest" there are.
    """

    training: Training
    parts: tuple = ("network", "forest")

    def run(self, data, seed):
        """Trains on four fifths of the samples, fits the mix on the rest, returns its scores."""
        samples = data.load(seed)
        held = samples.hold_out(HELD_OUT, seed)
        makers = {"network": self._network, "forest": self._forest}
        members = [makers[part](held, seed) for part in self.parts]
        if len(members) == 1:
            return samples.score(members[0])
        prepared = [_Predicting(member) for member in members]
        fusion = fuse(prepared, *held.test)
        return samples.score(fusion.predict)

    def _network(self, held, seed):
        return self.training.fit(held, seed)

    def _forest(self, held, seed):
        from sklearn.ensemble import RandomForestClassifier

        x, y = held.train
        forest = RandomForestClassifier(200, random_state=seed, n_jobs=1)
        forest.fit(x.reshape(len(x), -1), y)
        return lambda x: forest.predict_proba(x.reshape(len(x), -1))


class _Predicting:
    """What `fuse` takes for a classifier of scikit-learn."""

    def __init__(self, predict):
        self.predict_proba = predict


@dataclass(frozen=True, kw_only=True)
class Pretrained:
    """Weights of the first five classes, then trained on few samples of the others (row 63).

    Attributes:
        before: The `Training` on the first five classes, all their samples; None for none of it.
        training: The one on the others.
        samples: Number of samples of the other five.
    """

    training: Training
    before: Training | None = None
    samples: int = 100

    def run(self, data, seed):
        """Trains and returns the scores on the last five classes."""
        whole = data.load(seed)
        few = whole.classes(5, 10).few(self.samples)
        if self.before is None:
            return self.training.score(few, seed)
        first = whole.classes(0, 5)
        prepare, model = self.before.begin(first, seed)
        self.before.train(model, prepare, first, seed)
        _, other = self.training.begin(few, seed)
        for old, new in zip(model.layers[:-1], other.layers[:-1], strict=True):
            new.set_weights(old.get_weights())
        self.training.train(other, prepare, few, seed)
        return few.score(predictor(other, prepare))


def changed(training, **values):
    """Returns a training with other values; those of its network too, as `network__NAME`."""
    inner = {k.removeprefix("network__"): v for k, v in values.items() if "__" in k}
    outer = {k: v for k, v in values.items() if "__" not in k}
    network = dataclasses.replace(training.network, **inner)
    return dataclasses.replace(training, **({"network": network} | outer))


def _hand_over(model, other):
    """Gives the weights of a model, and the state of its optimiser, to another one."""
    other.set_weights(model.get_weights())
    pairs = zip(model.optimizer.variables, other.optimizer.variables, strict=True)
    for own, new in pairs:
        new.assign(own)
