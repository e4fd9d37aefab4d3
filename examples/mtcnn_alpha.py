"""How much may boxes and landmarks weigh before faces are missed? (guide rows 78, 89)

P-Net of MTCNN (Zhang et al. 2016) has three heads and the loss

    L = cross-entropy of the face + α (L2 of the box + L2 of the landmarks).

A larger α gives better boxes and misses more faces. `BinarySearch` finds the largest α with which
at least 90 % of the faces are still found. The faces are made: blobs with eyes and a mouth.

    python examples/mtcnn_alpha.py
"""

import tempfile

import keras
import keras_tuner
import numpy as np
from keras import layers

import tuners
from tuners.results import read_search

SIDE = 12  # pixels, as P-Net has it
CONSTRAINT = "val_face_recall >= 0.9"


def make_images(count, seed):
    """Makes images, every second one of which holds a face.

    Args:
        count: Number of images.
        seed: A whole number of at least 0.

    Returns:
        Three values as `Model.fit` takes them: images of shape (count, 12, 12, 1); dict of targets,
        `face` (0 or 1), `box` (left, top, right, bottom) and `landmarks` (x and y of eyes, nose and
        corners of the mouth), in pixels; dict of sample weights, with which images without a face
        have no box and no landmarks.
    """
    generator = np.random.default_rng(seed)
    images = generator.normal(0.0, 0.25, (count, SIDE, SIDE, 1))
    is_face = np.arange(count) % 2.0
    box, landmarks = np.zeros((count, 4)), np.zeros((count, 10))
    for index in range(count):
        x, y, size = generator.uniform((4.5, 4.5, 3.0), (7.5, 7.5, 4.5))
        images[index, :, :, 0] += _blob(x, y, size)
        if is_face[index]:
            points = (x, y) + size * _FEATURES
            images[index, :, :, 0] -= sum(0.9 * _dot(*points[place]) for place in _DARK)
            box[index] = x - size, y - 1.2 * size, x + size, y + 1.2 * size
            landmarks[index] = points.ravel()
    targets = {"face": is_face, "box": box, "landmarks": landmarks}
    weights = {"face": np.ones(count), "box": is_face, "landmarks": is_face}
    return images, targets, weights


_FEATURES = np.array([(-0.4, -0.4), (0.4, -0.4), (0.0, 0.0), (-0.35, 0.5), (0.35, 0.5)])
_DARK = (0, 1, 3, 4)  # the nose is no darker than the face
_Y, _X = np.mgrid[0:SIDE, 0:SIDE] + 0.5


def _blob(x, y, size):
    return np.exp(-((((_X - x) / size) ** 2 + ((_Y - y) / (1.2 * size)) ** 2) ** 2))


def _dot(x, y):
    return np.exp(-((_X - x) ** 2 + (_Y - y) ** 2))


def build(hp):
    """Returns a small P-Net, compiled with the loss of one α."""
    alpha = hp.Float("alpha", 0.003, 1.0, sampling="log")
    image = keras.Input((SIDE, SIDE, 1))
    x = layers.Conv2D(8, 3, activation="elu")(image)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Conv2D(12, 3, activation="elu")(x)
    x = layers.Dense(16, activation="elu")(layers.Flatten()(x))
    heads = {
        "face": layers.Dense(1, activation="sigmoid", name="face")(x),
        "box": layers.Dense(4, name="box")(x),
        "landmarks": layers.Dense(10, name="landmarks")(x),
    }
    model = keras.Model(image, heads)
    model.compile(
        keras.optimizers.SGD(0.1, momentum=0.5, global_clipnorm=1.0),
        loss={"face": "binary_crossentropy", "box": "mse", "landmarks": "mse"},
        loss_weights={"face": 1.0, "box": alpha, "landmarks": alpha},
        weighted_metrics={
            "face": [keras.metrics.Recall(name="recall")],
            "box": [keras.metrics.MeanAbsoluteError(name="error")],
        },
    )
    return model


def search(folder, trials=5, epochs=10):
    """Searches the largest α that meets the constraint; returns the tuner."""
    x, y, weights = make_images(600, seed=1)
    tuner = tuners.BinarySearch(
        build,
        objective=keras_tuner.Objective("val_box_error", "min"),
        constraint=CONSTRAINT,
        max_trials=trials,
        seed=0,
        directory=folder,
    )
    tuner.search(
        x,
        y,
        sample_weight=weights,
        validation_data=make_images(400, seed=2),
        epochs=epochs,
        verbose=0,
    )
    return tuner


def main():
    """Searches, and prints α, recall and the error of the box of each trial and of the answer."""
    with tempfile.TemporaryDirectory() as folder:
        tuner = search(folder)
        rows = read_search(tuner).trials
        answer = tuner.oracle.get_best_trials()[0].trial_id
    print("    α      recall   box error in pixels")
    for row in sorted(rows, key=lambda row: row.values["alpha"]):
        recall, error = row.metrics["val_face_recall"], row.metrics["val_box_error"]
        mark = "  <- the largest α with recall of at least 0.9" if row.trial == answer else ""
        print(f"  {row.values['alpha']:.4f}   {recall:.3f}    {error:.3f}{mark}")


if __name__ == "__main__":
    main()
