"""The recommended spaces: the guide's order, its values as priors (rows 47, 74, 82)."""

import keras
import keras_tuner as kt
import numpy as np
import pytest

from recipes import Recipe
from recipes.data.preprocessing import make_preprocessing
from recipes.errors import ArgumentError
from recipes.recommended import MODELS, recommend_model
from tuners.hypermodels import RecipeHyperModel
from tuners.oracles import RandomSearchOracle
from tuners.search_spaces import SearchSpace, search_space
from tuners.space import Space


@pytest.mark.parametrize(
    ("trials", "names"),
    [
        (1, ["learning_rate"]),
        (9, ["learning_rate"]),
        (10, ["learning_rate", "batch_size"]),
        (15, ["learning_rate", "batch_size", "weight_decay"]),
        (20, ["learning_rate", "batch_size", "weight_decay", "dropout"]),
        (30, ["learning_rate", "batch_size", "weight_decay", "dropout", "norm", "shift"]),
    ],
)
def test_few_trials_tune_the_learning_rate_and_more_add_in_the_order_of_the_guide(trials, names):
    assert list(search_space("resnet", trials=trials).names) == names


def test_depth_and_width_come_after_what_row_74_names_and_the_rest_last():
    names = search_space("resnet", trials=1000).names
    assert names[6:] == ("depth", "width", "initializer", "activation")


@pytest.mark.parametrize("model", MODELS)
def test_every_default_is_the_recommended_value_and_within_its_bounds(model):
    space = search_space(model, include=_all_names(model))
    known = recommend_model(model)
    assert space.declare(space.copy()) == {name: known[name].value for name in space.names}
    for parameter in Space(space).parameters:
        default = parameter.hp.default
        assert parameter.decode(parameter.encode(default)) == pytest.approx(default)
        assert parameter.read(str(default)) == default
    assert space.recommended == frozenset(space.names)


def test_the_defaults_follow_a_recipe_for_the_data_and_the_bounds_go_with_them():
    recipe = Recipe.for_data(np.zeros((76, 30), "float32"), np.arange(76) % 2)
    assert (recipe.batch_size, recipe.learning_rate) == (8, 0.15 / 8)
    space = search_space("mlp", include=["learning_rate", "batch_size"], recipe=recipe)
    rate, size = space.space
    usual, sizes = search_space("mlp", include=["learning_rate", "batch_size"]).space
    assert (rate.default, size.default) == (0.15 / 8, 8)
    assert rate.min_value / rate.default == pytest.approx(usual.min_value / usual.default)
    assert rate.max_value / rate.default == pytest.approx(usual.max_value / usual.default)
    assert size.values == [8, *sizes.values]
    without = search_space("mlp", include="weight_decay", recipe=recipe.replace(weight_decay=0.0))
    assert without.get_config() == search_space("mlp", include="weight_decay").get_config()


def _all_names(model):
    everything = {*search_space(model, trials=1000).names, "regularize"}
    return everything | ({"kernel_size"} if model in ("resnet", "unet", "fcn") else set())


@pytest.mark.parametrize("model", MODELS)
def test_every_value_has_a_reason_and_a_source(model):
    for name, value in recommend_model(model).items():
        assert value.reason.endswith("."), name
        assert value.source, name


def test_what_is_set_before_training_can_be_asked_for_by_name():
    five = ["learning_rate", "regularize", "dropout", "weight_decay", "kernel_size"]
    space = search_space("fcn", include=five)
    assert set(space.names) == space.recommended == set(five)
    assert space.values == {
        "learning_rate": 0.15,
        "weight_decay": 5e-3,
        "dropout": 0.0,
        "regularize": 0,
        "kernel_size": 3,
    }


@pytest.mark.parametrize(
    ("model", "missing"),
    [("mlp", {"shift"}), ("rnn", {"shift", "activation"}), ("unet", {"shift"}), ("fcn", set())],
)
def test_a_builder_is_not_asked_for_what_it_does_not_have(model, missing):
    everything = set(search_space("resnet", trials=1000).names)
    assert everything - set(search_space(model, trials=1000).names) == missing


