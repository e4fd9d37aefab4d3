"""Every problem is told before step 1, all of them at once (guide rows 4, 12, 43, 73)."""

import json

import keras
import numpy as np
import pytest
from graph_models import stopped_gradient
from keras import layers

from recipes import PreflightReport, Recipe, preflight
from recipes.errors import ArgumentError, DataError, GraphError
from recipes.training.preflight import Problem

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(40, 3)).astype("float32")
Y = np.arange(40) % 4
ONE_HOT = np.eye(4)[Y]
X_HELD = RANDOM.normal(size=(12, 3)).astype("float32")
HELD = (X_HELD, np.arange(12) % 4)


def network(units=4, activation="softmax", inputs=(3,), first=None):
    start = keras.Input(inputs)
    x = start if first is None else first(start)
    layer = layers.Conv2D if len(inputs) == 3 else layers.Dense
    options = {"kernel_size": 1} if len(inputs) == 3 else {}
    outputs = layer(units, activation=activation, name="head", **options)(x)
    return keras.Model(start, outputs, name="network")


def found(model, train, validation=None, **options):
    """The problems as text; the graph is checked where a test asks for it."""
    report = preflight(model, train, validation, **{"level": None, **options})
    return [str(problem) for problem in report.problems]


def warned(model, train, validation=None, **options):
    report = preflight(model, train, validation, **{"level": None, **options})
    assert report.ok, str(report)
    return [str(warning) for warning in report.warnings]


# --- what is fine ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "y"),
    [
        ({}, Y),
        ({}, Y[:, None]),
        ({}, ONE_HOT),
        ({}, Y.astype("float32")),
        ({}, Y.astype("uint8")),
        ({"activation": None}, Y),
        ({"units": 1, "activation": "sigmoid"}, Y % 2),
        ({"units": 1, "activation": None}, Y[:, None] % 2),
        ({"activation": "sigmoid"}, np.tile([[1, 1, 0, 0], [0, 1, 0, 1]], (20, 1))),
        ({"activation": None}, RANDOM.normal(size=(40, 4))),
        ({"units": 1, "activation": None}, RANDOM.normal(size=40)),
    ],
)
def test_data_that_fit_the_model_are_fine(options, y):
    report = preflight(network(**options), (X, y), level=None)
    assert str(report) == "Preflight: no problems, no warnings."


def test_a_whole_network_is_fine_and_stays_as_it_is(small_network, split):
    model = small_network()
    before = model.get_weights()
    report = preflight(model, split.train, split.validation, recipe=Recipe())
    assert (report.problems, report.warnings) == ((), ())
    assert report.raise_for_errors() is report
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert not model.compiled


@pytest.mark.parametrize("loss", ["mse", lambda y, p: keras.ops.mean((y - p) ** 2, -1)])
def test_another_loss_takes_what_it_takes(loss):
    assert found(network(), (X, ONE_HOT), loss=loss) == []


# --- the data -------------------------------------------------------------------------------------

FORM = "Labels must be whole numbers of shape (samples,), or one-hot of 4 columns. Received: "
ANEW = "Number them anew: `names, y = numpy.unique(y, return_inverse=True)`."
RANGE = "Labels must be in [0, 4), one for each class of the model. Received: labels from "


