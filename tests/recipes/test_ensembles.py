"""Ensembles over seeds and over the stages of one run (guide rows 65, 67)."""

import functools
from itertools import chain

import keras
import numpy as np
import pytest
from commands import run_python
from graph_models import dict_inputs
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers
from sklearn.metrics import log_loss, mean_squared_error
from tiny import StopAt, equal, network, points

from recipes import (
    Recipe,
    Snapshots,
    average_weights,
    build_mlp,
    ensemble,
    export_graph,
    fit,
    fit_ensemble,
    make_schedule,
)
from recipes.ensembles.members import copy_model
from recipes.errors import ArgumentError
from recipes.training.losses import read_head

X, Y = points()
VALIDATION = points(64, seed=1)
BUILD = functools.partial(build_mlp, (4,), 2, depth=1, units=6, norm=None)


@pytest.fixture(scope="module")
def members():
    """Three networks with different weights."""
    return [network(seed, dropout=0.5) for seed in range(3)]


def outputs_of(models):
    return [np.asarray(model(X)) for model in models]


def refusal(function, *args, **kwargs):
    with pytest.raises(ArgumentError) as caught:
        function(*args, **kwargs)
    return str(caught.value)


# --- one model of several -------------------------------------------------------------------------


def test_its_outputs_are_the_mean_of_those_of_the_members(members):
    mean = sum(outputs_of(members)) / 3
    assert np.asarray(ensemble(members)(X)) == pytest.approx(mean, abs=1e-6)


def test_weights_make_a_weighted_mean(members):
    first, second, third = outputs_of(members)
    mixed = ensemble(members, weights=(0.5, 0.3, 0.2))
    expected = 0.5 * first + 0.3 * second + 0.2 * third
    assert np.asarray(mixed(X)) == pytest.approx(expected, abs=1e-6)


def test_it_shares_the_weights_of_its_members_whose_names_stay(members):
    names = [model.name for model in members]
    together = ensemble(members)
    assert {id(weight) for weight in together.weights} == {
        id(weight) for model in members for weight in model.weights
    }
    assert [layer.name for layer in together.layers[1:4]] == [f"ensemble_{k}" for k in range(3)]
    assert [model.name for model in members] == names


def with_two_outputs():
    inputs = keras.Input((4,))
    heads = {name: layers.Dense(units)(inputs) for name, units in (("a", 1), ("b", 2))}
    return keras.Model(inputs, heads)


def test_outputs_may_be_a_dict_of_several():
    model, other = with_two_outputs(), with_two_outputs()
    mixed = ensemble([model, other], weights=(0.25, 0.75))(X)
    for name, outputs in mixed.items():
        expected = 0.25 * np.asarray(model(X)[name]) + 0.75 * np.asarray(other(X)[name])
        assert np.asarray(outputs) == pytest.approx(expected, abs=1e-6)


def test_inputs_may_be_a_dict_of_several():
    model = dict_inputs()
    x = {name: np.ones((2, *part.shape[1:])) for name, part in model.input.items()}
    assert np.asarray(ensemble([model, model])(x)) == pytest.approx(np.asarray(model(x)))


def test_plain_keras_reads_it_in_another_process(members, tmp_path):
    together = ensemble(members, weights=(0.5, 0.3, 0.2))
    together.save(tmp_path / "ensemble.keras")
    np.savez(tmp_path / "answers.npz", x=X, y=together(X))
    code = (
        "import keras, numpy as np\n"
        "data = np.load('answers.npz')\n"
        "model = keras.saving.load_model('ensemble.keras')\n"
        "print(np.array_equal(model(data['x']), data['y']))"
    )
    assert run_python(tmp_path, "-c", code).stdout.strip() == "True"


def test_it_exports_in_every_format(members, tmp_path):
    exports = export_graph(
        ensemble(members), tmp_path, formats=("keras", "saved_model", "tflite", "pb")
    )
    assert all(export.difference <= export.tolerance for export in exports)
    assert [export.batch for export in exports] == [None] * 4


