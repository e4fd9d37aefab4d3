"""`fit`: nothing to choose beyond the data, equal runs, a record (guide rows 1, 10, 19)."""

import functools
import json
import time

import keras
import numpy as np
import pytest
import sklearn.metrics
import tensorflow as tf
from graph_models import stopped_gradient
from tiny import network, points

from recipes import Recipe, build_mlp, build_resnet, fit
from recipes.errors import ArgumentError, DataError, FolderError, GraphError
from recipes.training.experiments.dry_run import measure_pace
from recipes.training.session.loader import LoaderWatch

QUICK = Recipe(epochs=2, batch_size=128, learning_rate=0.1, warmup=0.1)


def test_fit_needs_nothing_beyond_a_model_and_data(small_network, split):
    run = fit(small_network(), split.train, validation=split.validation, verbose=0)
    assert len(run.history["loss"]) == 30
    assert run.history["val_accuracy"][-1] > 0.6  # chance is 0.1, and it has 202 weights
    assert run.diagnosis.verdict in ("done", "still improving")
    assert run.folder is None


def test_two_runs_with_one_seed_end_with_equal_weights(small_network, split):
    weights = []
    for seed in (0, 0, 1):
        model = small_network()
        fit(model, split.train, recipe=QUICK, seed=seed, verbose=0)
        weights.append(model.get_weights())
    assert all(np.array_equal(a, b) for a, b in zip(weights[0], weights[1], strict=True))
    assert not np.array_equal(weights[0][0], weights[2][0])


def test_the_rate_rises_to_its_peak_and_falls_to_zero(small_network, split):
    model, rates = small_network(), []
    spy = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: rates.append(float(model.optimizer.learning_rate))
    )
    fit(model, split.train, recipe=QUICK.replace(epochs=4), callbacks=[spy], verbose=0)
    # 9 steps an epoch, 36 in all, 4 of them warm-up; the rate is read after the step, so the
    # first one is that of step 1: a quarter of the peak
    assert len(rates) == 36
    assert rates[0] == pytest.approx(0.025)
    assert max(rates) == pytest.approx(0.1)
    assert rates.index(max(rates)) == 3
    assert rates[-1] == pytest.approx(0.0, abs=1e-6)


def test_the_gradient_does_not_grow_when_the_batch_is_repeated(small_network, split):
    x, y = (part[:16] for part in split.train)
    updates = []
    for repeats in (1, 3):
        model = small_network()
        before = model.get_weights()[0]
        model.compile(keras.optimizers.SGD(1.0), "sparse_categorical_crossentropy")
        model.train_on_batch(np.concatenate([x] * repeats), np.concatenate([y] * repeats))
        updates.append(model.get_weights()[0] - before)
    assert np.abs(updates[0]).max() > 1e-3
    assert updates[0] == pytest.approx(updates[1], abs=1e-5)


def test_a_compiled_model_keeps_its_loss_and_gets_the_optimizer(small_network, split, capsys):
    model = small_network()
    model.compile("adam", "mse", metrics=["mae"])
    parts = (split.train, split.validation)
    train, held = ((x, np.eye(10, dtype="float32")[y]) for x, y in parts)
    run = fit(model, train, validation=held, recipe=QUICK, verbose=2)
    assert set(run.history) == {"loss", "mae", "val_loss", "val_mae", "train_loss"}
    shown = repr(run)
    assert shown.startswith(f"Run(val_loss={run.history['val_loss'][-1]:.4g}, loss=")
    assert f"verdict={run.diagnosis.verdict!r}, epochs={len(run.history['loss'])}, " in shown
    guess = np.var(train[1], axis=0).mean()  # the loss of always answering the mean
    assert run.diagnosis.goal == pytest.approx(0.13 * guess, rel=0.02)
    assert type(model.optimizer).__name__ == "SGD"
    said = "fit: the model is compiled already. It keeps its loss, not its optimiser."
    assert said in capsys.readouterr().out


def test_one_hot_labels_and_two_classes_get_their_loss(small_network, split):
    x, y = split.train
    model = small_network()
    fit(model, (x, np.eye(10)[y]), recipe=QUICK, verbose=0)
    assert type(model.loss).__name__ == "CategoricalCrossentropy"
    binary = small_network(outputs=1, activation="sigmoid")
    held, classes = split.validation
    run = fit(binary, (x, y % 2), validation=(held, classes % 2), recipe=QUICK, verbose=0)
    assert type(binary.loss).__name__ == "BinaryCrossentropy"
    assert run.diagnosis.goal == pytest.approx(0.13 * np.log(2))


def test_logits_are_trained_as_logits(small_network, split):
    model = small_network(activation=None)
    run = fit(model, split.train, recipe=QUICK.replace(epochs=10), verbose=0)
    assert model.loss.from_logits
    assert run.history["loss"][-1] < 0.95 * run.history["loss"][0]