@pytest.mark.parametrize(
    ("x", "y", "problems"),
    [
        (X, Y + 1, [f"{RANGE}1 to 4. They count from 1: take `y - 1`."]),
        (
            X,
            Y - 1,
            [f"{RANGE}-1 to 2. {ANEW}"],
        ),
        (X, np.arange(40), [f"{RANGE}0 to 39."]),
        (
            X,
            np.array(["cat", "dog", "eel", "fox"])[Y],
            [
                "Labels must be numbers, not texts. Received: 'cat', 'dog', 'eel', … (4 in all). "
                "Number them: `names, y = numpy.unique(y, return_inverse=True)`."
            ],
        ),
        (
            X,
            np.where(np.arange(40) == 5, np.nan, Y),
            ["1 label holds NaN or infinity, the first is number 5."],
        ),
        (X, Y / 2, [f"{FORM}float64 of shape (40,)."]),
        (X, np.eye(7)[Y], [f"{FORM}float64 of shape (40, 7)."]),
        (
            X,
            ONE_HOT + np.eye(4)[(Y + 1) % 4],
            [
                "Each row of one-hot labels must sum up to 1. Received: 40 rows that do not, the "
                "first is number 0. For several labels at once take a sigmoid head."
            ],
        ),
        (
            X,
            np.full(40, 2),
            ["All 40 labels are 2: with one class there is nothing to learn."],
        ),
        (X, Y[:-1], ["x and y must be of the same length. Received: 40 samples, 39 labels."]),
        (X[:0], Y[:0], ["There is no sample in x. Received: x of shape (0, 3)."]),
        (X[:, :2], Y, ["The model takes samples of shape (3,). Received: (2,)."]),
        (
            np.where(np.arange(40)[:, None] == 7, np.inf, X),
            Y,
            ["1 sample of x with NaN or infinity, the first is number 7."],
        ),
        (
            np.ones((40, 3)),
            Y,
            ["All samples of x are equal: there is nothing to tell them apart by."],
        ),
        (
            X.astype(str),
            Y,
            [
                "The model takes numbers. Received: x of type <U32, such as "
                f"'{X.astype(str)[0, 0]}'. Put a keras.layers.TextVectorization before it, or a "
                "StringLookup."
            ],
        ),
    ],
)
def test_a_problem_of_the_data_gets_one_sentence(x, y, problems):
    assert found(network(), (x, y)) == [f"training data: {problem}" for problem in problems]


def test_all_problems_come_at_once():
    report = preflight(network(), (X[:, :2], Y + 1), (X_HELD, ONE_HOT[:12]), level=None)
    with pytest.raises(DataError) as caught:
        report.raise_for_errors("fit")
    assert str(caught.value) == (
        "fit: 3 problems before the first step:\n"
        "  - training data: The model takes samples of shape (3,). Received: (2,).\n"
        f"  - training data: {RANGE}1 to 4. They count from 1: take `y - 1`.\n"
        "  - validation data: Its labels are numbers in 4 columns, those of the training data "
        "single numbers. Give both alike."
    )


def test_a_report_can_be_read_by_a_script_and_by_a_person():
    report = preflight(network(), (X, Y + 1), level=None)
    assert json.loads(json.dumps(report.to_dict())) == {
        "ok": False,
        "problems": [
            {
                "part": "training data",
                "message": f"{RANGE}1 to 4. They count from 1: take `y - 1`.",
            }
        ],
        "warnings": [],
    }
    small = PreflightReport((Problem("loss", "It is high."),), (Problem("recipe", "So so."),))
    assert str(small) == (
        "Preflight: 1 problem, 1 warning:\n  problem  loss: It is high.\n  warning  recipe: So so."
    )


def test_token_ids_without_a_row_are_found():
    start = keras.Input((6,))
    x = layers.GlobalAveragePooling1D()(layers.Embedding(10, 2)(start))
    model = keras.Model(start, layers.Dense(4, activation="softmax")(x))
    ids = RANDOM.integers(0, 12, (40, 6))
    ids[0, 0] = 11
    assert found(model, (ids % 10, Y)) == []
    assert found(model, (ids, Y)) == [
        "training data: Token ids must be in [0, 10), one for each row of the embedding. Received: "
        "ids from 0 to 11."
    ]


def test_masks_saved_as_0_and_255_are_found():
    images = RANDOM.random((8, 4, 4, 1))
    masks = RANDOM.integers(0, 2, (8, 4, 4))
    model = network(2, inputs=(4, 4, 1))
    assert found(model, (images, masks)) == []
    assert found(model, (images, masks * 255)) == [
        "training data: Labels must be in [0, 2), one for each class of the model. Received: "
        f"labels from 0 to 255. {ANEW}"
    ]
    assert found(model, (images, masks[:, :2])) == [
        "training data: Labels must be whole numbers of shape (samples, 4, 4), or one-hot of 2 "
        "columns. Received: int64 of shape (8, 2, 4)."
    ]


