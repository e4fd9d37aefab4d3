"""The recipe: frozen, checked, chosen, explained.

It keeps rows 1, 11, 27, 38, 39, 47, 48, 50, 52, 53, 54, 64, 70, 73, 92 of the guide.
"""

import dataclasses
import json

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

from recipes import Recipe, build_mlp, build_rnn
from recipes.errors import ArgumentError, DataError
from recipes.recommended import RECOMMENDED, TRAINING, Recommendation
from recipes.recommended.guide import recommend_guide
from recipes.recommended.tasks import TASK_VALUES
from recipes.training.losses import TASKS
from recipes.training.recipe import Traits
from recipes.training.recipe.traits import read_traits

FIELDS = [field.name for field in dataclasses.fields(Recipe) if field.name != "reasons"]


# --- reasons --------------------------------------------------------------------------------------


def test_every_default_of_the_recipe_has_a_reason_and_a_source():
    assert list(TRAINING) == FIELDS
    for name, recommended in TRAINING.items():
        assert getattr(Recipe(), name) == recommended.value
        assert recommended.reason.endswith("."), name
        assert recommended.source, name


@pytest.mark.parametrize("task", TASKS)
def test_every_value_that_is_chosen_has_a_reason_and_a_source(task):
    tables = [TASK_VALUES[task], recommend_guide(task, norm=None, images=True)]
    for name, recommended in [item for table in tables for item in table.items()]:
        assert name in FIELDS
        assert recommended.reason.endswith("."), name
        assert recommended.source, name


def test_explain_gives_each_value_its_reason_and_source():
    lines = Recipe().explain().splitlines()
    assert [line.split(" = ")[0] for line in lines] == FIELDS
    assert lines[2] == (
        "momentum = 0.9: The value of the published residual networks. "
        "(He et al. 2015, arXiv:1512.03385)"
    )


def test_explain_says_which_values_were_chosen_and_what_chose_them():
    lines = Recipe(learning_rate=0.031416).explain().splitlines()
    assert lines[1] == "learning_rate = 0.03142: chosen in place of 0.15."
    best = Recipe().adopt({"epochs": Recommendation(7, "Seven will do.", "a test"), "norm": None})
    assert "epochs = 7: Seven will do. (a test)" in best.explain().splitlines()
    assert "epochs = 8: chosen in place of 30." in best.replace(epochs=8).explain().splitlines()


def test_an_exotic_optimizer_and_a_batch_of_one_say_what_they_cost():
    lines = Recipe(optimizer="adadelta", batch_size=1).explain().splitlines()
    assert lines[0] == (
        'optimizer = adadelta: chosen in place of momentum. "adadelta" is none of the two '
        'optimisers that are recommended, "momentum" and "adam": if it wins, the model may be '
        "immature (guide row 37)."
    )
    assert lines[3] == (
        "batch_size = 1: chosen in place of 64. An epoch takes 64 times the steps of a batch of "
        "64: good for recurrent networks if time does not matter (guide row 73)."
    )


# --- a value --------------------------------------------------------------------------------------


