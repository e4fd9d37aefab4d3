"""The loop over the epochs of trials, with real models: reports, stops, limits (row 81)."""

import math

import keras
import keras_tuner
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from keras_tuner.engine.trial import Trial

import tuners as kt
from recipes import Recipe
from recipes.errors import ArgumentError, SearchError
from tuners.hypermodels import RecipeHyperModel
from tuners.oracles.scoring import executions_of

X = np.random.default_rng(0).random((64, 4), dtype="float32")
Y = (X[:, 0] > 0.5).astype("int64")


def build(hp):
    """Three units, batch normalization, a head: 35 weights with 3 units."""
    units = hp.Int("units", 3, 9)
    model = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(units),
            layers.BatchNormalization(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def make(folder, model=build, tuner=kt.RandomSearch, **arguments):
    arguments = {"objective": "val_loss", "max_trials": 1, "seed": 0} | arguments
    return tuner(model, directory=str(folder), project_name="search", **arguments)


def search(tuner, epochs=2, **arguments):
    tuner.search(X, Y, validation_data=(X, Y), epochs=epochs, verbose=0, **arguments)
    return tuner


def ended(tuner):
    return [tuner.oracle.trials[name] for name in tuner.oracle.start_order]


def curve(trial, metric="val_loss"):
    return [observation.value for observation in trial.metrics.get_history(metric)]


# --- reports --------------------------------------------------------------------------------------


def test_each_epoch_of_each_execution_is_reported_and_kept_once(tmp_path):
    seen = []

    class Watching(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(logs["val_loss"])

    tuner = search(make(tmp_path, executions_per_trial=2), callbacks=[Watching()])
    again = make(tmp_path, executions_per_trial=2)
    (trial,) = ended(again)
    assert curve(trial) == [[seen[0], seen[2]], [seen[1], seen[3]]]
    assert seen[:2] != seen[2:]  # each execution has a seed of its own
    assert again.trial_scores(trial) == [min(seen[:2]), min(seen[2:])]
    assert trial.score == np.mean(again.trial_scores(trial))
    units = trial.hyperparameters.values["units"]
    for execution in executions_of(trial):
        assert [metrics["parameters"] for metrics in execution.values()] == [11 * units + 2] * 2
        assert all(0 < metrics["epoch_seconds"] < 60 for metrics in execution.values())
    assert tuner.get_best_models()[0].evaluate(X, Y, verbose=0)[0] == pytest.approx(min(seen))


class Returning(kt.HyperModel):
    """Trains in two parts, and returns what it is told to, from the History of the second."""

    def __init__(self, result):
        super().__init__()
        self._result = result

    def build(self, hp):
        return build(hp)

    def fit(self, hp, model, *args, **kwargs):
        model.fit(*args, **kwargs)
        return self._result(model.fit(*args, **kwargs))


@pytest.mark.parametrize(
    ("result", "score"),
    [(lambda history: 7.5, 7.5), (lambda history: {"val_loss": 6.5}, 6.5), (lambda h: h, None)],
)
def test_what_fit_returns_takes_the_place_of_the_curve_unless_it_is_the_curve(
    result, score, tmp_path
):
    tuner = search(make(tmp_path, Returning(result)), epochs=1)
    (trial,) = ended(tuner)
    values = [value for (value,) in curve(trial)]
    assert trial.score == (min(values) if score is None else score)
    assert tuner.trial_scores(trial) == [trial.score]
    assert len(values) == (2 if score is None else 3)  # the two parts have one curve


@pytest.mark.parametrize(
    ("returned", "score", "scores"),
    [
        (0.5, 0.5, [0.5]),
        (np.float32(0.5), 0.5, [0.5]),
        ({"error": 0.5, "other": 1}, 0.5, [0.5]),
        ([0.5, 1.5], 1.0, [0.5, 1.5]),
        ([{"error": 0.5}, {"error": 1.5}], 1.0, [0.5, 1.5]),
    ],
)
def test_run_trial_may_return_what_keras_tuner_takes(returned, score, scores, tmp_path):
    class Measured(kt.RandomSearch):
        def run_trial(self, trial, **kwargs):
            trial.hyperparameters.Float("x", 0, 1)
            return returned

    objective = kt.Objective("error", "min")
    tuner = make(tmp_path, None, Measured, objective=objective)
    tuner.search(verbose=0)
    (trial,) = ended(tuner)
    assert (trial.score, tuner.trial_scores(trial)) == (score, scores)


def test_a_dict_with_all_of_several_objectives_is_enough(tmp_path):
    class Measured(kt.RandomSearch):
        def run_trial(self, trial, **kwargs):
            x = trial.hyperparameters.Float("x", 0, 1)
            return {"error": x, "gain": x**2}

    objective = [kt.Objective("error", "min"), kt.Objective("gain", "max")]
    tuner = make(tmp_path, None, Measured, objective=objective, max_trials=3)
    tuner.search(verbose=0)
    for trial in ended(tuner):
        x = trial.hyperparameters.values["x"]
        assert trial.score == pytest.approx(x - x**2)
    assert len(tuner.pareto_front()) == 3  # more error, more gain: none dominates another


def test_a_script_that_reports_by_itself_and_returns_nothing_works(tmp_path):
    class Reporting(kt.RandomSearch):
        def run_trial(self, trial, **kwargs):
            trial.hyperparameters.Float("x", 0, 1)
            self.oracle.update_trial(trial.trial_id, {"error": 0.5})

    tuner = make(tmp_path, None, Reporting, objective=kt.Objective("error", "min"))
    tuner.search(verbose=0)
    assert ended(tuner)[0].score == 0.5


# --- stopped trials -------------------------------------------------------------------------------


class Continuing:
    """A pruner that says itself nothing, and for which states are kept."""

    continues_trials = True

    def prepared(self, **plan):
        return self

    def stops(self, curve, others):
        return False

    def to_continue(self, curves, **options):
        return None


class StopsAfterThree(kt.oracles.RandomSearchOracle):
    """Stops each trial after three epochs, and lets it go on after that."""

    pruner = Continuing()

    def update_trial(self, trial_id, metrics, step=0):
        trial = super().update_trial(trial_id, metrics, step)
        if step == 2 and trial_id not in self.end_order and not self.continued:
            trial.status = "STOPPED"
        return trial

    continued = False

    def create_trial(self, tuner_id):
        if not self.end_order or self.continued:
            return super().create_trial(tuner_id)
        self.continued = True
        trial = Trial.from_state(self.trials[self.end_order.pop()].get_state())
        trial.status = "RUNNING"
        self.trials[trial.trial_id] = self.ongoing_trials[tuner_id] = trial
        return trial


class Remembering(kt.Tuner):
    """Remembers how many epochs it ran, and all variables after the last one."""

    epochs_run, last = 0, None

    def on_epoch_end(self, trial, model, epoch, logs=None):
        self.epochs_run += 1
        variables = [*model.variables, *model.optimizer.variables]
        self.last = [keras.ops.convert_to_numpy(variable) for variable in variables]


def trained(folder, oracle, model=build):
    tuner = Remembering(oracle("val_loss", max_trials=1, seed=0), model, directory=str(folder))
    return search(tuner, epochs=6, shuffle=False)


class WithoutInitialEpoch(kt.HyperModel):
    """Has a `fit` that cannot begin at a later epoch."""

    def build(self, hp):
        return build(hp)

    def fit(self, hp, model, x, y, validation_data, callbacks, epochs, shuffle, verbose):
        data = {"validation_data": validation_data, "epochs": epochs, "verbose": verbose}
        return model.fit(x, y, callbacks=callbacks, shuffle=shuffle, **data)


def test_a_trial_that_was_stopped_goes_on_as_if_it_had_not_been_bit_by_bit(tmp_path):
    pytest.importorskip("tuners.pruning")
    whole = trained(tmp_path / "whole", kt.oracles.RandomSearchOracle)
    for folder, model, epochs in (("on", build, 6), ("anew", WithoutInitialEpoch(), 9)):
        parts = trained(tmp_path / folder, StopsAfterThree, model)
        assert parts.oracle.continued
        assert parts.epochs_run == epochs  # one that cannot go on is trained from the beginning
        assert curve(ended(parts)[0]) == curve(ended(whole)[0])
        assert ended(parts)[0].score == ended(whole)[0].score
        for one, other in zip(whole.last, parts.last, strict=True):
            np.testing.assert_array_equal(one, other)
        assert not list((tmp_path / folder).glob("**/training_state.npz"))  # no longer needed


class Counting(Remembering):
    """Remembers how many steps the optimiser has made, too."""

    steps = None

    def on_epoch_end(self, trial, model, epoch, logs=None):
        super().on_epoch_end(trial, model, epoch, logs)
        self.steps = int(model.optimizer.iterations.numpy())


def by_recipe(folder, oracle=kt.oracles.RandomSearchOracle, epochs=6, train=(X, Y), **arguments):
    space = kt.search_space("mlp", include=["learning_rate"])
    model = RecipeHyperModel(
        "mlp", (4,), 2, space=space, recipe=Recipe(epochs=epochs, batch_size=16)
    )
    oracle = oracle("val_loss", max_trials=1, seed=0)
    tuner = Counting(oracle, model, directory=str(folder), **arguments)
    tuner.search(*train, validation_data=(X, Y), verbose=0)
    return tuner


def test_a_trial_of_a_recipe_is_trained_on_batches_too(tmp_path):
    batches = tf.data.Dataset.from_tensor_slices((X, Y)).batch(8)  # 64 samples
    tuner = by_recipe(tmp_path, train=(batches,))
    assert (tuner.epochs_run, tuner.steps) == (6, 48)
    assert ended(tuner)[0].status == "COMPLETED"


def test_a_trial_of_a_recipe_goes_on_where_it_was_stopped_with_its_schedule(tmp_path):
    whole, parts = by_recipe(tmp_path / "whole"), by_recipe(tmp_path / "parts", StopsAfterThree)
    assert (whole.epochs_run, whole.steps) == (6, 24)  # 64 samples in batches of 16
    assert (parts.epochs_run, parts.steps) == (6, 24)
    one, other = (curve(ended(tuner)[0]) for tuner in (whole, parts))
    assert (one[:3], len(other)) == (other[:3], 6)


def test_executions_of_a_recipe_do_not_train_alike_and_can_be_repeated(tmp_path):
    tuners = [by_recipe(tmp_path / name, epochs=1, executions_per_trial=2) for name in ("a", "b")]
    scores = [tuner.trial_scores(ended(tuner)[0]) for tuner in tuners]
    assert scores[0] == scores[1]
    assert scores[0][0] != scores[0][1]


def test_halving_stops_trials_and_lets_the_best_go_on_exactly_where_they_were(tmp_path):
    pytest.importorskip("tuners.oracles.pruned")
    pruning = pytest.importorskip("tuners.pruning")
    pruner = pruning.SuccessiveHalving(factor=2, grace=1)
    whole = search(make(tmp_path / "whole", max_trials=4), epochs=4, shuffle=False)
    pruned = make(tmp_path / "pruned", max_trials=4, pruner=pruner)
    search(pruned, epochs=4, shuffle=False)
    lengths = [len(curve(trial)) for trial in ended(pruned)]
    assert sorted(lengths)[:2] == [1, 1]  # of four, two get no further than the first rung
    assert max(lengths) > 1
    for trial, entire, length in zip(ended(pruned), ended(whole), lengths, strict=True):
        assert curve(trial) == curve(entire)[:length]
        stopped = f"stopped after epoch {length} by SuccessiveHalving"
        assert (trial.status, trial.message) == ("COMPLETED", stopped if length < 4 else None)


# --- what is kept ---------------------------------------------------------------------------------


def test_the_weights_of_the_best_trials_are_kept_and_others_removed(tmp_path):
    tuner = search(make(tmp_path, max_trials=3, keep=1), epochs=1)
    best = tuner.oracle.get_best_trials(3)
    kept = [path.parent.name for path in tmp_path.glob("**/*.weights.h5")]
    assert kept == [f"trial_{best[0].trial_id}"]
    loss = tuner.get_best_models()[0].evaluate(X, Y, verbose=0)[0]
    assert loss == pytest.approx(best[0].score, rel=1e-5)
    with pytest.raises(SearchError) as caught:
        tuner.get_best_models(2)
    assert str(caught.value) == (
        "get_best_models: the weights of the trial must be kept. Received: "
        f"trial='{best[1].trial_id}'. Those of the best 1 finished trials are. Ask for fewer, or "
        "search with keep=None."
    )


# --- limits, constraints, objectives --------------------------------------------------------------


def test_a_good_enough_value_ends_trial_and_search(tmp_path, capsys):
    tuner = make(tmp_path, max_trials=5, stop_at=100.0)
    search(tuner, epochs=3)
    (trial,) = ended(tuner)
    assert len(curve(trial)) == 1
    assert (trial.status, trial.message) == ("COMPLETED", "stopped after epoch 1 by stop_at=100")
    tuner.search(X, Y, verbose=1)
    assert "The search has ended by stop_at=100: 1 trial has ended." in capsys.readouterr().out


def test_the_hours_end_trial_and_search_and_last_over_its_runs(tmp_path):
    tuner = search(make(tmp_path, max_trials=5, hours=1e-9), epochs=3)
    assert ended(tuner) == []  # the time was up before the first trial
    tuner = search(make(tmp_path, max_trials=1, hours=1), epochs=1)
    assert len(ended(tuner)) == 1
    seconds = tuner.oracle.clock.spent()
    later = make(tmp_path, max_trials=5, hours=1)
    assert later.oracle.clock.spent() == pytest.approx(seconds, abs=1e-3)
    assert seconds > 0


def test_a_constraint_that_nothing_fulfils_is_said_and_the_nearest_is_first(tmp_path):
    tuner = make(tmp_path, max_trials=2, constraints=["parameters <= 10", "val_loss <= 100"])
    with pytest.warns(UserWarning, match="no trial fulfils") as caught:
        search(tuner, epochs=1)
    nearest = min(ended(tuner), key=lambda trial: trial.hyperparameters.values["units"])
    size = 11 * nearest.hyperparameters.values["units"] + 2
    (said,) = (str(w.message) for w in caught if str(w.message).startswith("search: "))
    assert said == (
        "search: no trial fulfils the constraints (parameters <= 10, val_loss <= 100). Trial "
        f"{nearest.trial_id} comes nearest, with parameters={size}; it is ranked first."
    )
    assert tuner.get_best_hyperparameters()[0].values == nearest.hyperparameters.values


def test_several_objectives_have_a_pareto_front(tmp_path):
    objective = ["val_accuracy", kt.Objective("parameters", "min")]
    tuner = search(make(tmp_path, objective=objective, max_trials=3), epochs=1)
    points = [
        (curve(trial, "val_accuracy")[0][0], trial.metrics.get_best_value("parameters"))
        for trial in ended(tuner)
    ]
    front = [
        trial
        for trial, (accuracy, size) in zip(ended(tuner), points, strict=True)
        if not any(a >= accuracy and s <= size and (a, s) != (accuracy, size) for a, s in points)
    ]
    assert tuner.pareto_front() == front
    assert tuner.oracle.get_best_trials()[0] in front


# --- workers and the grace period -----------------------------------------------------------------


class Median(kt.oracles.RandomSearchOracle):
    """Has a pruner that knows nothing yet of how long trainings are."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.pruner = pytest.importorskip("tuners.pruning").MedianRule()


def test_the_pruner_is_told_how_long_trainings_are_and_after_a_resume_too(tmp_path):
    # 5 / (1 - 0.99) = 500 steps; 64 samples in batches of 4 are 16 steps an epoch: 32 epochs.
    tuner = kt.Tuner(Median("val_loss", max_trials=1, seed=0), build, directory=str(tmp_path))
    search(tuner, epochs=2, batch_size=4)
    later = kt.Tuner(Median("val_loss", max_trials=1, seed=0), build, directory=str(tmp_path))
    for oracle in (tuner.oracle, later.oracle):
        assert (oracle.pruner.max_epochs, oracle.pruner.grace) == (2, 32)


@pytest.fixture
def chief(tmp_path, monkeypatch):
    """An oracle behind keras_tuner's gRPC service; tuners made after it are its workers."""
    from concurrent import futures

    import grpc
    from keras_tuner.src import protos
    from keras_tuner.src.distribute.oracle_chief import OracleServicer

    oracle = Median("val_loss", max_trials=5, seed=0, hyperparameters=three_to_nine_units())
    oracle.verbose, oracle.stop_at = 0, 100.0
    oracle._set_project_dir(tmp_path, "chief")
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=1))
    protos.get_service_grpc().add_OracleServicer_to_server(OracleServicer(oracle), server)
    monkeypatch.setenv("KERASTUNER_ORACLE_IP", "127.0.0.1")
    monkeypatch.setenv("KERASTUNER_ORACLE_PORT", str(server.add_insecure_port("127.0.0.1:0")))
    monkeypatch.setenv("KERASTUNER_TUNER_ID", "worker0")
    server.start()
    yield oracle
    server.stop(0)