def test_the_verdict_looks_at_training_images_as_they_are(small_network, split):
    model = small_network()
    run = fit(model, split.train, validation=split.validation, recipe=QUICK, verbose=0)
    x, y = split.train
    chosen = np.random.default_rng(0).choice(len(x), 500, replace=False)
    loss = sklearn.metrics.log_loss(y[chosen], model.predict(x[chosen], verbose=0))
    assert run.history["train_loss"][-1] == pytest.approx(loss, rel=1e-5)
    assert run.diagnosis.train_loss == run.history["train_loss"][-1]


def test_data_that_are_no_images_are_not_shifted():
    x = np.random.default_rng(0).random((60, 5), dtype="float32")
    y = (x[:, 0] > 0.5).astype(int)
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(2, activation="softmax")])
    recipe = Recipe(learning_rate=0.3)
    run = fit(model, (x, y), recipe=recipe, epochs=40, batch_size=16, verbose=0)
    assert run.history["accuracy"][-1] > 0.9
    assert (run.recipe.epochs, run.recipe.batch_size) == (40, 16)


def test_a_run_folder_holds_record_curves_and_logs(small_network, split, tmp_path):
    run = fit(
        small_network(),
        split.train,
        validation=split.validation,
        recipe=QUICK,
        verbose=0,
        seed=3,
        folder=tmp_path / "run",
    )
    record = json.loads((run.folder / "run.json").read_text())
    assert record["recipe"] == QUICK.to_dict()
    assert (record["seed"], record["parameters"]) == (3, 202)  # 72 + 8 + 32 + 90
    assert record["history"] == run.history
    assert record["diagnosis"]["verdict"] == run.diagnosis.verdict
    assert record["versions"]["keras"] == keras.__version__
    lines = (run.folder / "history.csv").read_text().splitlines()
    assert lines[0].split(",") == ["epoch", *run.history]
    assert [line.split(",")[0] for line in lines[1:]] == ["1", "2"]
    assert list((run.folder / "logs").rglob("events.*"))


def test_a_model_that_cannot_learn_is_refused_before_the_first_step():
    model = stopped_gradient()
    before = model.get_weights()
    with pytest.raises(GraphError, match="CUT: layer 'cut'"):
        fit(model, (np.eye(8, 6, dtype="float32"), np.arange(8) % 3), verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert not model.compiled


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        (
            lambda x, y: (x, y + 1),
            [
                "Labels must be in [0, 10), one for each class of the model. Received: labels from "
                "1 to 10. They count from 1: take `y - 1`."
            ],
        ),
        (
            lambda x, y: (x, y - 1),
            [
                "Labels must be in [0, 10), one for each class of the model. Received: labels from "
                "-1 to 8. Number them anew: `names, y = numpy.unique(y, return_inverse=True)`."
            ],
        ),
        (
            lambda x, y: (x[:0], y[:0]),
            ["There is no sample in x. Received: x of shape (0, 8, 8, 1)."],
        ),
        (
            lambda x, y: (np.where(np.arange(len(x))[:, None, None, None] == 7, np.nan, x), y),
            ["1 sample of x with NaN or infinity, the first is number 7."],
        ),
        (
            lambda x, y: (x, y[:-1]),
            ["x and y must be of the same length. Received: 1149 samples, 1148 labels."],
        ),
        (
            lambda x, y: (x[:, :4], y.astype(str)),
            [
                "The model takes samples of shape (8, 8, 1). Received: (4, 8, 1).",
                "Labels must be numbers, not texts. Received: '0', '1', '2', … (10 in all). Number "
                "them: `names, y = numpy.unique(y, return_inverse=True)`.",
            ],
        ),
        (
            lambda x, y: (x, y / 2),
            [
                "Labels must be whole numbers of shape (samples,), or one-hot of 10 columns. "
                "Received: float64 of shape (1149,)."
            ],
        ),
        (
            lambda x, y: (x, np.eye(7)[y % 7]),
            [
                "Labels must be whole numbers of shape (samples,), or one-hot of 10 columns. "
                "Received: float64 of shape (1149, 7)."
            ],
        ),
    ],
    ids=["label too large", "label negative", "empty", "NaN", "lengths", "two", "float", "columns"],
)
def test_all_problems_of_the_data_are_told_at_once(change, problems, small_network, split):
    with pytest.raises(DataError) as caught:
        fit(small_network(), change(*split.train), verbose=0)
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    lines = "".join(f"\n  - training data: {problem}" for problem in problems)
    assert str(caught.value) == f"fit: {count} before the first step:{lines}"


def test_the_validation_data_are_checked_too(small_network, split):
    x, y = split.validation
    with pytest.raises(DataError, match=r"first step:\n  - validation data: There is no sample"):
        fit(small_network(), split.train, validation=(x[:0], y[:0]), verbose=0)


