"""What a job is asked to do, and the promise that a folder holds one job."""

import dataclasses
import json
from pathlib import Path

from recipes.data.datasets import check_data_name
from recipes.errors import FolderError, check_integer, check_one_of, describe
from recipes.files import write_text
from recipes.models import check_model_name
from recipes.recommended import RECOMMENDED
from tuners.state.damage import read_json

SEARCHES = ("bayesian", "random")
_MAY_GROW = ("trials",)  # a search may be given more trials; nothing else may change


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """What a job is asked to do.

    Args:
        model: Name of a builder: "resnet", "fcn" or "mlp".
        data: Name of a data set, a folder of images, or an .npz file, as in `load_dataset`.
        trials: Number of trials, at most.
        epochs: Epochs of each trial.
        final_epochs: Epochs of the training of the best setting.
        search: "bayesian" or "random".
        seed: A whole number of at least 0, of split, search, weights and trainings.

    Raises:
        ArgumentError: If a value breaks its rule.

    Example:

        plan = Plan(model="mlp", data="table.npz", trials=20)
        print(" ".join(plan.command))  # tuners search --model mlp --data table.npz --trials 20
    """

    model: str = "resnet"
    data: str = "digits"
    trials: int = 6
    epochs: int = 6
    final_epochs: int = RECOMMENDED["epochs"].value
    search: str = "bayesian"
    seed: int = 0

    def __post_init__(self):
        check_model_name("tune", self.model)
        check_one_of("tune", "search", self.search, SEARCHES)
        check_data_name("tune", self.data)
        check_integer("tune", "seed", self.seed, 0)
        for name in ("trials", "epochs", "final_epochs"):
            check_integer("tune", name, getattr(self, name), 1)

    @property
    def name(self):
        """Name of the job's folders: model and data."""
        return f"{self.model}-{Path(self.data).stem}"

    @property
    def command(self):
        """The words of the command that runs this plan, as a list."""
        default, words = Plan(), ["tuners", "search"]
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name in ("model", "data") or value != getattr(default, field.name):
                words += [f"--{field.name.replace('_', '-')}", str(value)]
        return words


def claim_folder(folder, plan, fingerprint):
    """Writes a plan into a folder, or checks it against the one that is there.

    Args:
        folder: A `Path` that exists.
        plan: The `Plan`.
        fingerprint: Text that is equal for equal data.

    Raises:
        FolderError: If the folder holds a job with another plan or other data; more trials are no
            other plan.
    """
    asked = {**dataclasses.asdict(plan), "fingerprint": fingerprint}
    path = folder / "plan.json"
    stored = read_json(path)
    if stored:
        other = {key: stored.get(key) for key in asked if stored.get(key) != asked[key]}
        other = {key: value for key, value in other.items() if key not in _MAY_GROW}
        if other:
            rule = f"the folder {folder} holds a job with other settings"
            hint = "Ask for these, name another folder, or overwrite it."
            raise FolderError(
                describe("tune", rule, hint, **{f"its_{k}": v for k, v in other.items()})
            )
    write_text(path, json.dumps(asked, indent=2) + "\n")