def test_numbers_of_another_shape_or_out_of_reach_are_found():
    numbers = np.round(RANDOM.normal(size=(40, 4)), 3)
    numbers[0, :2] = -3, 3
    assert found(network(activation=None), (X, numbers[:, :3])) == [
        "training data: Targets must have the shape (samples, 4). Received: shape (40, 3)."
    ]
    assert found(network(activation="tanh"), (X, numbers)) == [
        "training data: Layer 'head' ends in a tanh, whose outputs are in [-1, 1]. Received: "
        "targets from -3 to 3. Take no activation, or scale the targets."
    ]


def test_a_loss_that_fails_is_found():
    def own_loss(y, p):
        raise TypeError("no such thing")

    assert found(network(), (X, Y), loss=own_loss) == [
        "first batch: The first batch fails (TypeError: no such thing). Give data and a loss that "
        "fit the model."
    ]


def test_labels_from_0_to_1_are_all_that_a_sigmoid_can_be():
    several = np.tile([[2, 1, 0, 0], [0, 1, 0, 1]], (20, 1))
    assert found(network(activation="sigmoid"), (X, several), loss="binary_crossentropy") == [
        "training data: Labels must be from 0 to 1. Received: labels from 0 to 2."
    ]


# --- head and loss --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "y", "loss", "problem"),
    [
        (
            {},
            Y,
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            "Layer 'head' ends in a softmax, and the loss sparse_categorical_crossentropy has "
            "from_logits=True: it would be applied twice. Take away one of the two.",
        ),
        (
            {"activation": None},
            Y,
            "sparse_categorical_crossentropy",
            "Layer 'head' ends in no activation, and the loss sparse_categorical_crossentropy "
            "takes probabilities. Give the loss from_logits=True, or the layer a softmax or "
            "sigmoid.",
        ),
        (
            {"activation": "relu"},
            Y,
            "sparse_categorical_crossentropy",
            "Layer 'head' ends in a relu, and the loss sparse_categorical_crossentropy takes "
            "probabilities. Give the loss from_logits=True, or the layer a softmax or sigmoid.",
        ),
        (
            {"activation": "sigmoid"},
            ONE_HOT,
            "categorical_crossentropy",
            "Layer 'head' is a sigmoid, and the loss categorical_crossentropy takes probabilities "
            "that sum up to 1. Take a softmax, or binary_crossentropy for several labels at once.",
        ),
        (
            {"units": 1},
            Y % 2,
            None,
            "Layer 'head' is a softmax over 1 unit, which is always 1. Take a sigmoid for two "
            "classes, or one unit a class.",
        ),
        (
            {"activation": "sigmoid"},
            Y,
            None,
            "Layer 'head' is a sigmoid with 4 units, for several labels at once; the targets name "
            "one class each. Take a softmax.",
        ),
        (
            {"units": 1, "activation": "sigmoid"},
            Y % 2,
            "sparse_categorical_crossentropy",
            "Layer 'head' has 1 unit, and the loss sparse_categorical_crossentropy needs one a "
            "class. Take binary_crossentropy with a sigmoid.",
        ),
    ],
)
def test_a_head_that_does_not_fit_its_loss_is_found(options, y, loss, problem):
    assert found(network(**options), (X, y), loss=loss) == [f"loss: {problem}"]


@pytest.mark.parametrize(
    ("y", "loss", "problem"),
    [
        (
            ONE_HOT,
            "sparse_categorical_crossentropy",
            "The loss sparse_categorical_crossentropy takes whole numbers, and the labels are "
            "one-hot of 4 columns. Take categorical_crossentropy, or `y.argmax(-1)`.",
        ),
        (
            Y,
            "categorical_crossentropy",
            "The loss categorical_crossentropy takes one-hot of 4 columns, and the labels have the "
            "shape (40,). Take sparse_categorical_crossentropy, or "
            "`keras.utils.to_categorical(y, 4)`.",
        ),
    ],
)
def test_one_hot_where_whole_numbers_are_expected_and_the_reverse(y, loss, problem):
    assert found(network(), (X, y), loss=loss) == [f"training data: {problem}"]
    compiled = network()
    compiled.compile("sgd", loss)
    assert found(compiled, (X, y)) == [f"training data: {problem}"]


