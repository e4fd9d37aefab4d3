"""Our classes take what keras_tuner's take, in the same order and with the same defaults."""

import inspect

import keras_tuner
import pytest

import tuners

PAIRS = [
    (tuners.BayesianOptimization, keras_tuner.BayesianOptimization),
    (tuners.GridSearch, keras_tuner.GridSearch),
    (tuners.RandomSearch, keras_tuner.RandomSearch),
    (tuners.oracles.BayesianOptimizationOracle, keras_tuner.oracles.BayesianOptimizationOracle),
    (tuners.oracles.GridSearchOracle, keras_tuner.oracles.GridSearchOracle),
    (tuners.Hyperband, keras_tuner.Hyperband),
    (tuners.oracles.HyperbandOracle, keras_tuner.oracles.HyperbandOracle),
    (tuners.oracles.RandomSearchOracle, keras_tuner.oracles.RandomSearchOracle),
    (tuners.oracles.Oracle, keras_tuner.Oracle),
]


@pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=lambda cls: cls.__module__)
def test_a_signature_is_that_of_keras_tuner(ours, theirs):
    def positional(cls):
        parameters = inspect.signature(cls).parameters.values()
        return [(p.name, p.default) for p in parameters if p.kind == p.POSITIONAL_OR_KEYWORD]

    assert positional(ours) == positional(theirs)


@pytest.mark.parametrize("name", ["HyperModel", "HyperParameters", "Objective", "synchronized"])
def test_a_name_of_keras_tuner_is_handed_on(name):
    assert getattr(tuners, name) is getattr(keras_tuner, name)
