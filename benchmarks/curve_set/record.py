"""Runs a set-up with a Keras model and keeps its curves."""

import math

import numpy as np

from recipes.diagnosis.rules import GOAL

_DIGITS = 5  # significant digits of a loss that are kept


def record(setup):
    """Trains one network.

    Args:
        setup: A `Setup`.

    Returns:
        Dict with the name, the half, the answers, the arguments of `diagnose` and the history.
    """
    import keras

    keras.utils.set_random_seed(setup.seed)
    train, validation, classes = prepare(setup)
    model = build(setup, train[0].shape[1:], classes)
    steps = -(-len(train[0]) // setup.batch)
    epoch = _epoch(setup, model, train, validation, _optimizer(setup, steps), classes)
    rows = np.array([[float(loss) for loss in epoch()] for _ in range(setup.epochs)])
    history = dict(zip(("loss", "train_loss", "val_loss"), rows.T, strict=True))
    if not setup.measured:
        del history["train_loss"]
    reference = math.log(classes) if classes else float(f"{np.var(train[1]):.{_DIGITS}g}")
    _check_premise(setup, rows[-1] <= GOAL * reference)
    told = {"steps_per_epoch": steps, "bn_momentum": setup.norm} if setup.told else {}
    return {
        "name": setup.name,
        "half": setup.half,
        "answers": list(setup.answers),
        "arguments": {
            "num_classes": classes,
            "learning_rate": setup.rate,
            "epochs": setup.planned,
            "reference": None if classes else reference,
            **told,
        },
        "history": {name: [_rounded(v) for v in values] for name, values in history.items()},
    }


def _check_premise(setup, met):
    """Refuses a run that has met its goal where it was not to, or the reverse."""
    if met[1:].all() != ("done" in setup.answers):
        raise SystemExit(f"{setup.name}: {setup.answers} cannot be, the goals met are {met}.")


def _rounded(value):
    """Returns a loss with a few digits, as JSON holds it: NaN and infinity as text."""
    value = float(value)
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else str(value)


def build(setup, shape, classes):
    """Returns a dense network, its head without an activation for a regression."""
    import keras
    from keras import layers

    stack = [keras.Input(shape)]
    for units in setup.units:
        stack.append(layers.Dense(units, use_bias=setup.norm is None))
        if setup.norm is not None:
            stack.append(layers.BatchNormalization(momentum=setup.norm))
        stack.append(layers.Activation(setup.activation))
    if setup.dropout:
        stack.append(layers.Dropout(setup.dropout))
    stack.append(layers.Dense(classes or 1, activation="softmax" if classes else None))
    return keras.Sequential(stack)


def _optimizer(setup, steps):
    import keras

    rate = setup.rate
    if setup.cosine:
        rate = keras.optimizers.schedules.CosineDecay(rate, steps * setup.epochs)
    if setup.optimizer == "adam":
        return keras.optimizers.Adam(rate)
    return keras.optimizers.SGD(rate, momentum=0.9)


def _epoch(setup, model, train, validation, optimizer, classes):
    """Returns a function that trains an epoch; it returns the losses as `fit` has them.

    These are the mean over the steps, that on 500 training samples after it, that on the validation
    data. The epoch is one graph: `model.fit` takes three times as long for networks this small.
    """
    import keras
    import tensorflow as tf

    kind = keras.losses.SparseCategoricalCrossentropy if classes else keras.losses.MeanSquaredError
    loss_of, samples = kind(), len(train[0])
    x, y = map(tf.constant, train)
    parts = (x[:500], y[:500]), tuple(map(tf.constant, validation))
    optimizer.build(model.trainable_variables)
    generator = np.random.default_rng(setup.seed + 3)

    @tf.function
    def run(order):
        total = 0.0
        for start in tf.range(0, samples, setup.batch):
            rows = order[start : start + setup.batch]
            with tf.GradientTape() as tape:
                loss = loss_of(tf.gather(y, rows), model(tf.gather(x, rows), training=True))
            weights = model.trainable_variables
            optimizer.apply(tape.gradient(loss, weights), weights)
            total += loss * tf.cast(tf.size(rows), "float32")
        return total / samples, *[loss_of(y, model(x, training=False)) for x, y in parts]

    return lambda: run(tf.constant(generator.permutation(samples)))


# --- data -----------------------------------------------------------------------------------------


def prepare(setup):
    """Returns training data, validation data and the number of classes, None for a regression."""
    x, y, classes = DATA[setup.data](np.random.default_rng(setup.seed))
    order = np.random.default_rng(setup.seed + 1).permutation(len(x))
    x, y = x[order].astype("float32"), y[order]
    held = len(x) // 4
    mean, scale = x[held:].mean(0), x[held:].std(0)
    scale = np.maximum(scale, 0.1 * scale.max())  # a pixel at the edge hardly varies
    x, y = (x - mean) / scale, y if classes else y.astype("float32")[:, None]
    if setup.flipped:
        generator = np.random.default_rng(setup.seed + 2)
        chosen = generator.random(len(y)) < setup.flipped
        y = np.where(chosen, generator.integers(0, classes, len(y)), y)
    rest = slice(held, None if setup.samples is None else held + setup.samples)
    return (x[rest], y[rest]), (x[:held], y[:held]), classes


def _bundled(name):
    """Returns a loader of data that come with scikit-learn."""

    def load(generator):
        import sklearn.datasets

        data = getattr(sklearn.datasets, f"load_{name}")(return_X_y=True)
        return *data, len(set(data[1]))

    return load


def _circles(generator):
    radius = np.repeat([0.5, 1.0], 300) + generator.normal(0, 0.05, 600)
    angle = generator.uniform(0, 2 * np.pi, 600)
    return radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1), np.repeat([0, 1], 300), 2


