"""`profile` and `suggest_size`: known counts, the choice meets its limits (rows 9, 25)."""

import functools
import json
import re
import time

import keras
import numpy as np
import pytest
import tensorflow as tf
from graph_models import Subclassed, dict_inputs, forgotten_weight, healthy, nested_model
from keras import layers

from recipes import Profile, build_resnet, profile, suggest_size
from recipes.cost.latency import Latency
from recipes.errors import ArgumentError


def model_of(layer, shape):
    return keras.Sequential([keras.Input(shape), layer])


def counted(model, **options):
    """Multiply-adds of a sample; every layer with weights must be in them."""
    result = profile(model, latency=False, **options)
    assert result.not_counted == ()
    return result.multiply_adds


def products_that_tensorflow_sees(model):
    """Multiply-adds by TensorFlow's own profiler: the convolutions and matrix products."""
    spec = tf.TensorSpec((1, *model.input_shape[1:]))
    graph = tf.function(lambda x: model(x, training=False)).get_concrete_function(spec).graph
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    node = tf.compat.v1.profiler.profile(graph, cmd="op", options={**options, "output": "none"})
    operations = 0
    while node.children:  # each kind of operation hangs from the one before
        node = node.children[0]
        operations += node.float_ops if re.search("Conv|MatMul", node.name) else 0
    return operations // 2


@pytest.fixture(scope="module")
def resnet50():
    return profile(build_resnet((224, 224, 3), 1_000, depth=50), latency=False)


def test_resnet_50_has_the_published_number_of_multiply_adds(resnet50):
    # torchvision counts 4.089 G (fvcore), the network of stride in the 3×3 convolution
    assert resnet50.multiply_adds / 1e9 == pytest.approx(4.089, abs=0.0005)
    assert resnet50.flops == 2 * resnet50.multiply_adds
    assert resnet50.not_counted == ()


