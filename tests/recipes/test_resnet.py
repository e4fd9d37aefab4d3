"""`build_resnet`: published counts, order of the layers, what is refused.

The rows 29, 30, 31, 32, 35, 41, 42, 71 of the guides.
"""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recipes import build_resnet, profile
from recipes.errors import ArgumentError

DEPTHS = "10, 18, 20, 32, 34, 44, 50, 56, 101, 110, 152"


def trainable(model):
    return sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)


@pytest.fixture(scope="module")
def resnet20():
    return build_resnet((32, 32, 3), 10, depth=20, seed=0)


@pytest.mark.parametrize(
    ("depth", "parameters"),
    [  # He et al. 2015 as torchvision counts them, 1,000 classes
        (18, 11_689_512),
        (34, 21_797_672),
        (50, 25_557_032),
        (101, 44_549_160),
        (152, 60_192_808),
    ],
)
def test_a_large_network_has_the_published_number_of_parameters(depth, parameters):
    assert trainable(build_resnet((224, 224, 3), 1_000, depth=depth)) == parameters


@pytest.mark.parametrize(
    ("options", "parameters"),
    [  # ResNet-50-D and the pre-activation ResNet-50 as timm counts them
        ({"variant": "d"}, 25_576_264),
        ({"order": "preact"}, 25_549_352),
    ],
)
def test_a_variant_has_the_published_number_of_parameters(options, parameters):
    assert trainable(build_resnet((224, 224, 3), 1_000, depth=50, **options)) == parameters


def test_resnet_20_has_the_known_number_of_parameters(resnet20):
    assert trainable(resnet20) == 272_474  # 10 classes, projection shortcuts
    identity = build_resnet((32, 32, 3), 10, depth=20, shortcut="identity")
    assert trainable(identity) == 269_722


def test_resnet_10_has_the_known_number_of_parameters():
    wide = build_resnet((32, 32, 3), 10, depth=10, width=4)  # 64 to 512 channels, as ResNet-18
    assert trainable(wide) == 4_903_242  # as kuangliu/pytorch-cifar counts BasicBlock, [1, 1, 1, 1]


@pytest.mark.parametrize(("depth", "side"), [(20, 32), (110, 32), (18, 224), (50, 224)])
@pytest.mark.parametrize("shape", ["deep", "wide"])
def test_a_deep_and_a_wide_network_cost_the_same(depth, side, shape):
    """Row 71: as many multiply-adds, within 10 %, of twice or half the blocks."""
    plain, other = (
        build_resnet((side, side, 3), 10, depth=depth, shape=one) for one in (None, shape)
    )
    costs = [profile(model, latency=False).multiply_adds for model in (plain, other)]
    assert costs[1] == pytest.approx(costs[0], rel=0.1)
    blocks = [sum("_add" in layer.name for layer in model.layers) for model in (plain, other)]
    if shape == "deep":
        assert blocks[1] == 2 * blocks[0]
    else:
        assert blocks[0] / 2 <= blocks[1] < 0.7 * blocks[0]


def test_in_pre_activation_order_the_sum_is_passed_on_as_it_is():
    model = build_resnet((8, 8, 1), 10, depth=20, order="preact")
    names = [layer.name for layer in model.layers]
    assert names[1:5] == [
        "stem_conv",
        "stage1_block1_1_bn",
        "stage1_block1_1_act",
        "stage1_block1_1_conv",
    ]
    assert names[-5:] == ["stage3_block3_add", "last_bn", "last_act", "pool", "predictions"]


def test_without_a_norm_pre_activation_is_the_default():
    def order(**options):
        names = [layer.name for layer in build_resnet((8, 8, 1), 10, **options).layers]
        return "preact" if "last_act" in names else "post"

    assert (order(), order(norm="group"), order(norm=None)) == ("post", "post", "preact")
    assert order(norm=None, order="post") == "post"