def test_a_recipe_is_frozen_and_replaced_as_a_whole():
    recipe = Recipe()
    with pytest.raises(dataclasses.FrozenInstanceError):
        recipe.epochs = 3
    assert recipe.replace(epochs=3).epochs == 3
    assert recipe.epochs == 30
    assert hash(recipe) == hash(Recipe())


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"learning_rate": 0},
            "`learning_rate` must be a number in (0, 100]. Received: learning_rate=0.",
        ),
        ({"epochs": 2.5}, "`epochs` must be a whole number of at least 1. Received: epochs=2.5."),
        (
            {"optimizer": "muon"},
            '`optimizer` must be one of "momentum", "adam", "sgd", "adagrad", "adadelta", '
            '"rmsprop", "adamax", "nadam", "lion". Received: optimizer=\'muon\'.',
        ),
        ({"shift": 0.6}, "`shift` must be a number in [0, 0.5]. Received: shift=0.6."),
        (
            {"clip_norm": 0},
            "`clip_norm` must be a number in (0, 1000000.0]. Received: clip_norm=0.",
        ),
        (
            {"augmentation": 4},
            "`augmentation` must be one of 0, 1, 2, 3. Received: augmentation=4.",
        ),
        (
            {"flip": "left"},
            '`flip` must be one of "horizontal", "vertical", "both", None. Received: '
            "flip='left'.",
        ),
        (
            {"preprocessing": ("unit", "scale")},
            '`preprocessing` must be one of "auto", "none", "unit", "signed", "standardize", '
            '"standardize_pixels", "zca", "pca", "grayscale". Received: preprocessing=\'scale\'.',
        ),
        (
            {"schedule": "linear"},
            '`schedule` must be one of "cosine", "cyclic", "one_cycle", "step", "plateau", '
            "\"constant\". Received: schedule='linear'.",
        ),
        ({"factor": 0}, "`factor` must be a number in (0, 1]. Received: factor=0."),
        ({"cycles": 0}, "`cycles` must be a whole number of at least 1. Received: cycles=0."),
        (
            {"precision": "float16"},
            '`precision` must be one of "float32", "mixed_float16", "mixed_bfloat16". Received: '
            "precision='float16'.",
        ),
        ({"ema": 1.0}, "`ema` must be a number in (0, 0.999999]. Received: ema=1.0."),
        ({"depth": 0}, "`depth` must be a whole number of at least 1. Received: depth=0."),
        ({"regularize": 4}, "`regularize` must be one of 0, 1, 2, 3. Received: regularize=4."),
        (
            {"reasons": [("lr", "So.")]},
            "`reasons` must be pairs (name of a field, sentence). Received: reasons=[('lr', "
            "'So.')].",
        ),
    ],
)
def test_a_value_that_breaks_its_rule_is_refused(values, message):
    with pytest.raises(ArgumentError) as caught:
        Recipe(**values)
    assert str(caught.value) == f"Recipe: {message}"


def test_searched_values_lie_within_the_bounds_of_their_search():
    for recommended in RECOMMENDED.values():
        if recommended.search:
            low, high = recommended.search
            assert low <= recommended.value <= high


# --- records --------------------------------------------------------------------------------------

RECIPES = st.builds(
    Recipe,
    optimizer=st.sampled_from(["momentum", "adam", "adadelta"]),
    learning_rate=st.floats(1e-6, 10),
    batch_size=st.integers(1, 4096),
    clip_norm=st.none() | st.floats(0.1, 100),
    cycles=st.none() | st.integers(1, 9),
    flip=st.sampled_from(["horizontal", "both", None]),
    preprocessing=st.sampled_from(["auto", "none", ("grayscale", "unit")]),
    ema=st.none() | st.floats(0.9, 0.999),
    depth=st.none() | st.integers(1, 200),
    reasons=st.sampled_from([(), (("epochs", "Enough."),)]),
)


@settings(max_examples=50, deadline=None)
@given(recipe=RECIPES)
def test_a_recipe_comes_back_from_json(recipe):
    back = Recipe.from_dict(json.loads(json.dumps(recipe.to_dict())))
    assert back == recipe
    assert back.reasons == recipe.reasons


def test_numbers_of_numpy_become_python_s():
    recipe = Recipe(learning_rate=np.float32(0.5), batch_size=np.int64(8), epochs=np.int32(2))
    assert json.loads(json.dumps(recipe.to_dict()))["batch_size"] == 8


def test_a_record_of_version_0_1_means_what_it_meant():
    old = {
        "optimizer": "momentum",
        "learning_rate": 0.1,
        "momentum": 0.9,
        "batch_size": 64,
        "weight_decay": 0.005,
        "schedule": "cosine",
        "warmup": 0.1,
        "shift": 0.125,
        "epochs": 30,
    }
    recipe = Recipe.from_dict(old)
    assert {name: getattr(recipe, name) for name in old} == old
    assert (recipe.label_smoothing, recipe.augmentation, recipe.flip) == (0.0, 1, None)
    assert (recipe.preprocessing, recipe.clip_norm, recipe.cycles) == ("none", None, None)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"optimizer": "adam"},
            "every value must be there. Received: missing=['learning_rate', 'momentum', "
            "'batch_size', 'weight_decay', 'schedule', 'warmup', 'shift', 'epochs']. Recipe(…) "
            "takes recommended values for what is not given.",
        ),
        ("adam", "`values` must be a dict as `to_dict` makes it. Received: values='adam'."),
    ],
    ids=["missing", "no dict"],
)
def test_what_is_no_record_gets_one_clear_message(values, message):
    with pytest.raises(ArgumentError) as caught:
        Recipe.from_dict(values)
    assert str(caught.value) == f"Recipe.from_dict: {message}"