@pytest.mark.parametrize(
    ("y", "loss", "warning"),
    [
        (
            ONE_HOT,
            "binary_crossentropy",
            "The loss takes each of the softmax's outputs for a label of its own. Take categorical "
            "cross-entropy for one class of several, or a sigmoid for several labels at once.",
        ),
        (
            ONE_HOT,
            "mse",
            "The squared error of a softmax has almost no gradient where the model is surely "
            "wrong. Cross-entropy has one.",
        ),
    ],
)
def test_an_unusual_loss_is_warned_of(y, loss, warning):
    assert warned(network(), (X, y), loss=loss) == [f"loss: {warning}"]


# --- scales ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scale", "shift"), [(1, 300), (300, 0)], ids=["far off", "wide"])
def test_numbers_to_predict_that_are_far_from_0_are_told(scale, shift):
    y = scale * (Y % 2) + shift  # the mean and the spread of Y % 2 are 0.5
    mean, spread = 0.5 * scale + shift, 0.5 * scale
    assert warned(network(1, None), (X, y + 0.25)) == [
        f"training data: The targets have the mean {mean + 0.25:.3g} and the standard deviation "
        f"{spread:.3g}, and outputs begin near 0: it takes many steps to get there. Train on "
        "(y - mean) / deviation, and turn predictions back."
    ]
    assert warned(network(1, None), (X, (y - mean) / spread * 1.5)) == []


def test_pixels_that_nothing_rescales_are_warned_of():
    pixels = RANDOM.integers(0, 256, (40, 2, 2, 1)).astype("uint8")
    pixels[0, 0, 0, 0], pixels[0, 0, 1, 0] = 0, 255
    y = np.repeat(Y, 4).reshape(40, 2, 2) % 2
    model = network(2, inputs=(2, 2, 1))
    ranges = [each for each in warned(model, (pixels, y)) if each.startswith("training")]
    assert ranges == [
        "training data: x goes from 0 to 255, and the model does not rescale it. Divide pixels by "
        "255, or put a keras.layers.Rescaling(1 / 255) first."
    ]
    rescaled = network(2, inputs=(2, 2, 1), first=layers.Rescaling(1 / 255))
    assert warned(rescaled, (pixels, y)) == []
    assert warned(model, (pixels / 255, y)) == []


def test_pixels_that_are_rescaled_twice_are_found():
    pixels = RANDOM.random((40, 2, 2, 1))
    pixels[0, 0, 0, 0], pixels[0, 0, 1, 0] = 0, 1
    y = np.repeat(Y, 4).reshape(40, 2, 2) % 2
    model = network(2, inputs=(2, 2, 1), first=layers.Rescaling(1 / 255, name="rescaling"))
    assert found(model, (pixels, y)) == [
        "training data: Layer 'rescaling' divides by about 255 what is scaled already: its input "
        "goes from 0 to 1. Leave out one of the two scalings."
    ]


# --- training and validation ----------------------------------------------------------------------


def test_a_validation_set_that_is_the_training_set_is_found():
    assert found(network(), (X, Y), (X, Y)) == [
        "validation data: All 40 validation samples are training samples too: their score says "
        "nothing of other data. Split the data with `split_data`."
    ]


def test_some_shared_samples_are_warned_of_and_none_are_not():
    assert warned(network(), (X, Y), HELD) == []
    leaked = (np.concatenate([X_HELD, X[:4]]), np.arange(16) % 4)
    assert warned(network(), (X, Y), leaked) == [
        "validation data: 4 of 16 validation samples are training samples too: the score is too "
        "good by them. Take them out of one part."
    ]


def test_an_empty_validation_set_is_found():
    assert found(network(), (X, Y), (X[:0], Y[:0])) == [
        "validation data: There is no sample in x. Received: x of shape (0, 3)."
    ]


def test_rare_and_missing_classes_are_warned_of():
    y = np.where(np.arange(40) == 0, 1, 0)
    validation = (X_HELD, np.full(12, 3))
    assert warned(network(), (X, y), validation) == [
        "training data: There is no sample of classes 2, 3: the model has an output for it.",
        "training data: The most frequent class has 39 labels, the rarest 1 (class 1). Give "
        "`class_weight`, or judge by more than the accuracy.",
        "validation data: The training data have no sample of class 3, which is validated.",
    ]


# --- the recipe, the graph, one batch -------------------------------------------------------------


