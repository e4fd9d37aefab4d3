"""What papers do to gradients on purpose, which is healthy, and the same with its point missed."""

import keras
import numpy as np
from keras import layers, ops

from graph_models.case import ROWS, Case
from graph_models.connected import INFO, WARNING


def dense(units, name, seed=0, **options):
    """A dense layer with the same first weights every time."""
    kernel = keras.initializers.GlorotUniform(seed=seed)
    return layers.Dense(units, name=name, **{"kernel_initializer": kernel} | options)


class SimSiam(keras.Model):
    """Two views, of which one stops the gradient (Chen & He 2021)."""

    def __init__(self):
        super().__init__(name="simsiam")
        self.encoder, self.predictor = dense(4, "encoder"), dense(4, "predictor", 1)

    def call(self, x):
        a, b = self.encoder(x), self.encoder(x + 0.1)
        self.add_loss(ops.mean(ops.square(self.predictor(a) - ops.stop_gradient(b))))
        return b


class Quantiser(layers.Layer):
    """The nearest vector of a codebook, with the straight-through estimator (VQ-VAE)."""

    def build(self, shape):
        self.codes = self.add_weight(shape=(5, shape[-1]), initializer="normal", name="codes")

    def call(self, x):
        distances = ops.sum(ops.square(x[:, None] - self.codes), axis=-1)
        chosen = ops.take(self.codes, ops.argmin(distances, axis=-1), axis=0)
        self.add_loss(ops.mean(ops.square(ops.stop_gradient(x) - chosen)))
        return x + ops.stop_gradient(chosen - x)


def quantiser_with_a_way_around():
    x = keras.Input((6,))
    return keras.Model(x, dense(2, "head")(Quantiser(name="codebook")(dense(3, "first")(x))))


class GumbelChoice(layers.Layer):
    """A hard choice whose gradient is that of the soft one (Jang et al. 2017)."""

    def __init__(self, **options):
        super().__init__(**options)
        self.seeds = keras.random.SeedGenerator(3)

    def call(self, logits):
        uniform = keras.random.uniform(ops.shape(logits), 1e-6, 1.0, seed=self.seeds)
        soft = ops.softmax(logits - ops.log(-ops.log(uniform)))
        hard = ops.one_hot(ops.argmax(soft, axis=-1), logits.shape[-1], dtype=soft.dtype)
        return soft + ops.stop_gradient(hard - soft)


def gumbel_choice():
    x = keras.Input((6,))
    return keras.Model(x, dense(2, "head")(GumbelChoice(name="choice")(dense(3, "logits")(x))))


class Temperature(layers.Layer):
    """A learned temperature with a ceiling (CLIP, Radford et al. 2021)."""

    def build(self, shape):
        start = keras.initializers.Constant(np.log(1 / 0.07))
        self.log_scale = self.add_weight(shape=(), initializer=start, name="log_scale")

    def call(self, x):
        return x * ops.exp(ops.minimum(self.log_scale, float(np.log(100.0))))


def two_towers():
    images, texts = keras.Input((6,), name="image"), keras.Input((4,), dtype="int32", name="text")
    normal = layers.UnitNormalization(name="normal")
    a = normal(dense(4, "image_tower")(images))
    b = layers.GlobalAveragePooling1D()(layers.Embedding(9, 4, name="text_tower")(texts))
    similar = ops.matmul(a, ops.transpose(normal(b)))
    return keras.Model({"image": images, "text": texts}, Temperature(name="temperature")(similar))


class Smoothing(layers.Layer):
    """A recurrence written with `ops.scan`."""

    def build(self, shape):
        self.share = self.add_weight(shape=(shape[-1],), initializer="ones", name="share")

    def call(self, x):
        steps = ops.transpose(x, (1, 0, 2))

        def step(carry, now):
            carry = 0.5 * carry * self.share + now
            return carry, carry

        last, _ = ops.scan(step, ops.zeros_like(steps[0]), steps)
        return last


def recurrence_by_scan():
    x = keras.Input((5, 3))
    y = Smoothing(name="smoothing")(layers.Dense(3, name="first")(x))
    return keras.Model(x, dense(2, "head")(y))