def test_a_model_of_another_kind_is_refused():
    class Own(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(ArgumentError) as caught:
        fit(Own(name="own"), (np.zeros((4, 3)), np.zeros(4, int)))
    assert str(caught.value) == (
        "fit: `model` must be functional or sequential, with one output, or compiled with a loss. "
        "Received: model='own'. Begin a Sequential with keras.Input(shape)."
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"callbacks": [keras.callbacks.ReduceLROnPlateau()]},
            "fit: the recipe sets the learning rate, and no callback may. Received: "
            "callback='ReduceLROnPlateau'. Leave it out, or use model.fit.",
        ),
        (
            {"recipe": "adam"},
            "fit: `recipe` must be a Recipe, or the record of a run. Received: recipe='adam'.",
        ),
    ],
)
def test_what_contradicts_the_recipe_is_refused(arguments, message, small_network, split):
    with pytest.raises(ArgumentError) as caught:
        fit(small_network(), split.train, **arguments)
    assert str(caught.value) == message


@pytest.mark.parametrize("callbacks", [None, keras.callbacks.TerminateOnNaN()])
def test_callbacks_may_be_one_or_none_as_in_keras(callbacks, small_network, split):
    run = fit(small_network(), split.train, recipe=QUICK, callbacks=callbacks, verbose=0)
    assert len(run.history["loss"]) == 2


def test_what_is_no_pair_is_refused(small_network, split):
    with pytest.raises(ArgumentError) as caught:
        fit(small_network(), split.train[0], verbose=0)
    assert str(caught.value) == (
        "fit: `train` must be a pair (x, y) of arrays, a tf.data.Dataset of batches, a PyDataset "
        "or a folder of images. Received: train='ndarray'."
    )


def test_a_folder_that_cannot_be_written_is_told_before_the_training(
    small_network, split, tmp_path
):
    (tmp_path / "file").touch()
    with pytest.raises(FolderError, match=r"^fit: the folder must be one that can be written to"):
        fit(small_network(), split.train, folder=tmp_path / "file" / "run", verbose=0)


def test_the_pace_is_measured_on_two_epochs(small_network, split):
    pace = measure_pace(small_network, split.train, validation=split.validation)
    assert pace.start > 0
    assert pace.epoch > 0
    assert pace.forecast(runs=2, epochs=10) == pytest.approx(2 * pace.start + 10 * pace.epoch)


def test_several_labels_at_once_and_numbers_get_their_loss():
    x, _ = points()
    labels = (x[:, :3] > 0.5).astype("float32")
    heads = {"sigmoid": (labels, "BinaryCrossentropy"), None: (x[:, :3] * 5, "MeanSquaredError")}
    for activation, (y, loss) in heads.items():
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation=activation)])
        run = fit(model, (x, y), recipe=QUICK.replace(batch_size=16, epochs=8), verbose=0)
        assert type(model.loss).__name__ == loss
        assert run.history["loss"][-1] < run.history["loss"][0]


def test_the_verdict_has_neither_smoothing_nor_penalties():
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(2, activation="softmax", kernel_regularizer="l2"),
        ]
    )
    recipe = QUICK.replace(label_smoothing=0.2, batch_size=16)
    run = fit(model, points(), validation=points(64, seed=1), recipe=recipe, verbose=0)
    for (x, y), name in ((points(), "train_loss"), (points(64, seed=1), "val_cross_entropy")):
        expected = sklearn.metrics.log_loss(y, model.predict(x, verbose=0))
        assert run.history[name][-1] == pytest.approx(expected, rel=1e-5)
        assert run.history["val_loss"][-1] > run.history[name][-1] + 0.01
    assert run.diagnosis.validation_loss == run.history["val_cross_entropy"][-1]


def test_the_confusion_matrix_counts_each_class(small_network, split):
    run = fit(small_network(), split.train, recipe=QUICK, verbose=0)
    x, y = split.validation
    table = run.confusion_matrix(x, y)
    assert table.shape == (10, 10)
    assert table.sum(axis=1).tolist() == np.bincount(y).tolist()
    assert np.trace(table) == (run.predict(x).argmax(axis=1) == y).sum()
    assert np.array_equal(table, run.confusion_matrix(x, np.eye(10)[y]))
    batches = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(300).batch(100)
    assert np.array_equal(table, run.confusion_matrix(batches))
    with pytest.raises(ArgumentError) as caught:
        run.confusion_matrix(x)
    assert str(caught.value) == (
        "confusion_matrix: `x` must come with its `y`, or be batches of both. Received: "
        "x='ndarray'."
    )


class Sleepy(keras.utils.PyDataset):
    """Batches of points that take their time."""

    def __len__(self):
        return 8

    def __getitem__(self, index):
        time.sleep(0.1)
        return points(8, seed=index)


