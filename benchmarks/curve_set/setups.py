"""The runs that are recorded: each row fixes what its curves must be called.

Every third thing is turned on purpose: the rate times 100 or by 100, 50 samples for a big network,
one unit for ten classes, two samples a batch, an end long before the goal. The half "set" is what
the thresholds were set on; the half "held" has other data, other networks and other seeds.
"""

import dataclasses

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


def _good(half, data, **options):
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


BIG, ONE = (256, 256), (1,)


def _row(name, answer, data, half="set", **options):
    return Setup(name=f"{data}: {name}", half=half, answers=(answer,), data=data, **options)


MORE = (
    *_good("set", "moons", rate=2e-2, units=(24, 24), epochs=30, seed=20),
    *_good("set", "parity", rate=3e-3, units=(48,), epochs=30, seed=21, measured=False),
    *_good("set", "many", optimizer="sgd", rate=0.03, units=(64,), batch=16, seed=22),
    *_good("set", "friedman", rate=1e-2, units=(32,), epochs=40, cosine=True, seed=23),
    *_good("set", "wine", rate=1e-2, units=(32, 32), epochs=30, batch=16, seed=24),
    _row(
        "40 samples, big network",
        "overfitting",
        "parity",
        samples=40,
        units=BIG,
        epochs=50,
        batch=8,
        seed=20,
    ),
    _row(
        "half of the labels at random, big network",
        "overfitting",
        "many",
        flipped=0.5,
        units=(512,),
        epochs=60,
        seed=21,
        measured=False,
    ),
    _row(
        "20 samples, big network",
        "overfitting",
        "friedman",
        samples=20,
        units=BIG,
        epochs=120,
        batch=10,
        seed=22,
    ),
    _row(
        "one unit",
        "underfitting",
        "many",
        units=ONE,
        activation="tanh",
        rate=3e-2,
        epochs=120,
        seed=20,
    ),
    _row(
        "a straight line",
        "underfitting",
        "xor",
        units=(),
        rate=1e-2,
        epochs=40,
        seed=22,
        measured=False,
    ),
    _row("ended early", "still improving", "parity", units=(48,), rate=1e-3, epochs=4, seed=20),
    _row("ended early", "still improving", "friedman", rate=5e-3, epochs=4, seed=21),
    _row(
        "ended early",
        "still improving",
        "many",
        units=(64,),
        rate=1e-3,
        epochs=4,
        seed=22,
        measured=False,
    ),
    _row("batches of 2, noisy", "noisy", "moons", flipped=0.1, rate=1e-2, batch=2, seed=20),
    _row("batches of 2, noisy", "noisy", "xor", flipped=0.1, rate=1e-2, batch=2, seed=21),
    _row("3 epochs of 100", "too early to tell", "parity", epochs=3, planned=100, seed=20),
    _row(
        "normalization lags, 8 epochs of 8 steps",
        "too early to tell",
        "parity",
        samples=512,
        norm=0.99,
        units=(64, 64),
        batch=64,
        epochs=8,
        told=True,
        seed=21,
    ),
    _row(
        "gradient descent explodes",
        "diverged",
        "friedman",
        optimizer="sgd",
        rate=20.0,
        epochs=10,
        seed=20,
    ),
)