def test_resnet_50_has_the_published_number_of_parameters(resnet50):
    assert resnet50.trainable_parameters == 25_557_032  # torchvision
    # a mean and a variance for each channel that is normalised: 64 in the stem, and in the stages
    # of 3, 4, 6, 3 blocks (64 + 64 + 256), twice, four and eight times that, with 256, 512, 1,024
    # and 2,048 in the shortcuts: 26,560
    assert resnet50.parameters == 25_557_032 + 2 * 26_560
    assert resnet50.weight_bytes == 4 * resnet50.parameters


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (layers.Conv1D(6, 3, padding="causal"), (9, 4)),
        (layers.Conv2D(6, (3, 2), strides=2, padding="same"), (9, 8, 4)),
        (layers.Conv3D(3, 2), (5, 6, 7, 2)),
        (layers.Conv1DTranspose(6, 3, strides=2, padding="same"), (9, 4)),
        (layers.Conv2DTranspose(6, 3, strides=2, padding="same"), (9, 8, 4)),
        (layers.DepthwiseConv1D(3, depth_multiplier=2), (9, 4)),
        (layers.DepthwiseConv2D(3, depth_multiplier=2, strides=2), (9, 8, 4)),
        (layers.SeparableConv1D(6, 3), (9, 4)),
        (layers.SeparableConv2D(6, 3, strides=2, depth_multiplier=2), (9, 8, 4)),
        (layers.Dense(5), (4,)),
        (layers.Dense(5), (7, 4)),
        (layers.EinsumDense("abc,cde->abde", output_shape=(None, 5, 2)), (7, 4)),
        (layers.SimpleRNN(3, unroll=True), (5, 4)),
        (layers.GRU(3, unroll=True), (5, 4)),
        (layers.LSTM(3, unroll=True), (5, 4)),
        (layers.Bidirectional(layers.LSTM(3, unroll=True)), (5, 4)),
        (layers.TimeDistributed(layers.Conv2D(3, 3)), (5, 8, 8, 2)),
    ],
    ids=lambda value: value.name if isinstance(value, keras.Layer) else str(value),
)
def test_a_layer_has_the_count_of_tensorflows_own_profiler(layer, shape):
    model = model_of(layer, shape)
    assert counted(model) == products_that_tensorflow_sees(model) > 0


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        # 7 places × 6 filters × (3 × 4/2 channels of the group)
        (layers.Conv1D(6, 3, groups=2), (9, 4), 252),
        # 7·6 places × 6 filters × (3·3 × 4/2)
        (layers.Conv2D(6, 3, groups=2), (9, 8, 4), 4_536),
        # 5·4 places × 6 filters × (3·3 × 4 channels): the holes of a dilated kernel cost nothing
        (layers.Conv2D(6, 3, dilation_rate=2), (9, 8, 4), 4_320),
        # 7 places × 4 inputs × 5 outputs
        (layers.EinsumDense("...c,cd->...d", output_shape=(5,)), (7, 4), 140),
        # each of 5·6·7·2 entries of the input meets 2·2·2 places × 3 filters
        (layers.Conv3DTranspose(3, 2), (5, 6, 7, 2), 10_080),
        # 5 steps × 3 units × 1 gate × (4 inputs + 3 states)
        (layers.SimpleRNN(3), (5, 4), 105),
        # … 3 gates
        (layers.GRU(3), (5, 4), 315),
        # … 4 gates
        (layers.LSTM(3, return_sequences=True), (5, 4), 420),
        (layers.Bidirectional(layers.LSTM(3), merge_mode="sum"), (5, 4), 840),
        # 5 steps × (4·3·(4 + 3) and on top 4·2·(3 + 2))
        (layers.RNN([layers.LSTMCell(3), layers.LSTMCell(2)]), (5, 4), 620),
        # 5 steps × 6·6 places × (3·3·3 + 3·3·2) × 4 gates of 2 filters
        (layers.ConvLSTM2D(2, 3), (5, 8, 8, 3), 64_800),
        (layers.ConvLSTM2D(2, 3, return_sequences=True), (5, 8, 8, 3), 64_800),
        # 6 steps of a recurrent layer over 5 steps
        (layers.TimeDistributed(layers.GRU(3)), (6, 5, 4), 1_890),
        (layers.BatchNormalization(), (8, 8, 3), 0),
        (layers.Embedding(10, 4), (5,), 0),
    ],
    ids=lambda value: value.name if isinstance(value, keras.Layer) else str(value),
)
def test_a_layer_has_the_count_that_is_worked_out_by_hand(layer, shape, expected):
    assert counted(model_of(layer, shape)) == expected


def test_attention_counts_its_projections_its_scores_and_their_use():
    x, y = keras.Input((5, 4)), keras.Input((7, 4))
    attended = layers.MultiHeadAttention(2, 3, value_dim=6)(value=y, query=x)
    # query 5·4·(2·3), key 7·4·(2·3), value 7·4·(2·6), output 5·(2·6)·4: 120 + 168 + 336 + 240;
    # 5·7 pairs × 2 heads × (3 + 6)
    assert counted(keras.Model([x, y], attended)) == 864 + 630
    grouped = layers.GroupQueryAttention(3, 4, 2)(x, y)
    # query 5·4·(4·3), key and value 7·4·(2·3), output 5·(4·3)·4; 5·7 pairs × 4 heads × (3 + 3)
    assert counted(keras.Model([x, y], grouped)) == 240 + 2 * 168 + 240 + 840
    plain = layers.Attention(use_scale=True)([x, y])
    assert counted(keras.Model([x, y], plain)) == 5 * 7 * (4 + 4)


def test_a_layer_that_is_called_twice_counts_twice():
    shared = layers.Dense(3)
    a, b = keras.Input((6,)), keras.Input((6,))
    model = keras.Model([a, b], layers.Dot(axes=1)([shared(a), shared(b)]))
    assert counted(model) == 2 * 6 * 3
    assert profile(model, latency=False).parameters == 6 * 3 + 3


