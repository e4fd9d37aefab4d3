"""Data that a record can name, so that its run can be repeated from the shell."""

import dataclasses

from recipes.data.datasets import load_dataset
from recipes.errors import ArgumentError, describe
from recipes.training.preflight import check_data


@dataclasses.dataclass(frozen=True)
class Source:
    """A data set by name, and how it was split.

    Args:
        data: As `load_dataset` takes it.
        seed: Seed of the split.
    """

    data: str
    seed: int = 0

    def load(self, where="fit"):
        """Returns pair (`Dataset`, `Split`).

        Args:
            where: Name of the command that asks, for messages.

        Raises:
            DataError: If no classifier can be trained on the data: their samples are told by their
                place in the file, which no part of the split knows any more.
        """
        dataset = load_dataset(self.data)
        known = {"num_classes": dataset.num_classes, "name": dataset.name}
        check_data(dataset.x, dataset.y, where=where, **known)
        return dataset, dataset.split(seed=self.seed)

    def to_dict(self):
        """Returns what a record keeps."""
        return dataclasses.asdict(self)


def source_of(record):
    """Returns the `Source` of a record.

    Args:
        record: A dict, as `read_record` returns it.

    Raises:
        ArgumentError: If the data of the run have no name: they were arrays.
    """
    source = record.get("source")
    if isinstance(source, dict) and source.keys() == {"data", "seed"}:
        return Source(**source)
    rule = "the data of the run have no name in its record"
    raise ArgumentError(describe("rerun", rule, "Give train=… and validation=… in Python."))
