"""Whitening: features without correlation and of variance 1 (guide row 21)."""

import keras
import numpy as np

from recipes.errors import ArgumentError, DataError, check_integer, check_range, describe


class _Whitening(keras.layers.Layer):
    """What both have in common: x ↦ (x − mean) W, all axes but the first taken as features.

    A direction whose variance is below `epsilon` times the largest one, such as that of pixels
    which never change, gives 0: to divide by its spread would be to learn from rounding.

    Args:
        epsilon: Smallest variance that counts, as a share of the largest, in [0, 1).
        **kwargs: Those of `keras.layers.Layer`.
    """

    def __init__(self, *, epsilon=1e-6, **kwargs):
        kwargs.setdefault("dtype", "float32")  # pixels up to 255 times a matrix leave float16
        super().__init__(**kwargs)
        self.epsilon = check_range(type(self).__name__, "epsilon", epsilon, 0, 0.999)

    def build(self, input_shape):
        """Makes the weights, which are 0 until `adapt` or a saved file sets them."""
        if None in input_shape[1:]:
            rule = "every side of the samples must be known"
            raise ArgumentError(describe(type(self).__name__, rule, input_shape=input_shape))
        features = int(np.prod(input_shape[1:]))
        shape = (features, self._outputs(features))
        self.mean = self.add_weight((features,), "zeros", trainable=False, name="mean")
        self.matrix = self.add_weight(shape, "zeros", trainable=False, name="matrix")
        self.built = True

    def adapt(self, x):
        """Takes mean and covariance from the training split, and from it alone.

        Args:
            x: Array of shape (samples, …), at least 2 samples.

        Raises:
            DataError: If there are too few samples, or one holds NaN or infinity.
        """
        from sklearn.decomposition import PCA

        x = np.asarray(x)
        rows = x.reshape(len(x), -1).astype("float64")
        if len(rows) < 2 or not np.isfinite(rows).all():
            rule = "adapt needs at least 2 samples, and no NaN or infinity"
            raise DataError(describe(type(self).__name__, rule, x=f"{x.dtype} of shape {x.shape}"))
        if not self.built:
            self.build((None, *x.shape[1:]))
        method = "covariance_eigh" if len(rows) >= rows.shape[1] else "full"
        fitted = PCA(svd_solver=method).fit(rows)
        variance = fitted.explained_variance_
        kept = variance > self.epsilon * variance.max()
        spread = np.sqrt(np.where(kept, variance, 1.0))
        self.mean.assign(fitted.mean_)
        self.matrix.assign(self._whitener(fitted.components_, kept / spread))

    def get_config(self):
        """Returns what Keras saves of this layer."""
        return {**super().get_config(), "epsilon": self.epsilon}


@keras.saving.register_keras_serializable("recipes")
class PCAWhitening(_Whitening):
    """Principal components, each divided by its spread.

    Equal to scikit-learn's `PCA(whiten=True)`. Images become vectors, so this is for networks that
    take vectors; `ZCAWhitening` keeps the form.

    Args:
        n_components: Number of components that are kept, the largest first; None for all.
        epsilon: Smallest variance that counts, as a share of the largest, in [0, 1).
        **kwargs: Those of `keras.layers.Layer`.

    Example:

        whitening = PCAWhitening(n_components=40)
        whitening.adapt(x_train)
        model = with_preprocessing(build_mlp((40,), 10), [whitening], input_shape=(64,))
    """

    def __init__(self, n_components=None, *, epsilon=1e-6, **kwargs):
        super().__init__(epsilon=epsilon, **kwargs)
        if n_components is not None:
            n_components = check_integer("PCAWhitening", "n_components", n_components, 1)
        self.n_components = n_components

    def _outputs(self, features):
        if self.n_components is not None and self.n_components > features:
            rule = f"`n_components` must be at most {features}, the number of features"
            raise ArgumentError(describe("PCAWhitening", rule, n_components=self.n_components))
        return self.n_components or features

    def _whitener(self, components, scale):
        """Returns the matrix of shape (features, outputs)."""
        matrix = np.zeros(self.matrix.shape)
        rows = (scale[:, np.newaxis] * components)[: matrix.shape[1]]
        matrix[:, : len(rows)] = rows.T
        return matrix

    def call(self, x):
        """Returns a tensor of shape (batch, n_components)."""
        rows = keras.ops.reshape(x, (-1, self.mean.shape[0]))
        return keras.ops.matmul(rows - self.mean, self.matrix)

    def compute_output_shape(self, input_shape):
        """Returns (batch, n_components)."""
        return (input_shape[0], self._outputs(int(np.prod(input_shape[1:]))))

    def get_config(self):
        """Returns what Keras saves of this layer."""
        return {**super().get_config(), "n_components": self.n_components}


@keras.saving.register_keras_serializable("recipes")
class ZCAWhitening(_Whitening):
    """Whitening that changes the samples as little as it can, and keeps their shape.

    The whitened components are turned back to the axes of the pixels (Bell & Sejnowski 1997).

    Args:
        epsilon: Smallest variance that counts, as a share of the largest, in [0, 1).
        **kwargs: Those of `keras.layers.Layer`.

    Example:

        whitening = ZCAWhitening()
        whitening.adapt(x_train)
        model = with_preprocessing(model, [whitening])
    """

    def _outputs(self, features):
        return features

    def _whitener(self, components, scale):
        """Returns the symmetric matrix of shape (features, features)."""
        return (components.T * scale) @ components

    def call(self, x):
        """Returns a tensor of the shape of x."""
        rows = keras.ops.reshape(x, (-1, self.mean.shape[0]))
        white = keras.ops.matmul(rows - self.mean, self.matrix)
        return keras.ops.reshape(white, (-1, *x.shape[1:]))

    def compute_output_shape(self, input_shape):
        """Returns the shape of the input."""
        return input_shape
