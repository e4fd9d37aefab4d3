"""What is done to samples before a network sees them: preprocessing, and changes of images."""

import keras
import numpy as np

# --- preprocessing: functions of training samples that return a function of samples ---------------


def raw(x):
    """Leaves pixels from 0 to 255."""
    return lambda samples: samples


def unit(x):
    """Brings pixels to [0, 1]."""
    return lambda samples: samples / 255


def standardize(x):
    """Brings each channel to mean 0 and standard deviation 1."""
    axes = tuple(range(x.ndim - 1))
    mean, deviation = x.mean(axis=axes), x.std(axis=axes)
    return lambda samples: (samples - mean) / deviation


def whiten(x, components=256):
    """Gives the first principal components, each with standard deviation 1, as a vector."""
    from sklearn.decomposition import PCA

    count = min(components, *x.reshape(len(x), -1).shape)
    pca = PCA(count, whiten=True, random_state=0).fit(x.reshape(len(x), -1))
    return lambda samples: pca.transform(samples.reshape(len(samples), -1)).astype("float32")


PREPROCESSING = {
    "none": raw,
    "unit": unit,
    "standardize": standardize,
    "whiten": whiten,
}

# --- augmentation ---------------------------------------------------------------------------------


class ChangedImages(keras.utils.PyDataset):
    """Batches of images, each moved by whole pixels and half of them mirrored, anew each epoch.

    Args:
        x: Array of shape (samples, height, width, channels).
        y: Targets.
        batch_size: Samples a step.
        shift: Largest shift, in pixels; what comes in is 0.
        flip: Whether images are mirrored.
        seed: Seed of order and changes.
    """

    def __init__(self, x, y, batch_size, *, shift, flip, seed):
        super().__init__()
        self.x, self.y, self.batch_size, self.shift, self.flip = x, y, batch_size, shift, flip
        self.random = np.random.default_rng(seed)
        self.order = self.random.permutation(len(x))

    def __len__(self):
        return -(-len(self.x) // self.batch_size)

    def __getitem__(self, index):
        chosen = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        return self._changed(self.x[chosen]), self.y[chosen]

    def on_epoch_end(self):
        """Takes another order."""
        self.order = self.random.permutation(len(self.x))

    def _changed(self, images):
        if self.flip:
            mirrored = self.random.random(len(images)) < 0.5
            images = np.where(mirrored[:, None, None, None], images[:, :, ::-1], images)
        if not self.shift:
            return images
        edge = (self.shift, self.shift)
        padded = np.pad(images, [(0, 0), edge, edge, (0, 0)])
        down, right = self.random.integers(2 * self.shift + 1, size=(2, len(images)))
        rows = down[:, None] + np.arange(images.shape[1])
        columns = right[:, None] + np.arange(images.shape[2])
        each = np.arange(len(images))[:, None, None]
        return padded[each, rows[:, :, None], columns[:, None, :]]
