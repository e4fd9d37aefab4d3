"""The best settings of a search, trained over folds (guide row 66)."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers
from studies import oracle_in, search

import tuners as kt
from recipes import make_folds
from recipes.errors import DataError, SearchError
from tuners.ensembles import BestSettings, CrossValidated

X = np.random.default_rng(0).random((90, 4), dtype="float32")
Y = (X[:, 0] + X[:, 1] > 1).astype(int)


def build(hp):
    units = hp.Choice("units", [2, 4, 8])
    head = [layers.Dense(units, activation="relu"), layers.Dense(2, activation="softmax")]
    model = keras.Sequential([keras.Input((4,)), *head])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.fixture(scope="module")
def tuner(tmp_path_factory):
    """A search of three trials."""
    folder = str(tmp_path_factory.mktemp("search"))
    options = {"max_trials": 3, "seed": 0, "directory": folder}
    tuner = kt.RandomSearch(build, objective="val_loss", **options)
    tuner.search(X[:60], Y[:60], validation_data=(X[60:], Y[60:]), epochs=1, verbose=0)
    return tuner


@pytest.fixture(scope="module")
def found(tuner):
    return kt.ensemble_of_best(tuner, X, Y, best=2, folds=2, epochs=2)


# --- folds ----------------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    counts=st.lists(st.integers(6, 30), min_size=2, max_size=4),
    folds=st.integers(2, 6),
    seed=st.integers(0, 1000),
)
def test_no_sample_is_on_both_sides_and_every_one_validates_once(counts, folds, seed):
    y = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    parts = make_folds(y, folds=folds, seed=seed)
    assert len(parts) == folds
    for fold in parts:
        assert sorted([*fold.train, *fold.validation]) == list(range(len(y)))
        held_out = np.bincount(y[fold.validation], minlength=len(counts))
        assert np.all(np.abs(held_out - np.array(counts) / folds) < 1)  # each class has its share
    validated = np.concatenate([fold.validation for fold in parts])
    assert sorted(validated) == list(range(len(y)))


def test_one_hot_labels_are_stratified_as_their_classes_are():
    places = [fold.validation.tolist() for fold in make_folds(Y, seed=3)]
    assert [fold.validation.tolist() for fold in make_folds(np.eye(2)[Y], seed=3)] == places
    assert [fold.validation.tolist() for fold in make_folds(Y, seed=4)] != places


def test_numbers_are_split_without_classes():
    parts = make_folds(np.linspace(0, 1, 10), folds=5)
    assert sorted(np.concatenate([fold.validation for fold in parts])) == list(range(10))


def test_a_class_with_fewer_samples_than_folds_is_refused():
    with pytest.raises(DataError) as caught:
        make_folds(np.array([0] * 20 + [1] * 3), folds=5)
    assert str(caught.value) == (
        "make_folds: there must be as many samples as folds, of each class too. "
        "Received: folds=5, samples=23."
    )


# --- the best settings ----------------------------------------------------------------------------


def test_the_best_trials_of_the_search_are_trained_over_all_folds(tuner, found):
    best = tuner.oracle.get_best_trials(2)
    assert [each.trial for each in found.trials] == [trial.trial_id for trial in best]
    assert [each.values for each in found.trials] == [t.hyperparameters.values for t in best]
    assert [len(each.scores) for each in found.trials] == [2, 2]
    assert len({score for each in found.trials for score in each.scores}) == 4


def test_a_score_is_that_of_a_model_on_the_samples_that_it_has_not_seen(found):
    members = found.model.layers[1:-1]
    for number, fold in enumerate(make_folds(Y, folds=2)):
        outputs = np.asarray(members[number](X[fold.validation]))
        given = outputs[np.arange(len(outputs)), Y[fold.validation]]
        assert found.trials[0].scores[number] == pytest.approx(-np.log(given).mean(), rel=1e-4)


def test_the_ensemble_is_the_mean_of_all_models(found):
    members = found.model.layers[1:-1]
    assert len(members) == 4
    mean = np.mean([np.asarray(member(X)) for member in members], axis=0)
    assert np.asarray(found.model(X)) == pytest.approx(mean, abs=1e-6)


def test_scores_are_told_with_their_span():
    trials = [CrossValidated("7", {}, (0.25, 0.75))]
    assert str(BestSettings(None, tuple(trials), "val_loss")) == (
        "trial 7: val_loss 0.5000 over 2 folds (0.2500 to 0.7500)"
    )


def test_a_killed_call_goes_on_with_what_it_has_trained(tuner, found, tmp_path):
    trained = []

    class Kill(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            trained.append(1)
            if len(trained) == 3:
                raise KeyboardInterrupt

    def run():
        options = {"best": 2, "folds": 2, "epochs": 2, "callbacks": [Kill()]}
        return kt.ensemble_of_best(tuner, X, Y, folder=tmp_path, **options)

    with pytest.raises(KeyboardInterrupt):
        run()
    again = run()
    assert len(trained) == 5  # two were whole, the third was trained anew
    assert [each.scores for each in again.trials] == [each.scores for each in found.trials]
    assert np.array_equal(again.model(X), found.model(X))


def test_other_settings_are_trained_anew(tuner, found):
    other = kt.ensemble_of_best(tuner, X, Y, best=1, folds=2, epochs=1)
    assert other.trials[0].trial == found.trials[0].trial
    assert other.trials[0].scores != found.trials[0].scores


def test_a_search_without_a_finished_trial_is_refused(tmp_path):
    space = kt.HyperParameters()
    space.Float("rate", 0.0, 1.0)
    oracle = search(oracle_in(tmp_path, space), lambda values: 1 / 0, 1)
    with pytest.raises(SearchError) as caught:
        kt.ensemble_of_best(oracle, X, Y)
    assert str(caught.value) == (
        "ensemble_of_best: the search must have a finished trial with a score. "
        f"Received: folder='{tmp_path / 'search'}'."
    )


def test_an_objective_that_the_models_do_not_measure_is_refused(tmp_path):
    objective = kt.Objective("epoch_seconds", "min")
    tuner = kt.RandomSearch(build, objective, max_trials=1, seed=0, directory=str(tmp_path))
    tuner.search(X[:60], Y[:60], validation_data=(X[60:], Y[60:]), epochs=1, verbose=0)
    with pytest.raises(SearchError) as caught:
        kt.ensemble_of_best(tuner, X, Y, best=1, folds=2, epochs=1)
    assert str(caught.value) == (
        "ensemble_of_best: the objective must be a metric of the models: accuracy, loss. "
        "Received: objective='epoch_seconds'."
    )