def sleepy_batches():
    def read(number):
        time.sleep(0.1)
        return number

    numbers = tf.data.Dataset.range(8).map(lambda n: tf.py_function(read, [n], tf.int64))
    x, y = map(tf.constant, points(8))
    return numbers.map(lambda n: (x, y)).apply(tf.data.experimental.assert_cardinality(8))


@pytest.mark.parametrize("data", [Sleepy(), sleepy_batches()], ids=["PyDataset", "tf.data"])
def test_a_loader_that_sleeps_is_told(data, capsys):
    run = fit(network(), data, recipe=QUICK, preflight=False, verbose=2)
    assert run.loader_share > 0.5
    assert "fit: the training waits for its data " in capsys.readouterr().out


def test_what_is_advised_against_waiting_follows_from_where_the_data_are():
    watch = LoaderWatch()
    watch.waited, watch.stepped = 3.0, 4.0
    assert watch.sentence(in_memory=True) == (
        "the training waits for its data 75% of the time. They are in memory: augment them less, "
        "or let less run beside the training."
    )
    assert watch.sentence(in_memory=False) == (
        "the training waits for its data 75% of the time. Cache and prefetch them, read larger "
        "files, or give a PyDataset more workers."
    )


def test_a_loader_that_keeps_up_is_not_told(capsys):
    class Computes(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            time.sleep(0.1)

    run = fit(
        network(),
        points(),
        recipe=QUICK.replace(batch_size=8),
        callbacks=Computes(),
        preflight=False,
        verbose=2,
    )
    assert run.loader_share < 0.5
    assert "waits for its data" not in capsys.readouterr().out


def test_a_folder_of_images_is_trained_on(tmp_path):
    generator = np.random.default_rng(0)
    for part in ("train", "validation"):
        for name, level in (("dark", 40), ("light", 200)):
            (tmp_path / part / name).mkdir(parents=True)
            for number in range(8):
                image = generator.integers(level - 30, level + 30, (8, 8, 3))
                path = tmp_path / part / name / f"{number}.png"
                keras.utils.save_img(path, image, scale=False, data_format="channels_last")
    run = fit(
        functools.partial(build_mlp, (8, 8, 3), 2, seed=0),
        tmp_path,
        validation=tmp_path,
        recipe=Recipe(batch_size=4, epochs=20, shift=0.0),
        verbose=0,
    )
    assert run.history["val_accuracy"][-1] == 1.0
    assert run.predict(np.full((1, 8, 8, 3), 220.0))[0, 1] > 0.5  # pixels as they are


def test_half_precision_is_built_where_the_recipe_says_so():
    build = functools.partial(build_mlp, (4,), 2, seed=0)
    recipe = QUICK.replace(precision="mixed_bfloat16", batch_size=16)
    run = fit(build, points(), recipe=recipe, verbose=0)
    assert {layer.compute_dtype for layer in run.model.layers[1:-1]} >= {"bfloat16"}
    assert keras.config.dtype_policy().name == "float32"


def test_two_runs_by_the_fused_norm_are_equal_and_leave_the_layers_alone():
    seen, runs, recipe = [], [], QUICK.replace(batch_size=16)
    x, y = np.random.default_rng(0).random((48, 8, 8, 3), "float32"), np.arange(48) % 3
    for _ in range(2):
        model = build_resnet((8, 8, 3), 3, depth=10, width=0.5, seed=0)
        norm = model.get_layer("stem_bn")
        look = keras.callbacks.LambdaCallback(
            on_train_begin=lambda logs, norm=norm: seen.append("call" in vars(norm))
        )
        runs.append(fit(model, (x, y), recipe=recipe, callbacks=[look], verbose=0))
        assert "call" not in vars(norm)
    assert seen == [True, True]
    weights = (run.model.get_weights() for run in runs)
    assert all(np.array_equal(*pair) for pair in zip(*weights, strict=True))


def test_an_average_of_the_weights_and_a_plateau_follow_the_recipe():
    recipe = QUICK.replace(schedule="plateau", ema=0.9, batch_size=16, epochs=8)
    run = fit(network(), points(), validation=points(64, seed=1), recipe=recipe, verbose=0)
    assert run.learning_rates[0] == pytest.approx(0.1)
    assert len(run.history["learning_rate"]) == 8


def test_a_batch_of_one_is_allowed():
    run = fit(network(), points(24), recipe=QUICK, batch_size=1, verbose=0)
    assert int(run.model.optimizer.iterations) == 48


def test_the_builder_is_called_with_the_size_of_the_recipe():
    build = functools.partial(build_mlp, (4,), 2, seed=0)
    run = fit(build, points(), recipe=QUICK.replace(depth=3, batch_size=16), verbose=0)
    plain = build(depth=3)
    assert run.model.count_params() >= plain.count_params()
