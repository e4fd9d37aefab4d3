"""A `keras.utils.PyDataset` around another one."""

import keras


class WrappedBatches(keras.utils.PyDataset):
    """The batches of another `PyDataset`, made as that one makes them; subclasses change them.

    Args:
        data: The other `keras.utils.PyDataset`.
    """

    def __init__(self, data):
        super().__init__(
            workers=data.workers,
            use_multiprocessing=data.use_multiprocessing,
            max_queue_size=data.max_queue_size,
        )
        self.data = data

    @property
    def num_batches(self):
        """How many batches an epoch has."""
        return self.data.num_batches

    def __getitem__(self, index):
        """Returns a batch."""
        return self.data[index]

    def on_epoch_begin(self):
        """Tells the other one."""
        self.data.on_epoch_begin()

    def on_epoch_end(self):
        """Tells the other one."""
        self.data.on_epoch_end()
