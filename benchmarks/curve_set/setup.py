"""A run whose curves are recorded, and what they must be called."""

import dataclasses

BIG, ONE = (256, 256), (1,)  # units of hidden layers
TOO_LARGE = ("rate too large", "diverged")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Setup:
    """One run.

    Args:
        name: What it is called.
        half: "set" or "held".
        answers: The verdicts that are right.
        data: Name of the data set, as in `record.DATA`.
        samples: Training samples that are taken, None for all.
        flipped: Share of all labels that are drawn at random.
        units: Units of the hidden layers.
        activation: Of the hidden layers.
        norm: Momentum of batch normalization behind each, None for none.
        dropout: Before the head.
        optimizer: "adam" or "sgd" (momentum 0.9).
        rate: Learning rate.
        cosine: Whether it falls to 0 as a cosine over the run.
        batch: Samples a step.
        epochs: Epochs that are trained.
        planned: Epochs that the run was to have; None for as many.
        told: Whether `diagnose` is told the steps an epoch and the momentum of the norm.
        measured: Whether the loss on training data is measured after each epoch, as `fit` does.
        seed: Of weights, order and split.
    """

    name: str
    half: str
    answers: tuple
    data: str
    samples: int | None = None
    flipped: float = 0.0
    units: tuple = (32,)
    activation: str = "relu"
    norm: float | None = None
    dropout: float = 0.0
    optimizer: str = "adam"
    rate: float = 3e-3
    cosine: bool = False
    batch: int = 32
    epochs: int = 30
    planned: int | None = None
    told: bool = False
    measured: bool = True
    seed: int = 0


def good(half, data, **options):
    """Yields a good run, the same with 100 times the rate, and with a hundredth of it."""
    rate = options.pop("rate")
    name = f"{data}, {options.get('optimizer', 'adam')}, seed {options.get('seed', 0)}"
    for word, factor, answers in (
        ("good rate", 1, ("done",)),
        ("rate x 100", 100, TOO_LARGE),
        ("rate / 100", 0.01, ("rate too small",)),
    ):
        chosen = {"half": half, "data": data, "answers": answers, "rate": rate * factor}
        yield Setup(name=f"{name}: {word}", **chosen, **options)


def row(name, answer, data, half="set", *, title=None, **options):
    """Returns a run with one right verdict; its name begins with `title`, or else the data's."""
    name = f"{title or data}: {name}"
    return Setup(name=name, half=half, answers=(answer,), data=data, **options)