def test_a_batch_larger_than_the_data_is_warned_of():
    assert warned(network(), (X, Y), recipe=Recipe(batch_size=64)) == [
        "recipe: A batch of 64 is larger than the 40 training samples: an epoch is one step. Take "
        "batch_size=5."
    ]


def test_a_batch_of_one_is_warned_of_with_batch_normalization_alone():
    recipe = Recipe(batch_size=1)
    assert warned(network(), (X, Y), recipe=recipe) == []
    assert warned(network(first=layers.BatchNormalization()), (X, Y), recipe=recipe) == [
        "recipe: Batch normalization has nothing to take a mean over in a batch of 1. Take at "
        'least 8, or a model with norm="layer" or None.'
    ]


def test_a_layer_that_cannot_learn_is_found_with_the_rest():
    x, y = RANDOM.normal(size=(40, 6)), Y % 2
    report = preflight(stopped_gradient(), (x, y))
    assert [problem.part for problem in report.problems] == ["graph"]
    assert "CUT: layer 'cut'" in str(report)
    with pytest.raises(GraphError, match=r"^preflight: 1 problem before the first step:\n  - gr"):
        report.raise_for_errors()


def test_the_first_loss_is_that_of_equal_probabilities():
    model = network()
    model.get_layer("head").set_weights([np.zeros((3, 4)), np.zeros(4)])
    assert warned(model, (X, Y)) == []
    wild = network()
    wild.get_layer("head").set_weights([np.zeros((3, 4)), np.array([30.0, 0, 0, 0])])
    # three labels of four are wrong, and each costs the 16.1 that Keras caps ln(1e-7) at
    assert warned(wild, (X, Y)) == [
        "first batch: The loss of the first batch is 22.5. A model that knows nothing has ln(4) = "
        "1.39: its outputs begin too large. Look at the range of the inputs and at the initial "
        "weights."
    ]


def test_a_first_loss_that_is_no_number_is_found():
    model = network()
    model.get_layer("head").set_weights([np.full((3, 4), np.nan), np.zeros(4)])
    assert found(model, (X, Y)) == [
        "first batch: The loss of the first batch is nan, before any step. Look for values that "
        "are not finite in the weights, or for a logarithm or a division in the model or its loss."
    ]


# --- other forms of data --------------------------------------------------------------------------


def test_batches_of_a_stream_are_looked_at():
    import tensorflow as tf

    stream = tf.data.Dataset.from_tensor_slices((X, Y + 1)).batch(16).repeat()
    problem = f"training data: {RANGE}1 to 4. They count from 1: take `y - 1`."
    assert found(network(), stream) == [problem]

    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 2

        def __getitem__(self, index):
            return X[20 * index : 20 * index + 20], Y[20 * index : 20 * index + 20] + 1

    assert found(network(), Batches()) == [problem]


def test_several_inputs_are_each_looked_at():
    left, right = keras.Input((3,), name="left"), keras.Input((2,), name="right")
    outputs = layers.Dense(4, activation="softmax")(layers.concatenate([left, right]))
    model = keras.Model({"left": left, "right": right}, outputs)
    broken = np.where(np.arange(40)[:, None] == 3, np.nan, X[:, :2])
    assert found(model, ({"left": X, "right": X[:, :2]}, Y)) == []
    assert found(model, ({"left": X, "right": broken}, Y)) == [
        "training data: 1 sample of x['right'] with NaN or infinity, the first is number 3."
    ]


def test_samples_of_different_lengths_are_refused():
    with pytest.raises(DataError) as caught:
        preflight(network(), ([[1, 2, 3], [4, 5]], [0, 1]))
    assert str(caught.value) == (
        "preflight: all samples of `train` must be of one shape. Received: train='list'. Pad "
        "sequences with keras.utils.pad_sequences, resize images."
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("resnet", (X, Y)),
            "preflight: `model` must be a Keras model. Received: model='str'.",
        ),
        (
            (None, X),
            "preflight: `train` must be a pair (x, y) of arrays, or batches of such pairs. "
            "Received: train='ndarray'.",
        ),
    ],
)
def test_what_is_no_model_or_no_data_is_refused(arguments, message):
    model, train = arguments
    with pytest.raises(ArgumentError) as caught:
        preflight(network() if model is None else model, train)
    assert str(caught.value) == message