def test_large_images_have_the_depths_for_large_images():
    def depth(**options):
        space = search_space("resnet", include="depth", **options)
        return space.get("depth"), space.space[0].values

    assert depth() == depth(input_shape=(64, 300, 3)) == (20, [10, 20, 32, 44, 56])
    assert depth(input_shape=(224, 224, 3)) == (18, [18, 34, 50])


def test_nothing_is_none_where_a_builder_takes_none():
    space = search_space("rnn", include=["norm", "initializer"])
    assert space.values == {"norm": "none", "initializer": "auto"}
    assert space.declare(space.copy()) == {"norm": None, "initializer": None}
    other = space.copy()
    other.values["norm"] = "layer"
    assert space.declare(other)["norm"] == "layer"
    assert search_space("unet", include="norm").declare(kt.HyperParameters()) == {"norm": "auto"}


# --- in use ---------------------------------------------------------------------------------------


def first_trials(space, folder, trials=4):
    oracle = RandomSearchOracle(kt.Objective("score", "min"), trials, seed=0, hyperparameters=space)
    oracle.verbose = 0
    oracle._set_project_dir(folder, "search")
    oracle.reload()
    for _ in range(trials):
        trial = oracle.create_trial("tuner0")
        yield trial.hyperparameters
        oracle.update_trial(trial.trial_id, {"score": 1.0})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)


def test_it_is_the_hyperparameters_of_a_search_and_the_first_trial_is_recommended(tmp_path):
    space = search_space("resnet", trials=20)
    assert isinstance(space, SearchSpace)
    assert isinstance(space, kt.HyperParameters)
    settings = [space.declare(hp) for hp in first_trials(space, tmp_path)]
    recipe = Recipe()
    assert settings[0] == {
        "learning_rate": recipe.learning_rate,
        "batch_size": recipe.batch_size,
        "weight_decay": recipe.weight_decay,
        "dropout": 0.0,
    }
    assert len({values["learning_rate"] for values in settings}) == 4


def test_a_function_may_declare_it(tmp_path):
    space, hp = search_space("mlp", trials=10), kt.HyperParameters()
    assert space.declare(hp) == {"learning_rate": 0.15, "batch_size": 64}
    assert [each.name for each in hp.space] == list(space.names)


def test_every_value_of_a_space_builds_a_model(tmp_path):
    space = search_space("mlp", include=_all_names("mlp"))
    hypermodel = RecipeHyperModel("mlp", (4,), 2, space=space)
    for hp in first_trials(space, tmp_path, trials=5):
        values = space.declare(hp)
        model, recipe = hypermodel.build(hp), hypermodel.recipe(hp)
        assert recipe.batch_size == values["batch_size"]
        hidden = [layer for layer in model.layers if layer.name.endswith("_dense")]
        assert len(hidden) == values["depth"]
        assert {layer.units for layer in hidden} == {int(256 * values["width"])}


def test_a_hypermodel_has_the_recommended_space_of_its_builder():
    hypermodel = RecipeHyperModel("resnet", (224, 224, 3), 10)
    assert hypermodel.space.names == search_space("resnet").names
    assert hypermodel.recommended == frozenset(hypermodel.space.names)


def test_every_model_of_a_search_begins_with_a_preprocessing_of_its_own():
    x = np.random.default_rng(0).normal(5, 3, (50, 4)).astype("float32")
    space = search_space("mlp", include=["width"])
    layers = make_preprocessing("standardize", x)
    hypermodel = RecipeHyperModel("mlp", (4,), 2, space=space, preprocessing=layers)
    first, second = (hypermodel.build(hypermodel.space.copy()).layers[1] for _ in range(2))
    assert first is not second
    for layer in (first, second):
        assert np.allclose(layer(x), (x - x.mean(axis=0)) / x.std(axis=0), atol=1e-5)