def test_a_worker_reports_each_epoch_to_the_chief_and_stops_when_told(chief, tmp_path):
    worker = make(tmp_path, tuner=kt.RandomSearch, max_trials=5, pruner=chief.pruner)
    search(worker, epochs=3)
    (trial,) = chief.trials.values()
    assert len(curve(trial)) == 1
    assert (trial.status, trial.message) == ("COMPLETED", "stopped after epoch 1 by stop_at=100")
    assert chief.pruner.max_epochs == 3
    assert worker.get_best_models()[0].evaluate(X, Y, verbose=0)[0] == pytest.approx(
        trial.score, rel=1e-5
    )


# --- what cannot be searched ----------------------------------------------------------------------


def test_a_constraint_on_what_is_not_logged_ends_the_search_at_once(tmp_path):
    with pytest.raises(keras_tuner.errors.FatalValueError) as caught:
        search(make(tmp_path, constraints="val_recall >= 0.9"))
    assert str(caught.value) == (
        "search: each constraint must be on a metric that training logs. Received: "
        "constraint='val_recall >= 0.9'. These are known: accuracy, epoch_seconds, loss, "
        "parameters, val_accuracy, val_loss."
    )
    assert make(tmp_path).oracle.unfinished_trials() == ["0"]  # it will be run again


