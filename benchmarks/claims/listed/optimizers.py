"""Claims on optimisers, rates and schedules (rows 38 to 40, 48 to 54, 70)."""

from benchmarks.claims.claim import Claim, Experiment
from benchmarks.claims.listed.common import (
    CONVNET,
    DIGITS,
    FEW_DIGITS,
    FEW_IMAGES,
    IMAGES,
    RESNET,
    on_both,
)
from benchmarks.claims.training import Tuned
from benchmarks.claims.ways import Switched, changed

_MOMENTUM_RATES = (0.005, 0.02, 0.08, 0.3)
_ADAM_RATES = (3e-4, 1e-3, 3e-3, 1e-2)
_ADADELTA_RATES = (0.1, 0.3, 1.0, 3.0)

_SMALL = {
    FEW_DIGITS: changed(CONVNET[DIGITS], epochs=60),
    FEW_IMAGES: changed(CONVNET[IMAGES], epochs=30),
}


def _adam(training, rate=2e-3, **values):
    return changed(training, optimizer="adam", learning_rate=rate, **values)


def _tuned(training, name, rates):
    return Tuned(training=changed(training, optimizer=name), rates=rates)


def _switched(training):
    """Adam for two thirds of the epochs at its rate, then momentum along a cosine."""
    first = training.epochs * 2 // 3
    return Switched(
        first=_adam(training, schedule="constant", epochs=first),
        then=changed(training, learning_rate=0.02, epochs=training.epochs - first),
    )


CLAIMS = (
    Claim(
        rows="38",
        says="On small data SGD ends better than Adam.",
        compared="momentum against Adam, each at the best of four rates",
        experiments=tuple(
            Experiment(
                data=data,
                first=_tuned(training, "momentum", _MOMENTUM_RATES),
                second=_tuned(training, "adam", _ADAM_RATES),
            )
            for data, training in _SMALL.items()
        ),
        default="Momentum for classes.",
    ),
    Claim(
        rows="40",
        says="Adam first, and SGD when it is nearly over, is better than Adam alone.",
        compared="Adam, then momentum for the last third, against Adam at a constant rate",
        experiments=tuple(
            Experiment(
                data=data,
                first=_switched(training),
                second=_adam(training, schedule="constant"),
            )
            for data, training in CONVNET.items()
        ),
        default="`SwitchOptimizer` on request.",
    ),
    Claim(
        rows="40",
        says="The same against Adam with a rate that falls.",
        compared="Adam, then momentum for the last third, against Adam along a cosine",
        experiments=tuple(
            Experiment(data=data, first=_switched(training), second=_adam(training))
            for data, training in CONVNET.items()
        ),
        default="One optimiser, and a rate that falls.",
    ),
    Claim(
        rows="48",
        says="Know the cosine: a rate that falls is better than one that does not.",
        compared="a cosine against a constant rate",
        experiments=(*on_both(CONVNET, {}, {"schedule": "constant"}),),
        default="A cosine to 0.",
    ),
    Claim(
        rows="54",
        says="The rate is to fall by 0.1, 0.3 or 0.5 after fixed numbers of epochs.",
        compared="a rate times 0.1 at half and three quarters against a constant one",
        experiments=on_both(CONVNET, {"schedule": "step"}, {"schedule": "constant"}),
        default='`schedule="step"` on request.',
    ),
    Claim(
        rows="39",
        says="Halving the rate when the loss stalls helps.",
        compared="halved when the loss on a fifth of the data stalls, against constant",
        experiments=on_both(
            CONVNET,
            {"schedule": "halve", "validates": True},
            {"schedule": "constant", "validates": True},
        ),
        default="`HalveOnPlateau` on request, beside a schedule too.",
    ),
    Claim(
        rows="39, 48",
        says="A cosine is no worse than steps at fixed epochs.",
        compared="a cosine against a rate times 0.1 at half and three quarters",
        experiments=on_both(CONVNET, {}, {"schedule": "step"}),
        default="A cosine to 0.",
    ),
    Claim(
        rows="50",
        says="A warm-up helps.",
        compared="a warm-up of 15 % against none, at a rate of 0.3",
        experiments=(
            *on_both(RESNET, {"learning_rate": 0.3, "warmup": 0.15}, {"learning_rate": 0.3}),
        ),
        default="15 % of the steps.",
    ),
    Claim(
        rows="51",
        says="With batches eight times as large the rate is eight times as large.",
        compared="batches of 256 at 0.4 against 256 at 0.05, momentum",
        experiments=on_both(
            RESNET,
            {"batch_size": 256, "learning_rate": 0.4, "warmup": 0.15},
            {"batch_size": 256, "learning_rate": 0.05, "warmup": 0.15},
        ),
        default="`scale_learning_rate` is linear for momentum.",
    ),
    Claim(
        rows="51",
        says="For Adam the rate goes with the square root of the batch size.",
        compared="batches of 256 at the rate times 2.8 against times 8, Adam",
        experiments=tuple(
            Experiment(
                data=data,
                first=_adam(training, 2e-3 * 8**0.5, batch_size=256, warmup=0.15),
                second=_adam(training, 2e-3 * 8, batch_size=256, warmup=0.15),
            )
            for data, training in RESNET.items()
        ),
        default='`scaling="sqrt"` for Adam, as published; here the larger rate was better.',
    ),
    Claim(
        rows="70",
        says="Adadelta is better than Adam for classes.",
        compared="Adadelta against Adam, each at the best of four rates",
        experiments=tuple(
            Experiment(
                data=data,
                first=_tuned(training, "adadelta", _ADADELTA_RATES),
                second=_tuned(training, "adam", _ADAM_RATES),
            )
            for data, training in _SMALL.items()
        ),
        default="Adadelta by name alone.",
    ),
)