def _spirals(generator):
    turn = np.sqrt(generator.random(800)) * 3 * np.pi
    labels = np.arange(800) % 2
    angle = turn + np.pi * labels
    return turn[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1), labels, 2


def _clusters(generator, width=0.35):
    centres = generator.normal(0, 1, (12, 10))
    kinds = np.arange(1200) % 12  # two clusters a class: a straight line does not part them
    return centres[kinds] + generator.normal(0, width, (1200, 10)), kinds % 6, 6


def _sine(generator, pace=4, noise=0.0, samples=400):
    x = generator.uniform(-1, 1, (samples, 1))
    return x, np.sin(pace * x[:, 0]) + generator.normal(0, noise, samples), None


def _waves(generator, noise=0.0):
    x = generator.uniform(-1, 1, (800, 2))
    y = np.sin(4 * x[:, 0]) * np.cos(4 * x[:, 1])
    return x, y + generator.normal(0, noise, len(y)), None


def _diabetes(generator):
    from sklearn.datasets import load_diabetes

    x, y = load_diabetes(return_X_y=True)
    return x, (y - y.mean()) / y.std(), None


def _moons(generator):
    angle = generator.uniform(0, np.pi, 600)
    upper = np.stack([np.cos(angle), np.sin(angle)], 1)
    labels = np.arange(600) % 2
    x = np.where(labels[:, None], [1.0, 0.5] - upper, upper)
    return x + generator.normal(0, 0.1, x.shape), labels, 2


def _xor(generator):
    x = generator.uniform(-1, 1, (600, 2))
    return x, (x[:, 0] * x[:, 1] > 0).astype(int), 2


def _parity(generator):
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return x, y % 2, 2


def _low_or_high(generator):
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return x, (y >= 5).astype(int), 2


def _many(generator, classes=20, sides=16):
    centres = generator.normal(0, 1, (classes, sides))
    kinds = np.arange(80 * classes) % classes
    return centres[kinds] + generator.normal(0, 0.5, (80 * classes, sides)), kinds, classes


def _rings(generator):
    kinds = np.arange(900) % 3
    radius = 0.5 + 0.5 * kinds + generator.normal(0, 0.05, 900)
    angle = generator.uniform(0, 2 * np.pi, 900)
    return radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1), kinds, 3


def _saddle(generator, noise=0.0):
    x = generator.uniform(-1, 1, (600, 3))
    y = 3 * x[:, 0] * x[:, 1] + x[:, 2] ** 2
    return x, y - y.mean() + generator.normal(0, noise, 600), None


def _friedman(generator):
    """Friedman 1991, the first of his functions, scaled to a variance of about 1."""
    x = generator.random((600, 5))
    y = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2
    return x, (y + 10 * x[:, 3] + 5 * x[:, 4] - 14.4) / 5, None


DATA = {
    "moons": _moons,
    "xor": _xor,
    "parity": _parity,
    "many": _many,
    "eight": lambda generator: _many(generator, classes=8, sides=10),
    "low or high": _low_or_high,
    "rings": _rings,
    "saddle": _saddle,
    "noisy saddle": lambda generator: _saddle(generator, noise=0.4),
    "friedman": _friedman,
    "digits": _bundled("digits"),
    "cancer": _bundled("breast_cancer"),
    "wine": _bundled("wine"),
    "circles": _circles,
    "spirals": _spirals,
    "clusters": _clusters,
    "wide clusters": lambda generator: _clusters(generator, width=0.9),
    "sine": _sine,
    "fast sine": lambda generator: _sine(generator, pace=8),
    "noisy sine": lambda generator: _sine(generator, noise=0.3),
    "waves": _waves,
    "noisy waves": lambda generator: _waves(generator, noise=0.25),
    "diabetes": _diabetes,
}
