"""The parts of the loop of one trial, each alone: callbacks, checkpoints, memory, options."""

import threading

import h5py
import keras
import keras_tuner
import numpy as np
import pytest
from keras import layers
from keras_tuner.errors import FailedTrialError

import tuners as kt
from recipes import keras_compat
from recipes.errors import ArgumentError, FolderError
from tuners.trials import memory
from tuners.trials.callbacks import copy_callbacks
from tuners.trials.checkpoints import Checkpoints
from tuners.trials.options import LoopOptions


def network(units=3, optimizer="adam"):
    """A dense layer with batch normalization and a head: 4·3+3, 4·3, 3·2+2 = 35 weights."""
    model = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(units),
            layers.BatchNormalization(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return model


def values(model):
    return [keras.ops.convert_to_numpy(v) for v in (*model.variables, *model.optimizer.variables)]


# --- callbacks ------------------------------------------------------------------------------------


class Locked(keras.callbacks.Callback):
    """Holds what cannot be copied, beside what can."""

    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()
        self.seen = []


def test_a_callback_with_a_lock_is_copied_and_shares_the_lock_alone():
    original = Locked()
    (copied,) = copy_callbacks([original])
    assert copied is not original
    assert copied.lock is original.lock
    copied.seen.append(1)
    assert original.seen == []


def test_a_callback_that_cannot_be_copied_at_all_is_used_itself():
    class Single(keras.callbacks.Callback):
        def __reduce_ex__(self, protocol):
            raise TypeError("there is one of it")

    single = Single()
    assert copy_callbacks(single) == [single]


def test_no_callbacks_are_none():
    assert copy_callbacks(None) == copy_callbacks([]) == copy_callbacks([None]) == []


# --- checkpoints ----------------------------------------------------------------------------------


def test_the_best_weights_are_kept_without_the_optimiser_in_keras_format(tmp_path):
    model, checkpoints = network(), Checkpoints(tmp_path)
    model.fit(np.ones((8, 4)), np.ones(8), verbose=0)
    checkpoints.save_weights("7", model)
    with h5py.File(tmp_path / "trial_7" / "checkpoint.weights.h5") as file:
        assert set(file) == {"layers", "vars"}
    fresh = network()
    checkpoints.load_weights("7", fresh)
    for stored, read in zip(model.weights, fresh.weights, strict=True):
        np.testing.assert_array_equal(stored, read)
    assert checkpoints.names() == ["7"]
    checkpoints.drop_weights("7")
    checkpoints.drop_weights("7")
    assert checkpoints.names() == []


def test_a_state_holds_weights_statistics_and_optimiser(tmp_path):
    model, checkpoints = network(), Checkpoints(tmp_path)
    model.fit(np.ones((8, 4)), np.ones(8), epochs=2, verbose=0)
    checkpoints.save_state("7", model, execution=1, epochs=2)
    assert checkpoints.has_state("7", execution=1, epochs=2)
    assert not checkpoints.has_state("7", execution=0, epochs=2)
    assert not checkpoints.has_state("8", execution=1, epochs=2)
    fresh = network()
    checkpoints.load_state("7", fresh)
    for stored, read in zip(values(model), values(fresh), strict=True):
        np.testing.assert_array_equal(stored, read)
    checkpoints.drop_state()
    assert not checkpoints.has_state("7", execution=1, epochs=2)


def test_a_state_of_another_model_is_refused(tmp_path):
    Checkpoints(tmp_path).save_state("7", network(units=5), execution=0, epochs=2)
    with pytest.raises(FolderError) as caught:
        Checkpoints(tmp_path).load_state("7", network())
    assert str(caught.value) == (
        "search: the stored state of a training must be that of the model that goes on. "
        "Received: trial='7'. The function that builds it has changed. Name another folder."
    )


def test_a_write_that_fails_leaves_the_former_file_and_nothing_beside_it(tmp_path, monkeypatch):
    checkpoints, model = Checkpoints(tmp_path), network()
    checkpoints.save_weights("7", model)
    before = (tmp_path / "trial_7" / "checkpoint.weights.h5").read_bytes()

    def cut_off(model, path):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(keras_compat, "save_weights", cut_off)
    with pytest.raises(KeyboardInterrupt):
        checkpoints.save_weights("7", model)
    assert (tmp_path / "trial_7" / "checkpoint.weights.h5").read_bytes() == before
    assert sorted(path.name for path in (tmp_path / "trial_7").iterdir()) == [
        "build_config.json",
        "checkpoint.weights.h5",
    ]


# --- memory ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("optimizer", "slots"),
    [
        (keras.optimizers.SGD(), 0),
        (keras.optimizers.SGD(momentum=0.9), 1),
        (keras.optimizers.Adam(), 2),
        (keras.optimizers.Adam(amsgrad=True), 3),
        (None, 0),
    ],
)
def test_an_optimiser_shows_how_many_slots_it_keeps(optimizer, slots):
    assert memory.slots_per_weight(optimizer) == slots


def test_the_memory_of_a_training_is_that_counted_by_hand():
    # 35 weights, 29 of which train. Outputs of a sample: 3, 3, 2 and the softmax within the layer.
    sizes = memory.estimate_sizes(network(), batch_size=10)
    assert (sizes.weights, sizes.gradients, sizes.slots) == (4 * 35, 4 * 29, 4 * 2 * 29)
    assert 4 * 10 * (3 + 3 + 2) <= sizes.activations <= 4 * 10 * (3 + 3 + 2 + 2 + 2)
    assert sizes.total == sum((sizes.weights, sizes.gradients, sizes.slots, sizes.activations))