def test_its_head_is_that_of_the_members(members):
    plain, mixed = ensemble(members), ensemble(members, weights=(0.5, 0.3, 0.2))
    heads = [read_head(each).activation for each in (plain, mixed, ensemble([plain, mixed]))]
    assert heads == ["softmax"] * 3


@pytest.mark.parametrize("scales", [(1.0, 1.0), (0.5, 0.5)])
def test_a_sum_that_is_no_mean_has_no_probabilities(scales):
    inputs = keras.Input((4,))
    shares = [layers.Dense(2, activation="softmax")(inputs) for _ in scales]
    pairs = zip(scales, shares, strict=True)
    total = layers.Add()([layers.Rescaling(scale)(share) for scale, share in pairs])
    expected = "softmax" if sum(scales) == 1 else "linear"
    assert read_head(keras.Model(inputs, total)).activation == expected


@pytest.fixture(scope="module")
def classifiers(members):
    """Three members with softmax and their ensemble, whose weights a test may set."""
    models = [keras.models.clone_model(model) for model in members]
    return models, ensemble(models)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(0.1, 3.0))
def test_the_loss_of_mean_probabilities_is_at_most_the_mean_of_the_losses(classifiers, seed, scale):
    models, together = classifiers
    generator = np.random.default_rng(seed)
    for model in models:
        model.set_weights([scale * generator.normal(size=w.shape) for w in model.get_weights()])
    together.set_weights([weight for model in models for weight in model.get_weights()])
    labels = generator.integers(0, 2, len(X))
    losses = [log_loss(labels, outputs) for outputs in outputs_of(models)]
    assert log_loss(labels, np.asarray(together(X))) <= np.mean(losses) + 1e-6


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_of_numbers_the_squared_error_is_at_most_the_mean_of_the_errors(classifiers, seed):
    models, together = classifiers
    targets = np.random.default_rng(seed).normal(size=(len(X), 2))
    together.set_weights([weight for model in models for weight in model.get_weights()])
    errors = [mean_squared_error(targets, outputs) for outputs in outputs_of(models)]
    assert mean_squared_error(targets, np.asarray(together(X))) <= np.mean(errors) + 1e-6


def test_models_that_do_not_fit_together_are_refused(members):
    assert refusal(ensemble, []) == (
        "ensemble: `models` must be a list of functional or sequential Keras models, one at least. "
        "Received: models=[]."
    )
    assert refusal(ensemble, ["forest"]) == (
        "ensemble: `models` must be a list of functional or sequential Keras models, one at least. "
        "Received: models=['str']. `fuse` mixes models of any kind."
    )
    wide = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="softmax")])
    assert refusal(ensemble, [members[0], wide]) == (
        "ensemble: the outputs of all `models` must be of the same shape and type. "
        "Received: outputs=['(2,) float32', '(3,) float32']."
    )
    logits = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
    assert refusal(ensemble, [members[0], logits]) == (
        "ensemble: all `models` must end in the same activation. Received: "
        "activations=['linear', 'softmax']. The mean of logits and probabilities means nothing."
    )


@pytest.mark.parametrize("weights", [(0.5, 0.5), (0.5, 0.6, -0.1), (0.5, 0.3, 0.1)])
def test_weights_must_be_a_share_for_each_member(members, weights):
    assert refusal(ensemble, members, weights=weights) == (
        "ensemble: `weights` must be 3 numbers of at least 0 with the sum 1, one for each model. "
        f"Received: weights={weights}."
    )


# --- over seeds and over initialisers -------------------------------------------------------------