class Newton(layers.Layer):
    """A fixed number of steps in a loop of the graph."""

    def build(self, shape):
        self.rate = self.add_weight(shape=(), initializer="ones", name="rate")

    def call(self, x):
        return ops.fori_loop(0, 3, lambda _, y: y - 0.1 * self.rate * ops.tanh(y), x)


def loop_in_the_graph():
    x = keras.Input((6,))
    return keras.Model(x, dense(2, "head")(Newton(name="newton")(dense(4, "first")(x))))


class Adversarial(keras.Model):
    """Generator and judge, trained in turns by a step of its own."""

    def __init__(self):
        super().__init__(name="gan")
        self.generator = keras.Sequential([keras.Input((6,)), dense(4, "made")], name="generator")
        self.judge = keras.Sequential([keras.Input((4,)), dense(1, "judge_head")], name="judge")

    def call(self, x):
        return self.generator(x)

    def train_step(self, data):
        score = self.judge(self.generator(data[0]))
        return {"score": ops.mean(score)}


def squeeze_and_excite():
    x = keras.Input((8, 8, 3))
    y = layers.DepthwiseConv2D(3, name="depthwise")(x)
    s = layers.GlobalAveragePooling2D(keepdims=True)(y)
    s = layers.Conv2D(3, 1, activation="sigmoid", name="excite")(
        layers.Conv2D(2, 1, activation="relu", name="squeeze")(s)
    )
    y = layers.GlobalMaxPooling2D()(layers.Multiply()([y, s]))
    return keras.Model(x, dense(2, "head")(y))


def class_and_scores():
    x = keras.Input((6,))
    scores = dense(3, "scores")(x)
    return keras.Model(x, {"scores": scores, "class": ops.argmax(scores, axis=-1)})


def hard_attention_mask():
    x = keras.Input((4,), dtype="int32")
    y = layers.Embedding(9, 4, mask_zero=True, name="table")(x)
    y = layers.MultiHeadAttention(2, 2, name="attention")(y, y)
    return keras.Model(x, dense(2, "head")(layers.GlobalAveragePooling1D()(y)))


def stacked_cells():
    cells = layers.StackedRNNCells([layers.LSTMCell(3), layers.GRUCell(2)])
    parts = [keras.Input((5, 3)), layers.RNN(cells, name="stack"), dense(2, "head")]
    return keras.Sequential(parts)


class WeightNorm(layers.Layer):
    """Direction and length of a kernel apart (Salimans & Kingma 2016)."""

    def build(self, shape):
        self.direction = self.add_weight(shape=(shape[-1], 3), name="direction")
        self.length = self.add_weight(shape=(3,), initializer="ones", name="length")

    def call(self, x):
        norm = ops.sqrt(ops.sum(ops.square(self.direction), axis=0))
        return ops.matmul(x, self.direction / norm * self.length)


def weight_norm():
    return keras.Sequential([keras.Input((6,)), WeightNorm(name="normed"), dense(2, "head")])


class AdaptiveNorm(layers.Layer):
    """A norm whose scale comes from another input, zero to start with (DiT)."""

    def __init__(self, **options):
        super().__init__(**options)
        self.modulate = layers.Dense(
            12, kernel_initializer="zeros", bias_initializer="zeros", name="modulate"
        )
        self.inside = dense(6, "inside")

    def call(self, x, condition):
        shift, gate = ops.split(self.modulate(condition), 2, axis=-1)
        return x + gate * self.inside(x + shift)


def zero_conditioning():
    x, condition = keras.Input((6,)), keras.Input((3,))
    return keras.Model([x, condition], dense(2, "head", 1)(AdaptiveNorm()(x, condition)))