def test_a_trial_of_a_hypermodel_is_trained_with_its_recipe():
    space = search_space("mlp", include=["learning_rate", "batch_size"])
    hypermodel = RecipeHyperModel("mlp", (4,), 2, space=space, recipe=Recipe(epochs=1))
    hp = space.copy()
    hp.values.update(learning_rate=0.05, batch_size=16)
    x = np.random.default_rng(0).random((32, 4), dtype="float32")
    model = hypermodel.build(hp)
    history = hypermodel.fit(hp, model, x, np.arange(32) % 2, validation_data=None)
    assert model.optimizer.iterations.numpy() == 2  # 32 samples in batches of 16
    assert set(history.history) == {"accuracy", "loss"}


def test_a_recurrent_network_is_searched_with_its_own_recommended_values():
    hypermodel = RecipeHyperModel(
        "rnn", (5, 2), 2, space=search_space("rnn", include=["width", "batch_size"])
    )
    hp = hypermodel.space.copy()
    hp.values.update(width=0.5, batch_size=16)
    adam = {"optimizer": "adam", "clip_norm": 1.0, "learning_rate": 0.01}
    assert hypermodel.recipe(hp) == Recipe(batch_size=16, **adam)
    x = np.random.default_rng(0).random((32, 5, 2), dtype="float32")
    model = hypermodel.build(hp)
    assert [each.units for each in model.layers if isinstance(each, keras.layers.LSTM)] == [64]
    history = hypermodel.fit(hp, model, x, np.arange(32) % 2, epochs=1)
    assert set(history.history) == {"accuracy", "loss"}


def test_what_names_the_class_of_each_pixel_is_refused_with_the_reason():
    with pytest.raises(ArgumentError) as caught:
        RecipeHyperModel("unet", (16, 16, 1), 2)
    assert str(caught.value) == (
        "RecipeHyperModel: the recipe trains classifiers, and a unet names the class of each "
        "pixel. Received: model='unet'. Declare search_space(\"unet\") in a function that builds "
        "and compiles the model."
    )


def test_a_model_that_nobody_knows_is_refused_with_those_that_are_known():
    with pytest.raises(ArgumentError) as caught:
        RecipeHyperModel("vgg", (16, 16, 1), 2)
    assert str(caught.value) == (
        'RecipeHyperModel: `model` must be one of "resnet", "fcn", "mlp", "rnn". Received: '
        "model='vgg'."
    )


def test_what_a_builder_does_not_take_is_refused():
    space = search_space("fcn", include=["learning_rate", "kernel_size"])
    with pytest.raises(ArgumentError) as caught:
        RecipeHyperModel("fcn", (8, 8, 1), 2, space=space)
    assert str(caught.value) == (
        "RecipeHyperModel: every parameter must be an option of build_fcn or of the recipe. "
        "Received: parameter='kernel_size'. Leave it out of `include`, or declare the space in a "
        "function of your own."
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"model": "vgg"},
            '`model` must be one of "resnet", "unet", "fcn", "rnn", "mlp". Received: '
            "model='vgg'.",
        ),
        (
            {"model": "inception"},
            "there is no builder of Inception, which cannot be reproduced from its papers. "
            "Received: model='inception'. Take \"resnet\" (guide row 72).",
        ),
        (
            {"trials": 0},
            "`trials` must be a whole number of at least 1. Received: trials=0.",
        ),
        (
            {"model": "mlp", "include": ["learning_rate", "shift"]},
            '`include` must name one or more of "learning_rate", "batch_size", "weight_decay", '
            '"dropout", "norm", "depth", "width", "initializer", "activation", "regularize". '
            "Received: include='shift'.",
        ),
        (
            {"model": "rnn", "include": []},
            '`include` must name one or more of "learning_rate", "batch_size", "weight_decay", '
            '"dropout", "norm", "depth", "width", "initializer", "regularize". Received: '
            "include=[].",
        ),
    ],
)
def test_what_is_unknown_is_refused_with_what_is_known(options, sentence):
    with pytest.raises(ArgumentError) as caught:
        search_space(**options)
    assert str(caught.value) == f"search_space: {sentence}"