def test_a_training_that_would_not_fit_fails_with_one_sentence():
    x = np.zeros((64, 4), "float32")
    model = network(optimizer="sgd")
    memory.check_memory(model, (x,), {}, 10_000)
    memory.check_memory(model, (x,), {}, None)
    with pytest.raises(FailedTrialError) as caught:
        memory.check_memory(model, (x,), {"batch_size": 10**9}, 1000)
    sizes = memory.estimate_sizes(model, 64)  # a batch is no larger than the data
    assert str(caught.value) == (
        f"search: the model must fit in memory; it needs about {sizes.total / 1024:.3g} KiB "
        f"(weights 140 B, gradients 116 B, slots 0 B, activations {sizes.activations / 1024:.3g} "
        "KiB), and 1000 B are free. Bound the space, so that it has smaller models."
    )


def test_weights_that_would_not_fit_are_refused_before_they_are_made():
    layer = layers.Dense(2**18)
    with pytest.raises(FailedTrialError) as caught, memory.refusing_what_does_not_fit(2**30):
        layer.build((None, 2**18))  # 256 GiB
    assert str(caught.value) == (
        "search: the model must fit in memory; it needs at least 256 GiB for its weights, and "
        "1 GiB are free. Bound the space, so that it has smaller models."
    )
    layers.Dense(2).build((None, 2))  # afterwards all is as before


def test_another_lack_of_memory_is_not_taken_for_ours():
    with pytest.raises(MemoryError, match="on purpose"), memory.refusing_what_does_not_fit(100):
        raise MemoryError("on purpose")


@pytest.mark.parametrize(
    ("args", "kwargs", "samples"),
    [
        ((np.zeros((100, 4)),), {}, 32),
        ((np.zeros((10, 4)),), {}, 10),
        ((), {"x": np.zeros((100, 4)), "batch_size": 64}, 64),
        (({"a": np.zeros((100, 4))},), {"batch_size": 7}, 7),
        ((), {}, 1),
        ((object(),), {}, 1),
    ],
)
def test_the_samples_of_a_batch_are_seen(args, kwargs, samples):
    assert memory.batch_size_of(args, kwargs) == samples


def test_the_samples_of_a_batch_of_a_dataset_are_seen():
    import tensorflow as tf

    numbers = tf.data.Dataset.from_tensor_slices((np.zeros((100, 4)), np.zeros(100)))
    batches = numbers.batch(16, drop_remainder=True)
    assert memory.batch_size_of((batches,), {}) == 16
    assert memory.batch_size_of((numbers.batch(16),), {}) == 1  # it does not say


def test_some_memory_is_free_and_not_more_than_a_petabyte():
    assert 2**20 < memory.free_memory() < 2**50


# --- options --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"keep": 0},
            "Tuner: `keep` must be a whole number of at least 1. Received: keep=0. None keeps all.",
        ),
        ({"hours": 0}, "Tuner: `hours` must be a number in (0, inf]. Received: hours=0."),
        (
            {"stop_at": "0.9"},
            "Tuner: `stop_at` must be a number in [-inf, inf]. Received: stop_at='0.9'.",
        ),
        (
            {"executions": 0},
            "Tuner: `executions_per_trial` must be a whole number of at least 1. Received: "
            "executions_per_trial=0.",
        ),
    ],
)
def test_a_wrong_option_is_refused(options, message):
    with pytest.raises(ArgumentError) as caught:
        LoopOptions(**options)
    assert str(caught.value) == message


def test_a_good_enough_value_of_several_objectives_is_refused(tmp_path):
    objectives = [kt.Objective("loss", "min"), kt.Objective("parameters", "min")]
    oracle = kt.oracles.RandomSearchOracle(objectives, max_trials=1)
    with pytest.raises(ArgumentError) as caught:
        kt.Tuner(oracle, network, stop_at=0.5, directory=str(tmp_path))
    assert str(caught.value) == (
        "Tuner: `stop_at` is a value of one objective, and there are several. Received: "
        "stop_at=0.5, objective=['loss', 'parameters']. Leave it out, or make the others "
        "constraints."
    )


def test_an_oracle_of_keras_tuner_is_refused(tmp_path):
    oracle = keras_tuner.oracles.RandomSearchOracle("val_loss", max_trials=1)
    with pytest.raises(ArgumentError) as caught:
        kt.Tuner(oracle, network, directory=str(tmp_path))
    assert str(caught.value) == (
        "Tuner: `oracle` must be one of tuners.oracles. Received: oracle='RandomSearchOracle'. "
        "keras_tuner.Tuner takes those of keras_tuner, and ours."
    )


def test_a_second_pruner_is_refused(tmp_path):
    class Bracketed(kt.oracles.RandomSearchOracle):
        pruner = "its own"

    with pytest.raises(ArgumentError) as caught:
        kt.Tuner(Bracketed("val_loss", max_trials=1), network, pruner="median")
    assert str(caught.value) == (
        "Tuner: a search takes one pruner, and Bracketed has its own. Received: pruner='median'. "
        "Leave `pruner` out."
    )