def test_variant_d_has_a_deep_stem_and_pools_in_its_shortcuts():
    model = build_resnet((64, 64, 3), 10, depth=50, variant="d", width=0.25)
    stem = [model.get_layer(name) for name in ("stem_1_conv", "stem_2_conv", "stem_conv")]
    assert [(conv.filters, conv.kernel_size, conv.strides) for conv in stem] == [
        (8, (3, 3), (2, 2)),
        (8, (3, 3), (1, 1)),
        (16, (3, 3), (1, 1)),
    ]
    shortcuts = [layer for layer in model.layers if layer.name.endswith("shortcut_conv")]
    assert {conv.strides for conv in shortcuts} == {(1, 1)}
    pools = [layer.name for layer in model.layers if layer.name.endswith("shortcut_pool")]
    assert pools == [f"stage{stage}_block1_shortcut_pool" for stage in (2, 3, 4)]


def test_the_3x3_convolution_of_a_bottleneck_has_the_stride():
    model = build_resnet((64, 64, 3), 10, depth=50, width=0.1)
    strides = [model.get_layer(f"stage2_block1_{n}_conv").strides for n in (1, 2, 3)]
    assert strides == [(1, 1), (2, 2), (1, 1)]


def test_a_depth_may_be_a_whole_number_of_numpy():
    assert build_resnet((8, 8, 1), 10, depth=np.int64(20)).name == "resnet20"


def test_custom_opens_other_activations_and_depths():
    model = build_resnet((8, 8, 1), 10, depth=14, activation="gelu", custom=True)
    assert model.get_layer("stem_act").get_config()["activation"] == "gelu"
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    assert len(convolutions) == 13 + 2  # 14 with the head, and 2 projections


@pytest.mark.parametrize(
    ("depth", "parameters"),
    # 6 more 3×3 convolutions of 16, 32 and 64 channels for each step of 12 layers, with their
    # gamma and beta: 4·(9·16² + 32) + 4·(9·32² + 64) + 4·(9·64² + 128)
    [(32, 272_474 + 194_432), (44, 272_474 + 2 * 194_432), (56, 272_474 + 3 * 194_432)],
)
def test_a_deeper_small_network_has_blocks_more_and_nothing_else(depth, parameters):
    assert trainable(build_resnet((32, 32, 3), 10, depth=depth)) == parameters


def test_a_convolution_has_no_bias_and_is_followed_by_bn_and_relu(resnet20):
    kinds = [type(layer).__name__ for layer in resnet20.layers]
    assert kinds[1:4] == ["Conv2D", "BatchNormalization", "Activation"]
    convolutions = [layer for layer in resnet20.layers if isinstance(layer, keras.layers.Conv2D)]
    assert len(convolutions) == 21  # 19 of the 20 weight layers, and 2 projections
    assert not any(convolution.use_bias for convolution in convolutions)
    assert resnet20.get_layer("stem_act").get_config()["activation"] == "relu"


def test_the_last_gamma_is_zero_where_a_shortcut_has_no_weights_and_no_other(resnet20):
    norms = [layer for layer in resnet20.layers if "_bn" in layer.name]
    zero = [layer.name for layer in norms if not np.any(layer.gamma.numpy())]
    projected = ["stage2_block1_2_bn", "stage3_block1_2_bn"]
    last = [f"stage{s}_block{b}_2_bn" for s in (1, 2, 3) for b in (1, 2, 3)]
    assert zero == [name for name in last if name not in projected]


@pytest.mark.parametrize(("depth", "side", "pools"), [(20, 32, 2), (18, 64, 0)])
def test_small_images_are_pooled_in_the_shortcuts_by_default(depth, side, pools):
    model = build_resnet((side, side, 3), 10, depth=depth, width=0.25)
    assert sum(layer.name.endswith("shortcut_pool") for layer in model.layers) == pools


def test_kernels_lie_within_the_bound_of_he(resnet20):
    kernel = resnet20.get_layer("stage1_block1_1_conv").kernel.numpy()
    bound = np.sqrt(6 / (9 * 16))  # √(6 / fan-in), guide row 59
    assert 0.98 * bound < np.abs(kernel).max() <= bound
    assert kernel.std() == pytest.approx(bound / np.sqrt(3), rel=0.05)