HELD = (
    *_good("held", "rings", rate=1e-2, units=(32, 32), epochs=40, seed=30),
    *_good("held", "low or high", rate=2e-3, units=(64,), epochs=30, seed=31, measured=False),
    *_good("held", "eight", optimizer="sgd", rate=0.02, units=(32, 32), seed=32),
    *_good("held", "saddle", rate=5e-3, units=(64,), epochs=40, activation="tanh", seed=33),
    _row(
        "30 samples", "overfitting", "low or high", "held", samples=30, units=BIG, batch=8, seed=30
    ),
    _row(
        "half at random", "overfitting", "eight", "held", flipped=0.5, units=BIG, epochs=50, seed=31
    ),
    _row(
        "40 samples",
        "overfitting",
        "noisy saddle",
        "held",
        samples=40,
        units=BIG,
        epochs=99,
        seed=32,
    ),
    _row("one unit", "underfitting", "eight", "held", units=ONE, rate=3e-2, epochs=99, seed=30),
    _row(
        "a straight line", "underfitting", "saddle", "held", units=(), rate=2e-2, epochs=40, seed=31
    ),
    _row(
        "a straight line", "underfitting", "rings", "held", units=(), rate=1e-2, epochs=40, seed=32
    ),
    _row("ended early", "still improving", "low or high", "held", rate=5e-4, epochs=6, seed=30),
    _row(
        "ended early",
        "still improving",
        "saddle",
        "held",
        units=(64,),
        rate=3e-3,
        epochs=4,
        seed=31,
    ),
    _row(
        "ended early",
        "still improving",
        "rings",
        "held",
        units=(32, 32),
        rate=3e-3,
        epochs=6,
        seed=32,
    ),
    _row("batches of 2", "noisy", "xor", "held", flipped=0.1, rate=1e-2, batch=2, seed=30),
    _row(
        "batches of 2", "noisy", "noisy saddle", "held", rate=1e-2, batch=2, units=(24, 24), seed=31
    ),
    _row("3 epochs of 50", "too early to tell", "eight", "held", epochs=3, planned=50, seed=30),
    _row(
        "normalization lags, 5 epochs of 7 steps",
        "too early to tell",
        "eight",
        "held",
        samples=448,
        norm=0.99,
        units=(64, 64),
        batch=64,
        epochs=5,
        told=True,
        seed=31,
    ),
    _row("explodes", "diverged", "saddle", "held", optimizer="sgd", rate=30.0, epochs=10, seed=30),
)