def test_a_value_that_no_recipe_has_is_refused():
    names = ", ".join(f'"{name}"' for name in (*FIELDS, "reasons"))
    with pytest.raises(ArgumentError) as caught:
        Recipe.from_dict({**Recipe().to_dict(), "rate": 1.0})
    assert str(caught.value) == (
        f"Recipe.from_dict: every name must be one of {names}. Received: unknown=['rate']. A "
        "record of a later version needs that version."
    )


# --- chosen by data, task and model ---------------------------------------------------------------


def of(**traits):
    return Recipe.for_data(Traits(**{"samples": 20_000, **traits}))


@pytest.mark.parametrize(
    ("traits", "expected"),
    [
        # images: a sixteenth of the side, one pixel at least
        ({"kind": "image", "side": 32}, {"shift": 1 / 16, "augmentation": 1, "flip": None}),
        ({"kind": "image", "side": 8}, {"shift": 1 / 8, "batch_size": 64}),
        ({"kind": "image", "side": 32, "flip": "horizontal"}, {"flip": "horizontal"}),
        ({"kind": "image", "side": 32, "samples": 1_100}, {"batch_size": 64}),
        # no images: nothing to shift
        ({"kind": "vector"}, {"augmentation": 0, "shift": 0.0, "optimizer": "momentum"}),
        # row 27: small data without batch normalization; without any norm Adam, as measured
        ({"samples": 1_100, "norm": None}, {"optimizer": "adam", "dropout": 0.5}),
        ({"samples": 1_100, "norm": "layer"}, {"dropout": 0.5, "optimizer": "momentum"}),
        ({"samples": 1_100, "norm": "batch"}, {"dropout": 0.0}),
        ({"samples": 20_000, "norm": None}, {"dropout": 0.0, "learning_rate": 3e-3}),
        # recurrent: a limit on the gradient
        (
            {"kind": "tokens", "recurrent": True, "norm": None, "task": "next_step"},
            {"optimizer": "adam", "learning_rate": 0.01, "clip_norm": 1.0, "label_smoothing": 0.0},
        ),
        ({"recurrent": True, "norm": None, "samples": 1_100}, {"dropout": 0.5, "clip_norm": 1.0}),
        ({"attention": True, "norm": "layer"}, {"optimizer": "adam", "learning_rate": 1e-3}),
        # tasks
        ({"task": "regression"}, {"optimizer": "adam", "label_smoothing": 0.0}),
        ({"task": "multi_label"}, {"optimizer": "momentum", "label_smoothing": 0.0}),
        ({"task": "classification"}, {"label_smoothing": 0.1, "clip_norm": None}),
        (
            {"kind": "image", "side": 64, "task": "image", "norm": None},
            {"optimizer": "adam", "learning_rate": 2e-4, "batch_size": 16},  # row 52
        ),
        (
            {"kind": "image", "side": 64, "task": "mask", "norm": "instance"},
            {"optimizer": "adam", "batch_size": 16, "dropout": 0.0},
        ),
        # row 51: smaller batches, smaller rates
        ({"samples": 500}, {"batch_size": 16, "learning_rate": 0.15 / 4}),
        ({"samples": 500, "task": "regression"}, {"batch_size": 16, "learning_rate": 5e-4}),
        ({"samples": 3}, {"batch_size": 8}),
        # and where the batches are given, whatever the data
        ({"batch_size": 256}, {"batch_size": 256, "learning_rate": 0.6}),
        ({"batch_size": 256, "task": "regression"}, {"batch_size": 256, "learning_rate": 2e-3}),
        ({"batch_size": 64, "samples": 500}, {"batch_size": 64, "learning_rate": 0.15}),
        ({"batch_size": 1, "recurrent": True, "norm": None}, {"learning_rate": 0.01 / 8}),
    ],
)
def test_the_recipe_follows_from_data_task_and_model(traits, expected):
    recipe = of(**traits)
    assert {name: getattr(recipe, name) for name in expected} == pytest.approx(expected)


def test_a_chosen_value_says_what_chose_it():
    lines = of(samples=500, norm=None).explain().splitlines()
    assert lines[1] == (
        "learning_rate = 0.0015: 0.003 at batch size 64, scaled to 16. A peak that Adam bears with "
        "a warm-up, without a norm too: nothing else tames the step. (guide row 53; measured on "
        "digits and CIFAR-10; guide row 51)"
    )
    assert lines[3] == (
        "batch_size = 16: With larger batches 500 samples are fewer than 16 steps an epoch. (guide "
        "row 47)"
    )
    given = of(batch_size=128).explain().splitlines()
    assert given[3] == (
        "batch_size = 128: The data come in batches of so many, or it was asked for. (guide row 47)"
    )
    assert lines[FIELDS.index("dropout")] == (
        "dropout = 0.5: On 500 samples: without batch normalization half of the features may go: "
        "on small data it helps a lot. (guide row 27; Srivastava et al. 2014)"
    )