def test_swish_is_the_one_other_activation_of_images():
    model = build_resnet((8, 8, 1), 10, activation="swish")
    activation = model.get_layer("stem_act")
    x = np.array([-2.0, 0.0, 1.5], dtype="float32")
    assert activation(x).numpy() == pytest.approx(x / (1 + np.exp(-x)), abs=1e-6)


def test_tanh_takes_xavier_weights_by_itself():
    kernel = build_resnet((8, 8, 1), 10, activation="tanh").get_layer("stage1_block1_1_conv").kernel
    bound = np.sqrt(3 / ((9 * 16 + 9 * 16) / 2))  # √(3 / n), n the mean of fan-in and fan-out
    assert 0.98 * bound < np.abs(kernel.numpy()).max() <= bound


def test_the_depth_follows_from_the_size_of_the_images():
    assert build_resnet((64, 64, 3), 10).name == "resnet20"
    assert build_resnet((65, 65, 3), 10).name == "resnet18"


def test_equal_seeds_give_equal_weights_and_0_is_one_of_them():
    weights = [build_resnet((8, 8, 1), 10, seed=seed).get_weights() for seed in (0, 0, 1)]
    assert all(np.array_equal(a, b) for a, b in zip(weights[0], weights[1], strict=True))
    assert not np.array_equal(weights[0][0], weights[2][0])


def test_two_layers_of_one_shape_do_not_share_their_weights(resnet20):
    a, b = (resnet20.get_layer(f"stage1_block{n}_1_conv").kernel.numpy() for n in (2, 3))
    assert not np.array_equal(a, b)


def test_one_class_is_a_sigmoid_and_none_gives_logits():
    assert build_resnet((8, 8, 1), 1).layers[-1].get_config()["activation"] == "sigmoid"
    for classes in (1, 3):
        logits = build_resnet((8, 8, 1), classes, classifier_activation=None)
        assert logits.layers[-1].get_config()["activation"] == "linear"


def test_dropout_stands_behind_the_last_bn():
    names = [layer.name for layer in build_resnet((8, 8, 1), 3, dropout=0.5).layers]
    assert names[-3:] == ["pool", "dropout", "predictions"]


