"""Reports with pictures that are written as a file and for TensorBoard."""

from pathlib import Path

from recipes.diagnosis import pictures
from recipes.summaries import write_events


class WrittenReport:
    """A report that can be written down. A subclass has `made_by`, `pictures` and `events`.

    Attributes:
        made_by: Name of the function that makes it: for messages, and at the end of the name of
            our event files, so that the next report of a folder takes the place of this one.
        pictures: Dict from titles to pictures, arrays of bytes (height, width, 3).
    """

    made_by = None

    def events(self):
        """Yields the events for TensorBoard."""
        raise NotImplementedError

    def write_png(self, path):
        """Writes all pictures as one, below each other."""
        pictures.write_png(self.made_by, pictures.sheet(self.pictures), Path(path))

    def write_tensorboard(self, logdir):
        """Writes pictures and figures for TensorBoard; returns the folder."""
        return write_events(self.made_by, logdir, self.events(), f".{self.made_by}")

    def write(self, *, png=None, logdir=None):
        """Writes what is asked for, and returns the report itself.

        Args:
            png: Path of a .png file, or None.
            logdir: Folder for TensorBoard, or None.
        """
        if png is not None:
            self.write_png(png)
        if logdir is not None:
            self.write_tensorboard(logdir)
        return self