def test_an_objective_that_is_missing_among_several_ends_the_search_at_once(tmp_path):
    objective = ["val_loss", kt.Objective("val_auc", "max")]
    with pytest.raises(keras_tuner.errors.FatalValueError, match="Received: objective='val_auc'"):
        search(make(tmp_path, objective=objective))


def test_an_objective_that_only_a_measuring_fit_could_return_is_missed_at_its_end(tmp_path):
    model = Returning(lambda history: history)
    with pytest.raises(keras_tuner.errors.FatalValueError, match="a metric that training logs"):
        search(make(tmp_path, model, objective=kt.Objective("val_auc", "max")), epochs=1)


def test_no_objective_is_refused_where_training_returns_its_curves(tmp_path):
    with pytest.raises(ArgumentError) as caught:
        search(make(tmp_path, objective=None))
    assert str(caught.value) == (
        "search: `objective` must be given, unless HyperModel.fit or run_trial returns a number. "
        'Received: objective=None. Name a metric that training logs, such as "val_loss".'
    )


def test_a_space_without_parameters_is_one_trial_and_says_so(tmp_path):
    def fixed(hp):
        hp.Fixed("units", 3)
        return build(hp)

    tuner = make(tmp_path, fixed, max_trials=5)
    with pytest.warns(UserWarning, match=r"no parameter to tune, so one trial was all"):
        search(tuner, epochs=1)
    assert len(ended(tuner)) == 1