def test_a_budget_makes_a_ceiling_of_the_epochs():
    assert Recipe.for_data(Traits(samples=100), budget="5m").epochs == 1_000
    assert Recipe.for_data(Traits(samples=100)).epochs == 30


@pytest.mark.parametrize(
    ("traits", "budget", "rate"),
    [
        ({"kind": "image", "side": 32, "norm": "batch"}, "5m", 0.3),
        ({"kind": "image", "side": 32, "norm": "batch", "samples": 500}, "5m", 0.3 / 4),
        ({"kind": "image", "side": 32, "norm": "batch"}, None, 0.15),
        ({"kind": "image", "side": 32, "norm": None}, "5m", 3e-3),
        ({"kind": "vector", "norm": "batch"}, "5m", 0.15),
    ],
)
def test_images_within_a_budget_get_a_larger_peak(traits, budget, rate):
    recipe = Recipe.for_data(Traits(**{"samples": 20_000, **traits}), budget=budget)
    assert recipe.learning_rate == pytest.approx(rate)


def test_the_digits_get_what_was_measured_on_them(digits, small_network):
    recipe = Recipe.for_data(digits.x, digits.y, model=small_network())
    assert (recipe.shift, recipe.batch_size, recipe.learning_rate) == (0.125, 64, 0.15)
    assert recipe.flip is None
    assert recipe == Recipe.for_data(digits.x, digits.y)


def test_images_are_mirrored_where_that_keeps_the_label():
    random = np.random.default_rng(0)
    y = np.arange(200) % 2
    bright = random.random((200, 8, 8, 1)) + y[:, None, None, None]  # no matter which way round
    assert Recipe.for_data(bright, y).flip == "horizontal"
    left = random.random((200, 8, 8, 1))
    left[:, :, :4] += y[:, None, None, None]  # bright on the left, or on the right
    left[:, :, 4:] += 1 - y[:, None, None, None]
    assert Recipe.for_data(left, y).flip is None


def test_the_model_is_read():
    x, y = np.random.default_rng(0).normal(size=(300, 6)), np.arange(300) % 3
    assert Recipe.for_data(x, y, model=build_mlp((6,), 3, norm=None)).dropout == 0.5
    assert Recipe.for_data(x, y, model=build_mlp((6,), 3)).dropout == 0.0
    ids = np.arange(1_800).reshape(300, 6) % 20
    model = build_rnn((6,), 3, vocabulary_size=20, units=4, embedding_size=4)
    recipe = Recipe.for_data(ids, y, model=model)
    assert (recipe.clip_norm, recipe.augmentation) == (1.0, 0)
    start = keras.Input((6, 4))
    attended = layers.Flatten()(layers.MultiHeadAttention(1, 2)(start, start))
    attention = keras.Model(start, layers.Dense(3, activation="softmax")(attended))
    recipe = Recipe.for_data(np.zeros((300, 6, 4)), y, model=attention)
    assert (recipe.optimizer, recipe.clip_norm) == ("adam", 1.0)


def test_a_stream_is_as_long_as_it_says():
    import tensorflow as tf

    x, y = np.zeros((2_000, 3), "float32"), np.arange(2_000) % 2
    stream = tf.data.Dataset.from_tensor_slices((x, y)).batch(10)
    # An endless one has as many as are looked at: 64 batches.
    for data, samples in ((stream, 2_000), (stream.take(30), 300), (stream.repeat(), 640)):
        traits = read_traits(data, model=build_mlp((3,), 2))
        assert (traits.samples, traits.batch_size) == (samples, 10)


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (
            (np.zeros((0, 3)), np.zeros(0)),
            DataError,
            "Recipe.for_data: there must be a sample to train on. Received: samples=0.",
        ),
        (
            ("digits",),
            ArgumentError,
            "Recipe.for_data: `x` must be a pair (x, y) of arrays, or batches of such pairs. "
            "Received: x='str'.",
        ),
    ],
)
def test_what_is_no_data_is_refused(data, error, message):
    with pytest.raises(error) as caught:
        Recipe.for_data(*data)
    assert str(caught.value) == message