def test_a_model_is_saved_and_loaded_with_equal_outputs(resnet20, tmp_path):
    x = np.random.default_rng(0).random((2, 32, 32, 3), dtype="float32")
    resnet20.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert np.array_equal(loaded(x), resnet20(x))


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    side=st.integers(4, 40),
    channels=st.integers(1, 4),
    classes=st.integers(1, 12),
    width=st.floats(0.05, 1.0),
)
def test_any_small_image_gives_one_row_of_class_probabilities(side, channels, classes, width):
    model = build_resnet((side, side + 1, channels), classes, depth=20, width=width)
    outputs = model(np.zeros((2, side, side + 1, channels), "float32")).numpy()
    assert outputs.shape == (2, classes)
    if classes > 1:
        assert outputs.sum(axis=1) == pytest.approx([1, 1], abs=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"depth": 21},
            f"build_resnet: `depth` must be one of {DEPTHS}. Received: depth=21.",
        ),
        (
            {"activation": "gelu"},
            'build_resnet: `activation` must be one of "relu", "swish", "tanh". '
            "Received: activation='gelu'.",
        ),
        (
            {"initializer": "zeros"},
            'build_resnet: `initializer` must be one of "he", "xavier", "svd", "orthogonal", '
            '"uniform", "normal", "he_uniform", "he_normal", "glorot_uniform", "glorot_normal", '
            '"lecun_uniform", "lecun_normal". Received: initializer=\'zeros\'.',
        ),
        (
            {"num_classes": 0},
            "build_resnet: `num_classes` must be a whole number of at least 1. "
            "Received: num_classes=0.",
        ),
        (
            {"num_classes": 10.0},
            "build_resnet: `num_classes` must be a whole number of at least 1. "
            "Received: num_classes=10.0.",
        ),
        (
            {"input_shape": (28, 28)},
            "build_resnet: `input_shape` must be (height, width, channels), without the batch. "
            "Received: input_shape=(28, 28). A grey image has one channel: (28, 28, 1).",
        ),
        (
            {"input_shape": 28},
            "build_resnet: `input_shape` must be (height, width, channels), without the batch. "
            "Received: input_shape=28. A grey image has one channel: (28, 28, 1).",
        ),
        (
            {"input_shape": (30,)},
            "build_resnet: `input_shape` must be (height, width, channels), without the batch. "
            "Received: input_shape=(30,). A row of a table is for build_mlp, or --model mlp.",
        ),
        (
            {"input_shape": (None, 8, 1)},
            "build_resnet: `input_shape` must be made of whole numbers of at least 1. Received: "
            "input_shape=(None, 8, 1). build_fcn and build_unet take sides of any length.",
        ),
        (
            {"input_shape": (3, 8, 1)},
            "build_resnet: depth 20 halves the image down to 1/4: a side needs 4 pixels. "
            "Received: shorter_side=3. Resize the images.",
        ),
        (
            {"input_shape": (28, 28, 1), "depth": 50},
            "build_resnet: depth 50 halves the image down to 1/32: a side needs 32 pixels. "
            "Received: shorter_side=28. Resize the images, or take depth=20.",
        ),
        (
            {"width": 0},
            "build_resnet: `width` must be a number in (0, 16]. Received: width=0.",
        ),
        (
            {"dropout": 1.0},
            "build_resnet: `dropout` must be a number in [0, 0.99]. Received: dropout=1.0.",
        ),
        (
            {"classifier_activation": "tanh"},
            'build_resnet: `classifier_activation` must be one of "softmax", "sigmoid", None. '
            "Received: classifier_activation='tanh'.",
        ),
        (
            {"variant": "c"},
            'build_resnet: `variant` must be one of "b", "d", None. Received: variant=\'c\'.',
        ),
        (
            {"shape": "tall"},
            'build_resnet: `shape` must be one of "deep", "wide", None. Received: shape=\'tall\'.',
        ),
        (
            {"depth": 8, "custom": True, "shape": "wide"},
            'build_resnet: shape="wide" needs a stage of at least two blocks, to leave one out. '
            "Received: blocks=(1, 1, 1).",
        ),
        (
            {"depth": 15, "custom": True},
            f"build_resnet: `depth` must be one of {DEPTHS}. Received: depth=15.",
        ),
        (
            {"norm": "instance", "input_shape": (4, 4, 1)},
            "build_resnet: instance normalization needs more than one value to take the mean of. "
            "Received: norm='instance', layer='stage3_block1_1', shape=(1, 1, 64). Take larger "
            'images, less depth, more width, or norm="batch".',
        ),
        (
            {"seed": -1},
            "build_resnet: `seed` must be a whole number of at least 0. Received: seed=-1.",
        ),
    ],
)
def test_a_wrong_argument_gets_one_clear_message(arguments, message):
    with pytest.raises(ArgumentError) as caught:
        build_resnet(**{"input_shape": (8, 8, 1), "num_classes": 10} | arguments)
    assert str(caught.value) == message


def test_a_lower_bn_momentum_validates_well_after_few_steps():
    """Shows why the default is 0.9 (row 14): after 20 steps on fixed inputs the moving mean has
    88 % of the batch's mean with 0.9, and 18 % with Keras' own 0.99: 1 − momentum²⁰."""
    norm = build_resnet((8, 8, 1), 10).get_layer("stem_bn")
    x = np.ones((4, 2, 2, 16), "float32")
    for _ in range(20):
        norm(x, training=True)
    assert norm.moving_mean.numpy() == pytest.approx(1 - 0.9**20, abs=1e-5)