def test_nested_models_count_by_the_sizes_of_their_own_inputs():
    assert counted(nested_model()) == 6 * 3 + 3 * 2
    backbone = model_of(layers.Conv2D(2, 1, use_bias=False), (None, None, 3))
    small, large = keras.Input((4, 4, 3)), keras.Input((10, 5, 3))
    model = keras.Model([small, large], [backbone(small), backbone(large)])
    assert counted(model) == (4 * 4 + 10 * 5) * 3 * 2


def test_a_model_applied_at_every_step_counts_at_every_step():
    model = model_of(layers.TimeDistributed(nested_model()), (5, 6))
    assert counted(model) == 5 * (6 * 3 + 3 * 2)


def test_the_count_is_that_of_a_sample_whatever_the_batch():
    model = model_of(layers.LSTM(3), (5, 4))
    assert counted(model) == counted(model, batch_size=7)


KINDS = [
    healthy.masked_lstm,
    healthy.bidirectional,
    healthy.attention,
    healthy.siamese,
    healthy.time_distributed,
    healthy.several_outputs,
    healthy.feature_tap,
    healthy.mixed_precision,
    healthy.dropout_and_noise,
    healthy.loss_added_in_a_layer,
    healthy.straight_through,
    healthy.spectral_norm,
    healthy.strings,
    healthy.video,
    healthy.separable_and_grouped,
]


@pytest.mark.parametrize("build", KINDS, ids=lambda build: build.__name__)
def test_every_kind_of_model_has_a_profile(build):
    shape = {"masked_lstm": (5,), "bidirectional": (5, 3)}.get(build.__name__)
    model = build()
    weights = [value.copy() for value in model.get_weights()]
    result = profile(model, input_shape=shape, batch_size=2, latency=False)
    assert result.multiply_adds > 0
    assert result.parameters == model.count_params()
    assert [name.rstrip("_0123456789") for name in result.not_counted] in (
        [],
        ["kullback_leibler"],  # it has weights and no formula
    )
    assert all(map(np.array_equal, weights, model.get_weights()))


class Cell(layers.Layer):
    """A recurrent cell whose cost nobody knows."""

    state_size = output_size = 4

    def build(self, shape):
        self.inside = layers.Dense(4, name="inside")
        self.inside.build(shape)

    def call(self, x, states):
        return self.inside(x), states


def test_a_layer_that_no_formula_covers_is_named():
    assert profile(forgotten_weight(), latency=False).not_counted == ("forgetful",)
    result = profile(model_of(layers.RNN(Cell()), (5, 4)), latency=False)
    assert (result.multiply_adds, result.not_counted) == (0, ("inside",))
    uncalled = profile(Subclassed("never called"), input_shape=(6,), latency=False)
    assert (uncalled.multiply_adds, uncalled.not_counted) == (6 * 4 + 4 * 2, ("second",))


def test_activations_are_the_outputs_of_all_layers():
    x = keras.Input((8, 8, 3))
    y = layers.ReLU()(layers.Conv2D(4, 3)(x))  # twice 6·6·4 numbers
    model = keras.Model(x, layers.Dense(10)(layers.Flatten()(y)))  # 144 and 10
    numbers = 144 + 144 + 144 + 10
    assert profile(model, latency=False).activation_bytes == 4 * numbers
    assert profile(model, latency=False, batch_size=5).activation_bytes == 5 * 4 * numbers
    nested = model_of(model, (8, 8, 3))
    assert profile(nested, latency=False).activation_bytes == 4 * numbers