# --- the guide, and the simplest ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {},
            {
                "optimizer": "momentum",  # rows 37, 38
                "learning_rate": 0.1,  # rows 39, 53
                "batch_size": 256,  # row 52
                "schedule": "plateau",  # row 39
                "factor": 0.5,  # row 39: halve
                "augmentation": 3,  # row 18
                "flip": "horizontal",
                "preprocessing": "standardize_pixels",  # row 20: axis=0
                "dropout": 0.0,  # row 31
                "label_smoothing": 0.0,
            },
        ),
        ({"norm": None}, {"dropout": 0.5, "optimizer": "momentum"}),  # row 27
        ({"images": False}, {"flip": None}),
        (
            {"task": "image"},
            {
                "optimizer": "adam",  # row 70
                "learning_rate": 2e-4,  # row 52
                "batch_size": 16,
                "preprocessing": "signed",  # row 24
            },
        ),
    ],
)
def test_the_guide_is_kept_to_the_letter(options, expected):
    recipe = Recipe.guide(**options)
    assert {name: getattr(recipe, name) for name in expected} == expected


def test_the_guide_says_what_it_took_where_it_contradicts_itself():
    assert Recipe.guide().explain().splitlines()[0] == (
        "optimizer = momentum: SGD ends best on small data (row 38), and only Momentum and Adam "
        "are recommended (row 37). Row 40 says otherwise: take callbacks=[SwitchOptimizer()] with "
        'optimizer="adam". Row 70 too: take optimizer="adadelta". (guide rows 37, 38, 40, 70)'
    )


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"optimizer": "momentum"}, "SGD"),  # row 38
        ({"schedule": "plateau"}, "SGD"),  # row 39
        ({"optimizer": "adadelta"}, "Adadelta"),  # rows 40, 70
        ({"batch_size": 1}, "SGD"),  # row 73
        ({"schedule": "cyclic"}, "SGD"),  # row 48
        ({"schedule": "step", "factor": 0.3}, "SGD"),  # row 54
    ],
)
def test_the_guides_own_way_is_one_argument_away_and_makes_an_optimizer(changes, kind):
    optimizer = Recipe(**changes).make_optimizer(10)
    assert type(optimizer).__name__ == kind
    assert 0.0 <= float(optimizer.learning_rate) <= 0.150001


def test_the_optimizer_gets_the_limit_and_the_factor():
    recipe = Recipe(schedule="step", factor=0.5, warmup=0.0, clip_norm=2.0, epochs=4)
    optimizer = recipe.make_optimizer(10)
    assert optimizer.global_clipnorm == 2.0
    rates = [float(recipe.make_schedule(40)(step)) for step in (0, 19, 25, 39)]
    assert rates == pytest.approx([0.15, 0.15, 0.075, 0.0375])  # halved at 1/2 and 3/4 of the run


def test_a_recipe_says_how_often_its_rate_begins_anew():
    recipe = Recipe(learning_rate=0.4, warmup=0.2, cycles=2, factor=0.5)
    rates = [float(recipe.make_schedule(100)(step)) for step in (20, 40, 59, 60, 80, 99)]
    # (1 + cos)/2 of 0.4 over 40 steps, then of 0.2; 59 and 99 are the last steps of a cycle
    assert rates == pytest.approx([0.4, 0.2, 0.000617, 0.2, 0.1, 0.000308], abs=1e-6)
    assert "cycles = 2: chosen in place of None." in recipe.explain().splitlines()
    triangles = Recipe(schedule="cyclic", learning_rate=0.4, warmup=0.0, cycles=2)
    rates = [float(triangles.make_schedule(100)(step)) for step in (0, 25, 50, 75, 100)]
    assert rates == pytest.approx([0.1, 0.4, 0.1, 0.4, 0.1])  # up to the peak and back to a quarter


def test_nothing_is_left_of_a_simplified_recipe():
    rich = Recipe(
        optimizer="lion",
        schedule="one_cycle",
        cycles=4,
        clip_norm=1.0,
        augmentation=3,
        flip="both",
        ema=0.99,
        precision="mixed_float16",
        dropout=0.5,
        regularize=3,
        batch_size=32,
        epochs=5,
    )
    simple = rich.simplify("resnet")
    assert simple == Recipe(
        optimizer="adam",
        learning_rate=1e-3,
        weight_decay=0.0,
        schedule="constant",
        warmup=0.0,
        label_smoothing=0.0,
        augmentation=0,
        shift=0.0,
        depth=10,
        width=0.5,
        batch_size=32,
        epochs=5,
    )
    assert "schedule = constant: No schedule. (guide row 11)" in simple.explain()
    assert rich.simplify().depth is None
