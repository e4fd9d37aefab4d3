"""How long the training waits for its data (guide row 10)."""

import time

import keras

from recipes.data.batches.wrapped import WrappedBatches

STARVING = 0.2  # share of a step from which the loader is worth a sentence, if it is
_NOTICEABLE = 0.005  # seconds a step; below them a tiny network is faster than any loader
_WARM_UP = 2  # steps that trace, and fill the buffers


class LoaderWatch(keras.callbacks.Callback):
    """Measures the share of the steps in which the training waits for the next batch.

    A batch is stamped with the time at which it is there; the training asked for it when the step
    began. Known for the TensorFlow backend.

    Attributes:
        waited: Seconds that the training waited, beyond the first steps.
        stepped: Seconds of these steps, with the waiting.
    """

    def __init__(self):
        super().__init__()
        self.waited = self.stepped = 0.0
        self._arrival, self._count = None, 0

    @property
    def share(self):
        """Share of a step, from 0 to 1, or None if nothing was measured."""
        return self.waited / self.stepped if self.stepped else None

    @property
    def starves(self):
        """Whether the waiting is worth a sentence."""
        steps = self._count - _WARM_UP
        long = steps > 0 and self.waited / steps > _NOTICEABLE
        return long and self.share is not None and self.share > STARVING

    def sentence(self, *, in_memory):
        """Returns that the training waits, and what to do about it.

        Args:
            in_memory: Whether the data are arrays: then no file is slow.
        """
        way = "Cache and prefetch them, read larger files, or give a PyDataset more workers."
        if in_memory:
            way = "They are in memory: augment them less, or let less run beside the training."
        return f"the training waits for its data {self.share:.0%} of the time. {way}"

    def watch(self, data):
        """Returns the data, each batch of which is stamped when it is there."""
        if keras.backend.backend() != "tensorflow":
            return data
        if isinstance(data, keras.utils.PyDataset):
            return data if data.use_multiprocessing else self._stamped_python(data)
        return self._stamped(data)

    def on_train_batch_begin(self, batch, logs=None):
        """The training asks for a batch."""
        self._asked = time.time()

    def on_train_batch_end(self, batch, logs=None):
        """Reads when the batch was there."""
        self._count += 1
        if self._arrival is None or self._count <= _WARM_UP:
            return
        self.waited += max(self._arrival(batch) - self._asked, 0.0)
        self.stepped += time.time() - self._asked

    def _stamped(self, data):
        import tensorflow as tf

        with tf.device("CPU"):
            stamp = tf.Variable(0.0, dtype=tf.float64, trainable=False)

        @tf.autograph.experimental.do_not_convert
        def stamped(*batch):
            stamp.assign(tf.timestamp())
            return batch

        self._arrival = lambda batch: float(stamp.numpy())
        options = tf.data.Options()
        options.experimental_optimization.inject_prefetch = False  # would stamp a later batch
        return data.map(stamped).with_options(options)

    def _stamped_python(self, data):
        stamped = _Stamped(data)
        self._arrival = lambda batch: stamped.arrivals.get(batch, 0.0)
        return stamped


class _Stamped(WrappedBatches):
    """Notes when each batch was there."""

    def __init__(self, data):
        super().__init__(data)
        self.arrivals = {}

    def __getitem__(self, index):
        batch = super().__getitem__(index)
        self.arrivals[index] = time.time()
        return batch
