"""Claims on the shape of a network, and on regularisation in turn (rows 69, 71)."""

from benchmarks.claims.claim import Claim, Experiment
from benchmarks.claims.listed.common import FEW_DIGITS, FEW_IMAGES, RESNET, on_both
from benchmarks.claims.networks import ConvNet
from benchmarks.claims.training import Training
from benchmarks.claims.ways import Alternated, changed

_REGULARIZED = {
    FEW_DIGITS: Training(
        network=ConvNet(filters=16, norm=None, head="dense", dropout=0.5, penalty=5e-4),
        learning_rate=0.02,
        epochs=60,
    ),
    FEW_IMAGES: Training(
        network=ConvNet(filters=16, norm=None, head="dense", dropout=0.5, penalty=5e-4),
        learning_rate=0.02,
        epochs=30,
    ),
}


def _bare(training):
    return changed(training, network__dropout=0.0, network__penalty=0.0)


CLAIMS = (
    Claim(
        rows="69",
        says="One epoch with regularisation, one without, in turn, is better than always.",
        compared="in turn against always, dropout of 0.5 and a penalty of 5e-4, few samples",
        experiments=tuple(
            Experiment(
                data=data,
                first=Alternated(odd=training, even=_bare(training)),
                second=training,
            )
            for data, training in _REGULARIZED.items()
        ),
        default="`AlternateRegularization` on request.",
    ),
    Claim(
        rows="71",
        says="Tall and narrow is better.",
        compared="twice the blocks against half of them, at equal cost",
        experiments=on_both(
            {data: changed(way, network__depth=20) for data, way in RESNET.items()},
            {"network__shape": "deep"},
            {"network__shape": "wide"},
        ),
        default="`shape=` on request; within a budget of minutes depth 10.",
    ),
)