def test_a_model_that_does_not_fit_fails_its_trial_and_the_search_goes_on(tmp_path):
    def large_or_small(hp):
        hp.Fixed("units", 3)
        size = hp.Choice("size", ["small", "wide", "long"])
        if size == "small":
            return build(hp)
        x = keras.Input((4, 1))
        y = layers.Dense(10**12 if size == "wide" else 1)(x)  # 4 TB of weights
        if size == "long":
            y = layers.UpSampling1D(5 * 10**8)(y)
            for _ in range(20):  # 256 GB each, of a batch
                y = layers.ReLU()(y)
        model = keras.Model(x, keras.ops.mean(y, axis=(1, 2)))
        model.compile("sgd", "mse")
        return model

    tuner = search(make(tmp_path, large_or_small, max_trials=9), epochs=1)
    failed = {t.hyperparameters.values["size"]: t.message for t in ended(tuner) if not t.score}
    assert set(failed) == {"wide", "long"}
    start = "search: the model must fit in memory; it needs "
    assert failed["wide"].startswith(f"{start}at least 3.73e+03 GiB for its weights, and ")
    assert failed["long"].startswith(f"{start}about ")
    assert all(message.count("\n") == 0 for message in failed.values())
    assert sorted(t.status for t in ended(tuner)) == ["COMPLETED", "FAILED", "FAILED"]


def test_a_model_that_is_larger_than_asked_for_fails_its_trial_with_one_sentence(tmp_path):
    with pytest.raises(SearchError, match=r"Oversized model: 29 parameters\. Skip model\."):
        search(make(tmp_path, max_model_size=10, hyperparameters=three_units()))


def three_to_nine_units():
    hp = kt.HyperParameters()
    hp.Int("units", 3, 9)
    return hp


def three_units():
    hp = kt.HyperParameters()
    hp.Fixed("units", 3)
    return hp


def test_ctrl_c_leaves_a_search_that_goes_on(tmp_path):
    class CtrlC(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if len(interrupted.oracle.end_order) == 1 and epoch == 1:
                raise KeyboardInterrupt

    whole = search(make(tmp_path / "whole", max_trials=2))
    interrupted = make(tmp_path / "parts", max_trials=2)
    with pytest.raises(KeyboardInterrupt):
        search(interrupted, callbacks=[CtrlC()])
    for tuner in (interrupted, make(tmp_path / "parts", max_trials=2)):
        search(tuner)
        assert [t.score for t in ended(tuner)] == [t.score for t in ended(whole)]
        assert all(math.isfinite(trial.score) for trial in ended(tuner))