def test_half_precision_halves_the_bytes():
    def build(dtype):
        return keras.Sequential(
            [keras.Input((6,)), layers.Dense(4, dtype=dtype), layers.ReLU(dtype=dtype)]
        )

    bytes_of = {}
    for dtype in ("float32", "float16", "bfloat16", "mixed_float16"):
        result = profile(build(dtype), latency=False)
        bytes_of[dtype] = (result.activation_bytes, result.weight_bytes)
    # 4 and 4 numbers; 6·4 + 4 weights, which mixed precision keeps in single
    assert bytes_of["float32"] == (32, 112)
    assert bytes_of["float16"] == bytes_of["bfloat16"] == (16, 56)
    assert bytes_of["mixed_float16"] == (16, 112)


def test_a_subclassed_model_gets_its_weights_from_the_size_of_its_input():
    model = keras.Sequential([layers.Dense(3), layers.Dense(2)])
    assert counted(model, input_shape=(6,)) == 6 * 3 + 3 * 2
    assert model.input_shape == (None, 6)  # any batch will do
    built = Subclassed()
    built.build((None, 6))
    assert counted(built, input_shape=(6,)) == 6 * 4 + 4 * 4 + 4 * 2


def test_an_open_side_is_given_by_the_caller():
    model = model_of(layers.Conv2D(2, 1), (None, None, 3))
    assert counted(model, input_shape=(10, 5, 3)) == 10 * 5 * 3 * 2
    assert counted(dict_inputs(), input_shape={"a": (6,), "b": [3]}) == 9 * 2


SEVERAL = "`input_shape` must fit the model's inputs {'a': (6,), 'b': (3,)}"
SHAPE = (
    "`input_shape` must be the shape of one sample, or a list or dict of them. Received: "
    "input_shape={}. A shape is a tuple of whole numbers of at least 1, such as (224, 224, 3)."
)


@pytest.mark.parametrize(
    ("build", "options", "message"),
    [
        (lambda: 3, {}, "`model` must be a Keras model. Received: model=3."),
        (
            lambda: model_of(layers.Conv2D(2, 1), (None, None, 3)),
            {},
            "the size of the model's inputs must be known. Received: inputs=(None, None, 3). "
            "Give input_shape=…, the shape of one sample without the batch axis.",
        ),
        (
            Subclassed,
            {},
            "the size of the model's inputs must be known. Received: inputs=None. "
            "Give input_shape=…, the shape of one sample without the batch axis.",
        ),
        (nested_model, {"input_shape": 6}, SHAPE.format("6")),
        (nested_model, {"input_shape": (None,)}, SHAPE.format("(None,)")),
        (
            nested_model,
            {"input_shape": (7,)},
            "`input_shape` must fit the model's inputs (6,). Received: input_shape=(7,).",
        ),
        (dict_inputs, {"input_shape": (6,)}, f"{SEVERAL}. Received: input_shape=(6,)."),
        (
            dict_inputs,
            {"input_shape": [(6,), (3,)]},
            f"{SEVERAL}. Received: input_shape=[(6,), (3,)].",
        ),
        (
            nested_model,
            {"batch_size": 0},
            "`batch_size` must be a whole number of at least 1. Received: batch_size=0.",
        ),
    ],
)
def test_what_cannot_be_measured_is_refused_with_the_reason(build, options, message):
    with pytest.raises(ArgumentError) as caught:
        profile(build(), **options)
    assert str(caught.value) == f"profile: {message}"


def test_the_latency_is_measured_in_many_runs_and_ordered():
    result = profile(nested_model(), batch_size=3).latency
    assert 0 < result.low <= result.median <= result.high
    assert result.runs >= 10
    assert profile(nested_model(), latency=False).latency is None


def test_measuring_leaves_the_memory_of_a_stateful_layer_as_it_was():
    x = keras.Input(batch_shape=(2, 5, 6))
    layer = layers.LSTM(3, stateful=True)
    model = keras.Model(x, layer(x))
    profile(model, batch_size=2)
    assert not any(np.any(state.numpy()) for state in layer.states)


KNOWN = Profile(
    parameters=25_610_152,
    trainable_parameters=25_557_032,
    multiply_adds=4_089_184_256,
    activation_bytes=149_946_368,
    weight_bytes=102_440_608,
    batch_size=8,
    latency=Latency(median=0.0955, low=0.0941, high=0.104, runs=11),
    not_counted=("own_layer",),
)


