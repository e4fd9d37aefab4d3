"""What all tests share: a quiet TensorFlow, and data that are small and real."""

import gc
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import pytest

from recipes import load_dataset, split_data
from recipes.keras_compat import release_graphs


def pytest_collection_finish():
    """Takes what is imported out of what the garbage collector looks at.

    Keras and KerasTuner collect garbage for each model: with the million objects of TensorFlow
    that took a quarter of the time of a small trial.
    """
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def _only_own_garbage():
    """Lets no file's tests wait for a collector that looks at what other files have left.

    A collection that looks at a million objects takes half a second, and Keras and KerasTuner make
    one for each model.
    """
    yield
    release_graphs()
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def digits():
    """The 1,797 handwritten digits of scikit-learn."""
    return load_dataset("digits")


@pytest.fixture(scope="session")
def split(digits):
    """The digits in three parts."""
    return split_data(digits.x, digits.y)


@pytest.fixture
def small_network():
    """Makes small networks for the digits: 202 weights, so that a test trains one in a second."""
    import keras
    from keras import layers

    def build(seed=0, outputs=10, activation="softmax"):
        initializer = keras.initializers.GlorotUniform(seed)
        return keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                layers.Conv2D(8, 3, kernel_initializer=initializer),
                layers.BatchNormalization(),
                layers.ReLU(),
                layers.GlobalAveragePooling2D(),
                layers.Dense(outputs, activation=activation, kernel_initializer=initializer),
            ]
        )

    return build
