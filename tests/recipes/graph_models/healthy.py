"""Healthy models of many kinds: nothing above information may be said of them."""

import keras
import numpy as np
from keras import layers, ops

from graph_models.case import BATCH, ROWS
from graph_models.connected import frozen_backbone, frozen_layer
from graph_models.losses import OwnLoss, OwnStep
from graph_models.numbers import recurrence_of_one_step, rezero, zero_gamma, zero_head


def bias_before_bn():
    x = keras.Input((8, 8, 1))
    y = layers.BatchNormalization()(layers.Conv2D(2, 3, use_bias=True)(x))
    return keras.Model(x, layers.GlobalAveragePooling2D()(y))


def unused_embedding_rows():
    x = keras.Input((4,), dtype="int32")
    return keras.Model(x, layers.Dense(2)(layers.Flatten()(layers.Embedding(1000, 3)(x))))


def masked_lstm():
    x = keras.Input((None,), dtype="int32")
    y = layers.LSTM(3)(layers.Embedding(10, 4, mask_zero=True)(x))
    return keras.Model(x, layers.Dense(2)(y))


def mask_that_nobody_takes():
    x = keras.Input((5, 3))
    return keras.Model(x, layers.Dense(2)(layers.Masking()(x)))


def masking_layer():
    x = keras.Input((5, 3))
    return keras.Model(x, layers.Dense(2)(layers.GRU(3)(layers.Masking()(x))))


def bidirectional():
    return keras.Sequential(
        [keras.Input((None, 3)), layers.Bidirectional(layers.GRU(2)), layers.Dense(2)]
    )


def attention():
    x = keras.Input((5, 4))
    y = layers.MultiHeadAttention(2, 3)(x, x)
    return keras.Model(x, layers.LayerNormalization()(layers.Add()([x, y])))


def transformer_with_a_causal_mask():
    x = keras.Input((6,), dtype="int32")
    y = layers.Embedding(9, 8)(x)
    attended = layers.MultiHeadAttention(2, 4)(y, y, use_causal_mask=True)
    y = layers.LayerNormalization()(y + attended)
    y = layers.LayerNormalization()(y + layers.Dense(8)(layers.Dense(16, activation="gelu")(y)))
    return keras.Model(x, layers.Dense(9, activation="softmax")(y))


def siamese():
    shared = layers.Dense(3)
    a, b = keras.Input((6,)), keras.Input((6,))
    return keras.Model([a, b], layers.Dot(axes=1)([shared(a), shared(b)]))


class TiedEmbedding(keras.Model):
    """An embedding whose table is the head too (Press & Wolf 2017)."""

    def __init__(self):
        super().__init__()
        self.table = layers.Embedding(7, 4)

    def call(self, x):
        return ops.matmul(self.table(x), ops.transpose(self.table.embeddings))


class StochasticDepth(layers.Layer):
    """Drops a branch for whole samples (Huang et al. 2016)."""

    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.seeds = keras.random.SeedGenerator(1)

    def call(self, x, training=False):
        if not training:
            return x
        draw = keras.random.uniform((ops.shape(x)[0], 1), seed=self.seeds)
        return x * ops.floor(1 - self.rate + draw) / (1 - self.rate)


def stochastic_depth():
    x = keras.Input((6,))
    return keras.Model(x, layers.Dense(2)(x + StochasticDepth(0.98)(layers.Dense(6)(x))))


def dropout_of_whole_samples():
    x = keras.Input((6,))
    y = layers.Dropout(0.98, noise_shape=(None, 1))(layers.Dense(6)(x))
    return keras.Model(x, layers.Dense(2)(x + y))


class LayerScale(layers.Layer):
    """A small factor for each channel (Touvron et al. 2021)."""

    def build(self, shape):
        small = keras.initializers.Constant(1e-6)
        self.scale = self.add_weight(shape=(shape[-1],), initializer=small, name="scale")

    def call(self, x):
        return self.scale * x