def test_a_profile_is_a_table_with_units():
    assert str(KNOWN).splitlines() == [
        "parameters       25.61 M  25.56 M train",
        "multiply-adds    4.089 G  a sample; 8.178 G FLOPs",
        "weights        97.69 MiB",
        "activations      143 MiB  a batch of 8",
        "latency          95.5 ms  a batch of 8; 94.1 ms to 104 ms in 80 % of 11 runs",
        "not counted            1  own_layer",
    ]


def test_a_profile_can_be_written_as_json():
    read = json.loads(json.dumps(KNOWN.to_dict()))
    assert read["flops"] == 8_178_368_512
    assert read["latency"] == {"median": 0.0955, "low": 0.0941, "high": 0.104, "runs": 11}
    assert read["not_counted"] == ["own_layer"]


# --- the choice of a size: a second for each multiply-add, so that no clock can disturb it -----

WIDTHS = (2.0, 0.5, 1.0, 3.0)
DEPTHS = (20, 10, 30)


@pytest.fixture
def built(monkeypatch):
    """The sizes that were built, while a model is just the number of its multiply-adds."""
    sizes = []

    def measured(cost, *, batch_size, latency):
        took = Latency(cost / 2, cost / 4, cost, runs=10) if latency else None
        return Profile(0, int(100 * cost), cost, 0, 0, batch_size, took)

    def build(*, width, depth=10):
        sizes.append((depth, width))
        return depth * width**2

    monkeypatch.setattr("recipes.cost.size.profile", measured)
    build.sizes = sizes
    return build


@pytest.mark.parametrize("depths", [None, DEPTHS])
@pytest.mark.parametrize("limit", [2.5, 9.0, 10.0, 39.9, 40, 100, 119, 270.0, float("inf")])
def test_the_choice_is_the_largest_that_meets_the_latency(built, limit, depths):
    costs = [depth * width**2 for depth in depths or (10,) for width in WIDTHS]
    size = suggest_size(built, max_latency=limit, depths=depths, widths=WIDTHS)
    assert size.profile.multiply_adds == max(cost for cost in costs if cost <= limit)
    assert (size.depth or 10) * size.width**2 == size.profile.multiply_adds
    assert len(built.sizes) == len(set(built.sizes)) <= 3 * len(depths or (10,))


def test_more_latency_never_gives_a_smaller_model(built):
    chosen = [
        suggest_size(built, max_latency=limit, depths=DEPTHS, widths=WIDTHS).profile.multiply_adds
        for limit in np.linspace(2.5, 300, 60)
    ]
    assert chosen == sorted(chosen)


def test_a_larger_depth_may_be_the_cheaper_one(built):
    """ResNet-50 for large images has fewer multiply-adds than ResNet-44 for small ones."""

    def family(*, width, depth):
        return {44: 100, 50: 1}[depth] * width

    assert suggest_size(family, max_latency=2, depths=(44, 50), widths=(1.0,)).depth == 50