def train(folder=None, **options):
    options = {"members": 2, "epochs": 2, "verbose": 0, "validation": VALIDATION} | options
    return fit_ensemble(BUILD, (X, Y), folder=folder, **options)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Two members with a folder."""
    folder = tmp_path_factory.mktemp("ensemble")
    return folder, train(folder)


def test_members_differ_and_their_mean_is_the_ensemble(trained):
    _, together = trained
    first, second = (run.predict(VALIDATION[0]) for run in together.runs)
    assert not np.allclose(first, second, atol=1e-3)
    assert together.predict(VALIDATION[0]) == pytest.approx((first + second) / 2, abs=1e-6)


def test_its_losses_are_those_of_scikit_learn(trained):
    _, together = trained
    x, y = VALIDATION
    expected = [log_loss(y, run.predict(x)) for run in together.runs]
    assert together.losses == pytest.approx(expected, rel=1e-5)
    mean = together.predict(x)
    assert together.loss == pytest.approx(log_loss(y, mean), rel=1e-5)
    assert together.loss <= np.mean(together.losses)
    assert str(together) == (
        f"2 members: validation loss {np.mean(expected):.4f} in the mean, {min(expected):.4f} "
        f"the best; together {together.loss:.4f}"
    )


def test_the_folder_holds_a_run_for_each_member_and_the_ensemble(trained):
    folder, together = trained
    assert sorted(path.name for path in folder.iterdir()) == ["member_0", "member_1", "model.keras"]
    assert equal(keras.saving.load_model(folder / "model.keras"), together.model)


def test_a_killed_ensemble_goes_on_and_ends_with_the_same_weights(trained, tmp_path):
    _, together = trained
    stop = StopAt(3)

    class StopSecond(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if (tmp_path / "member_1").exists():
                stop.set_model(self.model)
                stop.on_train_batch_begin(batch)

    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, callbacks=[StopSecond()])
    begun = (tmp_path / "member_0" / "model.keras").stat().st_mtime_ns
    assert equal(train(tmp_path).model, together.model)
    assert (tmp_path / "member_0" / "model.keras").stat().st_mtime_ns == begun


def test_initialisers_are_taken_in_turn():
    together = train(members=3, initializers=("he", "svd"), epochs=1, validation=None)
    hidden = [run.model.layers[2] for run in together.runs]  # after the input and its scaling
    names = [type(layer.kernel_initializer).__name__ for layer in hidden]
    assert names == ["VarianceScaling", "SVDOrthogonal", "VarianceScaling"]
    assert (together.losses, together.loss, str(together)) == ((), None, "3 members")


def test_a_budget_is_split_among_the_members(monkeypatch):
    from recipes.ensembles import trained

    asked = []
    real = trained.fit

    def noting(*args, budget, **options):
        asked.append(budget)
        return real(*args, budget=budget, **options)

    monkeypatch.setattr(trained, "fit", noting)
    train(budget="1h", epochs=1)  # with epochs, a share is what a member may take
    assert asked == [1800, 1800]


def test_what_cannot_be_trained_as_an_ensemble_is_refused(members):
    assert refusal(fit_ensemble, members[0], (X, Y)) == (
        "fit_ensemble: `builder` must be a builder, which makes each member anew. Received: "
        "builder='Sequential'. Such as functools.partial(build_resnet, (32, 32, 3), 10), "
        "or lambda: my_model()."
    )
    assert refusal(fit_ensemble, network, (X, Y), initializers="he") == (
        "fit_ensemble: `initializers` must name one at least, and the builder have the option "
        "initializer. Received: initializers=['he']."
    )


# --- stages of one run ----------------------------------------------------------------------------


def run_with(rate, *, epochs=6, weights=None, **options):
    """Trains 3 steps an epoch; returns the callback."""
    model = network(0)
    model.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy")
    snapshots = Snapshots(**options)
    keras.utils.set_random_seed(0)
    model.fit(X, Y, batch_size=32, epochs=epochs, verbose=0, callbacks=[snapshots])
    return snapshots


def test_a_snapshot_is_taken_before_the_rate_rises_again():
    rate = make_schedule("cosine", 0.5, total_steps=18, cycles=3)
    snapshots = run_with(rate)
    assert len(snapshots.weights) == 3
    two = run_with(rate, epochs=2)  # the same six steps, and nothing after them
    for mine, other in zip(snapshots.weights[0], two.weights[0], strict=True):
        assert np.array_equal(mine, other)
    assert equal(snapshots.models[-1], snapshots.model)


@pytest.mark.parametrize(
    ("rate", "count"),
    [
        (0.1, 1),  # a constant rate has no cycle but the run
        (make_schedule("cosine", 0.1, 18, warmup=0.3), 1),  # a warm-up is no second cycle
        (make_schedule("cyclic", 0.1, 18), 3),
        (make_schedule("cosine", 0.1, 18, cycles=6), 6),
    ],
    ids=["constant", "warm-up", "triangles", "restarts"],
)
def test_there_are_as_many_snapshots_as_cycles(rate, count):
    assert len(run_with(rate).weights) == count


def test_the_latest_snapshots_can_be_kept_alone():
    rate = make_schedule("cosine", 0.5, total_steps=18, cycles=3)
    every, last = run_with(rate), run_with(rate, last=2)
    assert [weights[0].sum() for weights in last.weights] == [w[0].sum() for w in every.weights[1:]]


def test_snapshots_go_on_with_an_interrupted_run(tmp_path):
    recipe = Recipe(schedule="cosine", cycles=3, warmup=0.0, epochs=6, batch_size=32)
    train = functools.partial(
        fit, train=(X, Y), recipe=recipe, folder=tmp_path, preflight=False, verbose=0
    )
    whole, rest = Snapshots(), Snapshots()
    fit(network(0), (X, Y), recipe=recipe, preflight=False, verbose=0, callbacks=[whole])
    with pytest.raises(KeyboardInterrupt):
        train(network(0), callbacks=[Snapshots(), StopAt(11)])
    train(network(0), callbacks=[rest])
    assert len(whole.weights) == len(rest.weights) == 3
    for mine, other in zip(chain(*whole.weights), chain(*rest.weights), strict=True):
        assert np.array_equal(mine, other)


def test_snapshots_of_no_training_are_refused():
    assert refusal(lambda: Snapshots().models) == (
        "Snapshots: the callback must have seen a training to its end. Received: snapshots=0. "
        "A finished run in a folder is not trained again."
    )


# --- averaged weights -----------------------------------------------------------------------------


def normalized(seed):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(3, name="dense"),
            layers.BatchNormalization(name="norm"),
            layers.Dense(1),
        ]
    )
    model.get_layer("norm").moving_mean.assign([seed + 1.0] * 3)
    return model


def test_weights_are_averaged_and_the_statistics_match_the_data():
    first, second = normalized(0), normalized(1)
    model = average_weights([first, second], X)
    for mine, one, other in zip(
        model.trainable_weights, first.trainable_weights, second.trainable_weights, strict=True
    ):
        assert np.asarray(mine) == pytest.approx((np.asarray(one) + np.asarray(other)) / 2)
    kernel, bias = model.get_layer("dense").get_weights()
    seen = X @ kernel + bias
    norm = model.get_layer("norm")
    assert np.asarray(norm.moving_mean) == pytest.approx(seen.mean(axis=0), rel=1e-4)
    assert np.asarray(norm.moving_variance) == pytest.approx(seen.var(axis=0), rel=1e-4)


def test_a_copy_answers_as_its_model_with_whatever_its_layers_keep():
    norm = layers.Normalization()
    norm.adapt(X)
    model = keras.Sequential([keras.Input((4,)), norm, layers.Dense(2)])
    copy = copy_model(model, name="copy")
    assert np.array_equal(copy(X), model(X))
    assert {id(weight) for weight in copy.weights}.isdisjoint(map(id, model.weights))


def test_averages_that_mean_nothing_are_refused(members):
    assert refusal(average_weights, [normalized(0)]) == (
        "average_weights: `data` must be given: the statistics of batch normalization are computed "
        "anew. Received: data=None. Give the training data."
    )
    assert refusal(average_weights, [members[0], network(0, units=5)]) == (
        "average_weights: `models` must be stages of one network, with weights of the same shapes. "
        "Received: parameters=[44, 37]."
    )