def layer_scale():
    x = y = keras.Input((6,))
    for _ in range(3):
        y = y + LayerScale()(layers.Dense(6, activation="gelu")(layers.LayerNormalization()(y)))
    return keras.Model(x, layers.Dense(2)(y))


class TopOneExperts(layers.Layer):
    """Each sample goes to the expert with the largest gate (Fedus et al. 2022)."""

    def __init__(self, count, **kwargs):
        super().__init__(**kwargs)
        self.gate = layers.Dense(count, activation="softmax", name="gate")
        self.experts = [layers.Dense(4, name=f"expert_{number}") for number in range(count)]

    def build(self, shape):
        for layer in (self.gate, *self.experts):
            layer.build(shape)

    def call(self, x):
        gates = self.gate(x)
        chosen = ops.one_hot(ops.argmax(gates, axis=-1), len(self.experts))
        outputs = ops.stack([expert(x) for expert in self.experts], axis=1)
        return ops.sum(outputs * (gates * chosen)[:, :, None], axis=1)


def top_one_experts():
    x = keras.Input((6,))
    return keras.Model(x, layers.Dense(2)(TopOneExperts(4)(x)))


class Sampling(layers.Layer):
    """The random code of a variational autoencoder (Kingma & Welling 2014)."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seeds = keras.random.SeedGenerator(0)

    def call(self, inputs):
        mean, log_variance = inputs
        divergence = ops.square(mean) + ops.exp(log_variance) - log_variance - 1
        self.add_loss(0.5 * ops.mean(divergence))
        noise = keras.random.normal(ops.shape(mean), seed=self.seeds)
        return mean + ops.exp(0.5 * log_variance) * noise


def variational_autoencoder():
    x = keras.Input((6,))
    y = layers.Dense(4, activation="relu")(x)
    code = Sampling()([layers.Dense(2)(y), layers.Dense(2)(y)])
    model = keras.Model(x, layers.Dense(6)(layers.Dense(4, activation="relu")(code)))
    model.compile("adam", "mse")
    return model


class KullbackLeibler(layers.Layer):
    """A layer whose weights reach the loss by add_loss alone."""

    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), name="scale")

    def call(self, x):
        self.add_loss(ops.mean(ops.square(x * self.scale)))
        return x


def loss_added_in_a_layer():
    x = keras.Input((6,))
    return keras.Model(x, layers.Dense(2)(KullbackLeibler()(layers.Dense(4)(x))))


def straight_through():
    x = keras.Input((6,))
    y = layers.Dense(4)(x)
    quantised = y + ops.stop_gradient(ops.round(y) - y)
    return keras.Model(x, layers.Dense(2)(quantised))


class Bootstrap(keras.Model):
    """A network and a frozen copy of it that gives the target (Grill et al. 2020)."""

    def __init__(self):
        super().__init__()
        self.online = layers.Dense(4, name="online")
        self.target = layers.Dense(4, name="target", trainable=False)
        self.predictor = layers.Dense(4, name="predictor")

    def call(self, x):
        target = ops.stop_gradient(self.target(x))
        self.add_loss(ops.mean(ops.square(self.predictor(self.online(x)) - target)))
        return self.online(x)


class HiddenTeacher(keras.Model):
    """A student with a frozen teacher that it does not hold."""

    def __init__(self):
        super().__init__()
        self.student = layers.Dense(3)
        teacher = layers.Dense(3)
        teacher.build((None, 6))
        teacher.trainable = False
        self.teach = lambda x: teacher(x)

    def call(self, x):
        self.add_loss(ops.mean(ops.square(self.student(x) - self.teach(x))))
        return self.student(x)


KEPT = []  # whole networks of which a part is checked: people keep them too


def truncated_backbone():
    x = keras.Input((6,))
    feature = layers.Dense(3)(x)
    KEPT.append(keras.Model(x, layers.Dense(2)(feature)))
    return keras.Model(x, feature)


def nested_model():
    inner = keras.Sequential([keras.Input((6,)), layers.Dense(3)])
    x = keras.Input((6,))
    return keras.Model(x, layers.Dense(2)(inner(x)))


def feature_tap():
    whole = nested_model()
    return keras.Model(whole.input, [whole.output, whole.layers[1].output])


def adversarial_pair():
    x = keras.Input((4,))
    judge = keras.Sequential([keras.Input((6,)), layers.Dense(1)], name="judge")
    generator = keras.Model(x, layers.Dense(6)(x))
    KEPT.append(keras.Model(generator.input, generator.output))
    return keras.Model(x, judge(generator(x)))


def mixed_precision():
    x = keras.Input((8,))
    y = layers.Dense(4, dtype="mixed_float16", activation="relu")(x)
    y = layers.BatchNormalization(dtype="mixed_float16")(y)
    return keras.Model(x, layers.Dense(2, dtype="float32")(y))


def brain_float():
    x = keras.Input((6,))
    y = layers.LayerNormalization(dtype="mixed_bfloat16")(layers.Dense(4, dtype="bfloat16")(x))
    return keras.Model(x, layers.Dense(2, dtype="float32")(y))


def dict_inputs():
    a, b = keras.Input((6,), name="a"), keras.Input((3,), name="b")
    return keras.Model({"a": a, "b": b}, layers.Dense(2)(layers.Concatenate()([a, b])))


def strings():
    x = keras.Input((1,), dtype="string")
    y = layers.StringLookup(vocabulary=["a", "b"])(x)
    return keras.Model(x, layers.Dense(2)(layers.Flatten()(layers.Embedding(4, 3)(y))))


def words_of_texts():
    words = layers.TextVectorization(50, output_sequence_length=8)
    words.adapt(["a b c", "d e f g"])
    x = keras.Input((), dtype="string")
    y = layers.LSTM(4)(layers.Embedding(50, 4, mask_zero=True)(words(x)))
    model = keras.Model(x, layers.Dense(1, activation="sigmoid")(y))
    model.compile("adam", "binary_crossentropy")
    return model


def hashed_and_binned():
    text, number = keras.Input((1,), dtype="string"), keras.Input((1,))
    a = layers.Embedding(5, 2)(layers.Hashing(5)(text))
    b = layers.Embedding(4, 2)(layers.Discretization([0.2, 0.5, 0.7])(number))
    y = layers.Flatten()(layers.Concatenate()([a, b]))
    return keras.Model([text, number], layers.Dense(2)(y))


def categories():
    x = keras.Input((1,), dtype="int32")
    return keras.Model(x, layers.Dense(2)(layers.CategoryEncoding(4)(x)))


def time_distributed():
    x = keras.Input((5, 6))
    return keras.Model(x, layers.TimeDistributed(layers.Dense(2))(x))


def spectral_norm():
    x = keras.Input((6,))
    return keras.Model(x, layers.SpectralNormalization(layers.Dense(2))(x))


def several_outputs():
    x = keras.Input((6,))
    return keras.Model(x, {"a": layers.Dense(2)(x), "b": [layers.Dense(1)(x), layers.Dense(3)(x)]})


def all_losses():
    x = keras.Input((6,))
    outputs = {
        "a": layers.Dense(3, activation="softmax", name="a")(x),
        "b": layers.Dense(1, activation="sigmoid", name="b")(x),
        "c": layers.Dense(4, name="c")(x),
    }
    model = keras.Model(x, outputs)
    losses = {
        "a": "sparse_categorical_crossentropy",
        "b": "binary_crossentropy",
        "c": keras.losses.CategoricalCrossentropy(from_logits=True),
    }
    model.compile("adam", losses, loss_weights={"a": 1, "b": 0.5, "c": 2})
    return model


def class_for_each_pixel():
    x = keras.Input((8, 8, 1))
    model = keras.Model(x, layers.Conv2D(3, 1, activation="softmax")(layers.Conv2D(4, 3)(x)))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def regularised():
    x = keras.Input((6,))
    return keras.Model(x, layers.Dense(2, kernel_regularizer="l2", activity_regularizer="l1")(x))


def dropout_and_noise():
    x = keras.Input((6,))
    y = layers.GaussianNoise(0.1)(layers.Dropout(0.5)(layers.Dense(4)(x)))
    return keras.Model(x, layers.Dense(2)(y))


def augmented_images():
    x = keras.Input((8, 8, 3))
    y = layers.RandomTranslation(0.1, 0.1)(layers.RandomFlip()(layers.Rescaling(1 / 255)(x)))
    y = layers.Conv2D(4, 3, activation="relu")(layers.RandomContrast(0.2)(y))
    return keras.Model(x, layers.Dense(2)(layers.GlobalMaxPooling2D()(y)))


def normalized_table():
    normalized = layers.Normalization()
    normalized.adapt(ROWS)
    return keras.Sequential([keras.Input((6,)), normalized, layers.Dense(4), layers.Dense(1)])


def stateful_recurrence():
    x = keras.Input((5, 3), batch_size=4)
    return keras.Model(x, layers.Dense(2)(layers.GRU(3, stateful=True)(x)))


def encoder_and_decoder():
    source, target = keras.Input((5, 3)), keras.Input((4, 2))
    _, *states = layers.LSTM(3, return_state=True)(source)
    y = layers.LSTM(3, return_sequences=True)(target, initial_state=states)
    return keras.Model([source, target], layers.Dense(2)(y))


def video():
    x = keras.Input((3, 6, 6, 1))
    return keras.Model(x, layers.Dense(2)(layers.Flatten()(layers.ConvLSTM2D(2, 3)(x))))


def separable_and_grouped():
    x = keras.Input((8, 8, 4))
    y = layers.PReLU(shared_axes=(1, 2))(layers.SeparableConv2D(4, 3)(x))
    y = layers.GroupNormalization(2)(layers.Conv2D(4, 3, groups=2)(y))
    y = layers.Conv2DTranspose(2, 2, strides=2)(layers.UpSampling2D()(y))
    return keras.Model(x, layers.GlobalAveragePooling2D()(y))


def deep_tanh():
    x = y = keras.Input((6,))
    for number in range(30):
        kernel = keras.initializers.GlorotUniform(seed=number)
        y = layers.Dense(6, activation="tanh", kernel_initializer=kernel)(y)
    return keras.Model(x, layers.Dense(2)(y))


class ReversedGradient(layers.Layer):
    """The identity with the gradient of the other sign (Ganin & Lempitsky 2015)."""

    def call(self, x):
        @ops.custom_gradient
        def reverse(values):
            def grad(*args, upstream=None):
                return -(args[0] if upstream is None else upstream)

            return values, grad

        return reverse(x)

    def compute_output_shape(self, shape):
        return shape


def reversed_gradient():
    x = keras.Input((6,))
    return keras.Model(x, layers.Dense(2)(ReversedGradient()(layers.Dense(4)(x))))


class OwnInference(keras.Model):
    """A model with a layer without weights that inference alone calls."""

    def __init__(self):
        super().__init__()
        self.head = layers.Dense(3)
        self.probabilities = layers.Softmax()

    def call(self, x, training=False):
        y = self.head(x)
        return y if training else self.probabilities(y)


class OptionalMask(keras.Model):
    """A model that takes a mask if it is given one."""

    def __init__(self):
        super().__init__()
        self.head = layers.Dense(3)

    def call(self, x, mask=None):
        y = self.head(x)
        return y if mask is None else y * ops.cast(mask, y.dtype)[..., None]


class InLists(keras.Model):
    """A model that keeps its layers in a list and in a dict."""

    def __init__(self):
        super().__init__()
        self.body = [layers.Dense(4, activation="relu") for _ in range(3)]
        self.heads = {"one": layers.Dense(1), "two": layers.Dense(2)}

    def call(self, x):
        for layer in self.body:
            x = layer(x)
        return {name: head(x) for name, head in self.heads.items()}


class AroundNested(keras.Model):
    """A subclassed model with a functional one inside."""

    def __init__(self):
        super().__init__()
        self.part = nested_model()
        self.head = layers.Dense(2)

    def call(self, x):
        return self.head(self.part(x))


def subclassed_in_a_functional_model():
    x = keras.Input((6,))
    heads = InLists()(x)
    return keras.Model(x, layers.Concatenate()([heads["one"], heads["two"]]))


def weights_of_einsum():
    x = keras.Input((5, 4))
    return keras.Model(x, layers.EinsumDense("abc,cd->abd", (5, 2), bias_axes="d")(x))


def complex_spectrum():
    x = keras.Input((8,))
    y = layers.Dense(8)(x)
    real, imaginary = ops.fft((y, ops.zeros_like(y)))
    return keras.Model(x, layers.Dense(2)(ops.sqrt(real**2 + imaginary**2 + 1e-6)))


IDS = np.ones((4, 3), "int32")
HEALTHY = {  # builder: pair (data, codes of the information that is given)
    zero_gamma: (None, {"ZERO_INIT"}),
    rezero: (None, {"ZERO_INIT"}),
    zero_head: (None, {"ZERO_INIT"}),
    bias_before_bn: (None, set()),
    unused_embedding_rows: (None, set()),
    masked_lstm: (None, set()),
    masking_layer: (None, set()),
    mask_that_nobody_takes: (None, set()),
    bidirectional: (None, set()),
    attention: (None, set()),
    transformer_with_a_causal_mask: (None, set()),
    siamese: (None, set()),
    TiedEmbedding: (IDS, set()),
    stochastic_depth: (None, set()),
    dropout_of_whole_samples: (None, set()),
    layer_scale: (None, set()),
    top_one_experts: (None, set()),
    variational_autoencoder: (None, set()),
    loss_added_in_a_layer: (None, set()),
    straight_through: (None, set()),
    Bootstrap: (ROWS, {"FROZEN"}),
    HiddenTeacher: (ROWS, set()),
    frozen_layer: (None, {"FROZEN"}),
    frozen_backbone: (None, {"FROZEN"}),
    truncated_backbone: (None, set()),
    feature_tap: (None, set()),
    adversarial_pair: (None, set()),
    mixed_precision: (None, set()),
    brain_float: (None, set()),
    dict_inputs: (None, set()),
    strings: (None, set()),
    words_of_texts: (None, set()),
    hashed_and_binned: (None, set()),
    categories: (None, set()),
    time_distributed: (None, set()),
    spectral_norm: (None, set()),
    several_outputs: (None, set()),
    all_losses: (None, set()),
    class_for_each_pixel: (None, set()),
    regularised: (None, set()),
    dropout_and_noise: (None, set()),
    augmented_images: (None, set()),
    normalized_table: (None, set()),
    stateful_recurrence: (None, set()),
    encoder_and_decoder: (None, set()),
    video: (None, set()),
    separable_and_grouped: (None, set()),
    deep_tanh: (None, set()),
    reversed_gradient: (None, set()),
    recurrence_of_one_step: (None, {"NO_EFFECT"}),
    nested_model: (None, set()),
    OwnStep: (BATCH, {"LOSS_NOT_CHECKED"}),
    OwnLoss: (BATCH, {"LOSS_NOT_CHECKED"}),
    OwnInference: (ROWS, set()),
    OptionalMask: (ROWS, set()),
    InLists: (ROWS, set()),
    AroundNested: (ROWS, set()),
    subclassed_in_a_functional_model: (None, set()),
    weights_of_einsum: (None, set()),
    complex_spectrum: (None, set()),
}
