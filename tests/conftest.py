"""What all tests share: a quiet TensorFlow, and data that are small and real."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import pytest

from recipes import load_dataset, split_data


@pytest.fixture(scope="session")
def digits():
    """The 1,797 handwritten digits of scikit-learn."""
    return load_dataset("digits")


@pytest.fixture(scope="session")
def split(digits):
    """The digits in three parts."""
    return split_data(digits.x, digits.y)