class LowRank(layers.Layer):
    """A frozen kernel and a low-rank change that starts at zero (LoRA, Hu et al. 2021)."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 4), trainable=False, name="kernel")
        self.a = self.add_weight(shape=(shape[-1], 2), initializer="normal", name="a")
        self.b = self.add_weight(shape=(2, 4), initializer="zeros", name="b")

    def call(self, x):
        return ops.matmul(x, self.kernel) + ops.matmul(ops.matmul(x, self.a), self.b)


def low_rank_change():
    x = keras.Input((6,))
    return keras.Model(x, dense(2, "head")(LowRank(name="lora")(x)))


class Sorted(layers.Layer):
    """The two largest values, and the median: operations that choose places."""

    def call(self, x):
        largest, _ = ops.top_k(x, 2)
        return ops.concatenate([largest, ops.sort(x, axis=-1)[:, :1]], axis=-1)


def largest_values():
    x = keras.Input((6,))
    return keras.Model(x, dense(2, "head")(Sorted()(dense(5, "first")(x))))


# --- with the point missed ------------------------------------------------------------------------


def _through(function):
    """A functional model: Dense "cut", the function, Dense "head"."""
    x = keras.Input((6,))
    return keras.Model(x, dense(2, "head")(function(dense(3, "cut")(x))))


class Codebook(layers.Layer):
    """The nearest vector of a codebook, without the way around for the gradient (VQ-VAE)."""

    def build(self, shape):
        self.codes = self.add_weight(shape=(5, shape[-1]), name="codes")

    def call(self, x):
        distances = ops.sum(ops.square(x[:, None] - self.codes), axis=-1)
        return ops.take(self.codes, ops.argmin(distances, axis=-1), axis=0)


def quantised_without_a_way_around():
    return _through(Codebook(name="codebook"))


class Routing(layers.Layer):
    """Experts chosen by the places of the largest scores; the scores themselves are dropped."""

    def __init__(self, **options):
        super().__init__(**options)
        self.gate = dense(3, "gate")
        self.experts = [dense(4, f"expert_{number}", number) for number in range(3)]

    def call(self, x):
        _, places = ops.top_k(self.gate(x), 2)
        weights = ops.sum(ops.one_hot(places, 3), axis=1)
        results = ops.stack([expert(x) for expert in self.experts], axis=1)
        return ops.sum(results * weights[..., None], axis=1)


def experts_chosen_by_places_alone():
    x = keras.Input((6,))
    return keras.Model(x, dense(2, "head")(Routing(name="routing")(x)))


def dropout_of_all_there_is():
    return _through(layers.Dropout(1.0))


class FirstOfTwo(layers.Layer):
    """A layer that takes two tensors and uses one."""

    def call(self, first, second):
        return first


def input_that_a_layer_ignores():
    x, y = keras.Input((6,)), keras.Input((6,), name="ignored")
    return keras.Model([x, y], dense(2, "head")(FirstOfTwo()(x, y)))


class WarmUp(layers.Layer):
    """A share that rises during training, and is zero at first."""

    def build(self, shape):
        self.share = self.add_weight(shape=(), initializer="zeros", trainable=False, name="share")

    def call(self, x):
        return x * self.share


def closed_until_it_rises():
    x = keras.Input((6,))
    rising = WarmUp(name="warm_up")(dense(6, "resting")(x))
    return keras.Model(x, dense(2, "head", 1)(x + rising))


def loss_of_a_class_made_just_now():
    class OwnLoss(keras.Model):
        """A functional model with a loss of its own, as in the guides of Keras."""

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            return ops.mean(ops.square(y_pred))

    x = keras.Input((6,))
    return OwnLoss(x, dense(2, "head")(x), name="own_loss")


CASES = [
    Case(quantised_without_a_way_around, "CUT", "cut", "ArgMin"),
    Case(experts_chosen_by_places_alone, "CUT", "routing/gate", "TopKV2"),
    Case(dropout_of_all_there_is, "ZERO_IN_TRAINING", "cut", **WARNING),
    Case(input_that_a_layer_ignores, "UNUSED_INPUT", "ignored"),
    Case(closed_until_it_rises, "DEAD_NOW", "resting", "Mul", **WARNING),
    Case(loss_of_a_class_made_just_now, "LOSS_NOT_CHECKED", "own_loss", **INFO),
]

HEALTHY = {  # builder: pair (data, codes of the information that is given)
    SimSiam: (ROWS, set()),
    quantiser_with_a_way_around: (None, set()),
    gumbel_choice: (None, set()),
    two_towers: (None, set()),
    recurrence_by_scan: (None, set()),
    loop_in_the_graph: (None, set()),
    Adversarial: (ROWS, {"LOSS_NOT_CHECKED"}),
    squeeze_and_excite: (None, set()),
    class_and_scores: (None, set()),
    hard_attention_mask: (None, set()),
    stacked_cells: (None, set()),
    weight_norm: (None, set()),
    zero_conditioning: (None, {"ZERO_INIT"}),
    low_rank_change: (None, set()),  # its other factor learns at once
    largest_values: (None, set()),
}
