"""One seed for Python, NumPy and Keras; 0 is a seed (guide row 2)."""

import hashlib

from recipes.errors import check_integer

_LARGEST_SEED = 2**31 - 1  # what every backend's random generator takes


def set_seed(seed, *, deterministic=False):
    """Seeds Python's, NumPy's and Keras' global random generators.

    Args:
        seed: A whole number of at least 0.
        deterministic: Whether TensorFlow is told to use deterministic operations alone, for the
            rest of the process. On one CPU two runs are equal without it; on a GPU they may not be.

    Returns:
        The seed.

    Raises:
        ArgumentError: If `seed` is not such a number.

    Example:

        set_seed(0)
        model = build_mlp((30,), 2)  # begins with the same weights each time
    """
    import keras

    seed = check_integer("set_seed", "seed", seed, 0)
    keras.utils.set_random_seed(seed % (_LARGEST_SEED + 1))
    if deterministic:
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
    return seed


def derive_seed(seed, *keys):
    """Returns a seed of its own for each key, the same on every machine.

    Neighbouring seeds and similar keys give unrelated results (SHA-256), so that no two layers
    or trials share their random stream.

    Args:
        seed: A whole number of at least 0, or None.
        *keys: What the seed is for: names or numbers.

    Returns:
        An int in [0, 2**31), or None if `seed` is None.
    """
    if seed is None:
        return None
    text = "/".join(str(part) for part in (check_integer("derive_seed", "seed", seed, 0), *keys))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") & _LARGEST_SEED