SETUPS = (
    *_good("set", "digits", rate=3e-3),
    *_good("set", "digits", optimizer="sgd", rate=0.02, seed=1, measured=False),
    *_good("set", "circles", rate=2e-2, units=(32, 32), epochs=25, seed=2),
    *_good("set", "sine", rate=1e-2, units=(32, 32), epochs=40, seed=3),
    *_good("set", "digits", rate=2e-3, units=(64, 64, 64), batch=64, seed=10),
    *_good("set", "clusters", optimizer="sgd", rate=0.01, units=(64,), cosine=True, seed=11),
    *_good("set", "digits", optimizer="sgd", rate=0.03, activation="tanh", seed=12, measured=False),
    *_good("set", "waves", rate=5e-3, units=(48, 48), epochs=50, seed=13),
    Setup(
        name="wine: good rate",
        half="set",
        answers=("done",),
        data="wine",
        units=(24,),
        rate=1e-2,
        batch=16,
        seed=15,
        measured=False,
    ),
    # 50 samples for some 80,000 weights
    Setup(
        name="digits: 50 samples, big network",
        half="set",
        answers=("overfitting",),
        data="digits",
        samples=50,
        units=BIG,
        epochs=60,
        batch=16,
    ),
    Setup(
        name="circles: 60 samples, a third of the labels at random, big network",
        half="set",
        answers=("overfitting",),
        data="circles",
        samples=60,
        flipped=0.35,
        units=BIG,
        rate=1e-2,
        epochs=120,
        seed=1,
    ),
    Setup(
        name="sine: 15 samples, big network",
        half="set",
        answers=("overfitting",),
        data="noisy sine",
        samples=15,
        units=BIG,
        epochs=150,
        batch=15,
        seed=2,
    ),
    Setup(
        name="wide clusters: 40 samples, big network",
        half="set",
        answers=("overfitting",),
        data="wide clusters",
        samples=40,
        units=BIG,
        epochs=60,
        batch=16,
        seed=10,
    ),
    Setup(
        name="digits: a third of the labels at random, big network",
        half="set",
        answers=("overfitting",),
        data="digits",
        flipped=0.3,
        units=(512,),
        epochs=60,
        seed=11,
        measured=False,
    ),
    Setup(
        name="diabetes: 40 samples, big network",
        half="set",
        answers=("overfitting",),
        data="diabetes",
        samples=40,
        units=BIG,
        epochs=100,
        batch=16,
        seed=12,
    ),
    # too small for the task
    Setup(
        name="digits: one unit",
        half="set",
        answers=("underfitting",),
        data="digits",
        units=ONE,
        activation="tanh",
        rate=3e-2,
        epochs=60,
    ),
    Setup(
        name="circles: a straight line",
        half="set",
        answers=("underfitting",),
        data="circles",
        units=(),
        rate=1e-2,
        epochs=40,
        seed=1,
    ),
    Setup(
        name="sine: a straight line",
        half="set",
        answers=("underfitting",),
        data="fast sine",
        units=(),
        rate=3e-2,
        epochs=40,
        seed=2,
        measured=False,
    ),
    Setup(
        name="clusters: one unit",
        half="set",
        answers=("underfitting",),
        data="clusters",
        units=ONE,
        activation="tanh",
        rate=3e-2,
        epochs=200,
        seed=10,
    ),
    Setup(
        name="waves: a straight line",
        half="set",
        answers=("underfitting",),
        data="waves",
        units=(),
        activation="tanh",
        rate=3e-2,
        epochs=40,
        seed=11,
    ),
    Setup(
        name="spirals: a straight line",
        half="set",
        answers=("underfitting",),
        data="spirals",
        units=(),
        rate=1e-2,
        epochs=40,
        seed=12,
        cosine=True,
    ),
    # a good rate, ended before the goal
    Setup(
        name="digits: ended early",
        half="set",
        answers=("still improving",),
        data="digits",
        rate=5e-4,
        epochs=9,
    ),
    Setup(
        name="circles: ended early",
        half="set",
        answers=("still improving",),
        data="circles",
        units=(32, 32),
        rate=3e-3,
        epochs=6,
        seed=1,
    ),
    Setup(
        name="clusters: ended early",
        half="set",
        answers=("still improving",),
        data="clusters",
        units=(64,),
        optimizer="sgd",
        rate=3e-3,
        epochs=6,
        seed=10,
    ),
    Setup(
        name="waves: ended early",
        half="set",
        answers=("still improving",),
        data="waves",
        units=(48, 48),
        rate=2e-3,
        epochs=12,
        seed=11,
    ),
    # two samples a batch
    Setup(
        name="circles: batches of 2, a tenth of the labels at random",
        half="set",
        answers=("noisy",),
        data="circles",
        samples=300,
        flipped=0.1,
        rate=1e-2,
        batch=2,
        epochs=25,
        seed=1,
    ),
    Setup(
        name="noisy waves: batches of 2",
        half="set",
        answers=("noisy",),
        data="noisy waves",
        samples=300,
        units=(24, 24),
        rate=1e-2,
        batch=2,
        epochs=25,
        seed=11,
    ),
    # before the grace period ends (row 14)
    Setup(
        name="digits: 3 epochs of 60",
        half="set",
        answers=("too early to tell",),
        data="digits",
        rate=1e-3,
        epochs=3,
        planned=60,
    ),
    Setup(
        name="digits: normalization lags, 8 epochs of 10 steps",
        half="set",
        answers=("too early to tell",),
        data="digits",
        samples=640,
        norm=0.99,
        units=(64, 64, 64),
        rate=3e-3,
        batch=64,
        epochs=8,
        told=True,
        seed=1,
    ),
    Setup(
        name="cancer: 2 epochs of 40",
        half="set",
        answers=("too early to tell",),
        data="cancer",
        units=(16,),
        rate=1e-3,
        epochs=2,
        planned=40,
        seed=10,
    ),
    Setup(
        name="clusters: normalization lags, 6 epochs of 10 steps",
        half="set",
        answers=("too early to tell",),
        data="clusters",
        samples=320,
        norm=0.99,
        units=(64, 64, 64),
        rate=3e-3,
        epochs=6,
        told=True,
        seed=11,
    ),
    # a step far too large for a squared error
    Setup(
        name="sine: gradient descent explodes",
        half="set",
        answers=("diverged",),
        data="sine",
        units=(32, 32),
        optimizer="sgd",
        rate=10.0,
        epochs=10,
    ),
    Setup(
        name="diabetes: gradient descent explodes",
        half="set",
        answers=("diverged",),
        data="diabetes",
        optimizer="sgd",
        rate=5.0,
        epochs=12,
        seed=10,
    ),
    *MORE,
    *HELD,
)