def test_without_depths_the_builder_keeps_its_own(built):
    size = suggest_size(built, max_latency=10)
    assert (size.depth, size.width) == (None, 1.0)
    assert len(built.sizes) <= 3  # of six widths


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"max_latency": 2.4, "widths": WIDTHS},
            "the smallest model must be fast enough. Received: max_latency=2.4. With width=0.5 a "
            "batch takes 2.5e+03 ms at the 90th percentile. Allow more, or offer less.",
        ),
        (
            {"max_latency": 2.4, "widths": WIDTHS, "depths": DEPTHS},
            "the smallest model must be fast enough. Received: max_latency=2.4. With depth=10, "
            "width=0.5 a batch takes 2.5e+03 ms at the 90th percentile. Allow more, or offer less.",
        ),
        (
            {"max_latency": 0},
            "`max_latency` must be a number in (0, inf]. Received: max_latency=0.",
        ),
        (
            {},
            "there must be a limit. Received: max_latency=None, samples=None. Give max_latency=…, "
            "or samples=… and num_classes=….",
        ),
        (
            {"samples": 100},
            "`num_classes` must be a whole number of at least 2. Received: num_classes=None.",
        ),
        (
            {"max_latency": 1, "widths": ()},
            "`widths` must be numbers above 0, one at least. Received: widths=().",
        ),
        (
            {"max_latency": 1, "depths": (18, "large")},
            "`depths` must be numbers above 0, one at least. Received: depths=(18, 'large').",
        ),
    ],
)
def test_a_choice_that_cannot_be_made_is_refused_with_the_reason(built, options, message):
    with pytest.raises(ArgumentError) as caught:
        suggest_size(built, **options)
    assert str(caught.value) == f"suggest_size: {message}"


@pytest.mark.parametrize(
    ("samples", "num_classes", "weights"),
    [(1_000, 4, 1_000), (2_000, 2, 1_000), (700, 10, 1_162), (10**6, 1_000, 4_982_892)],
)
def test_the_weights_cannot_learn_the_labels_by_heart(built, samples, num_classes, weights):
    size = suggest_size(built, samples=samples, num_classes=num_classes, widths=(0.5, 1.0, 1.05))
    most = max(int(1_000 * w**2) for w in (0.5, 1.0, 1.05) if 1_000 * w**2 <= weights)
    assert size.profile.trainable_parameters == most
    assert size.profile.latency is None  # which nobody asked for


def test_more_samples_never_give_a_smaller_model(built):
    chosen = [
        suggest_size(built, samples=n, num_classes=10, widths=WIDTHS).profile.multiply_adds
        for n in range(200, 8_000, 150)
    ]
    assert chosen == sorted(chosen)
    assert len(set(chosen)) == 4


def test_a_size_keeps_to_both_limits(built):
    slow = suggest_size(built, max_latency=10, samples=10_000, num_classes=10, widths=WIDTHS)
    small = suggest_size(built, max_latency=100, samples=700, num_classes=10, widths=WIDTHS)
    assert slow.width == small.width == 1.0


def test_a_model_that_is_too_large_for_small_data_is_warned_of(built):
    message = (
        "suggest_size: a small model for small data has at most 166 weights to train (guide row "
        "9). Received: samples=100. With width=0.5, the smallest one, there are 250. It may do "
        "well nevertheless: compare `stability_check` or the validation loss of both."
    )
    with pytest.warns(UserWarning, match=re.escape(message)):
        size = suggest_size(built, samples=100, num_classes=10, widths=WIDTHS)
    assert size.width == 0.5


class Sleep(layers.Layer):
    """A layer that takes its time."""

    def __init__(self, seconds):
        super().__init__()
        self.seconds = seconds

    def call(self, x):
        def wait(value):
            time.sleep(self.seconds)
            return value

        return tf.ensure_shape(tf.numpy_function(wait, [x], x.dtype), x.shape)


def test_the_chosen_model_is_as_fast_when_it_is_measured_again():
    def build(width):
        seconds = 0.4 if width > 1 else 0.0
        return keras.Sequential([keras.Input((6,)), Sleep(seconds), layers.Dense(int(8 * width))])

    size = suggest_size(build, max_latency=0.3, widths=(1.0, 2.0))
    assert size.width == 1.0
    assert size.profile.latency.high <= 0.3
    assert profile(build(size.width)).latency.median <= 0.4  # a twentieth of it as a rule


def test_the_size_of_our_own_builder_can_be_chosen():
    build = functools.partial(build_resnet, (8, 8, 1), 10)
    size = suggest_size(build, max_latency=60, widths=(0.25,), depths=(20,))
    assert (size.depth, size.width) == (20, 0.25)
    assert size.profile.parameters == build(depth=20, width=0.25).count_params()
