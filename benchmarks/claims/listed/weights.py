"""Claims on initial weights (rows 58 to 63)."""

from benchmarks.claims.claim import Claim, Experiment
from benchmarks.claims.data import DataSet
from benchmarks.claims.listed.common import (
    CONVNET,
    DIGITS,
    IMAGES,
    PLAIN,
    on_both,
)
from benchmarks.claims.ways import Pretrained, changed

_DEEP = {
    DIGITS: changed(PLAIN[DIGITS], network__depth=8, network__filters=8),
    IMAGES: changed(PLAIN[IMAGES], network__depth=8, network__filters=8),
}


def _pretrained(data, training, samples):
    few = changed(training, epochs=40, learning_rate=0.02)
    return Experiment(
        data=data,
        first=Pretrained(before=training, training=few, samples=samples),
        second=Pretrained(training=few, samples=samples),
    )


CLAIMS = (
    Claim(
        rows="62",
        says="Changing normal to Xavier weights makes a CNN learn.",
        compared="Xavier's against a normal distribution of deviation 0.01, no norm",
        experiments=on_both(
            PLAIN, {"network__initializer": "xavier"}, {"network__initializer": "normal 0.01"}
        ),
        default="Normal weights are never chosen by themselves.",
    ),
    Claim(
        rows="59",
        says="He's initial weights are for ReLU.",
        compared="He's against Xavier's, ReLU, 8 convolutions without a norm",
        experiments=on_both(_DEEP, {}, {"network__initializer": "xavier"}),
        default="He's for ReLU and Swish.",
    ),
    Claim(
        rows="58",
        says="Xavier's initial weights are for tanh.",
        compared="Xavier's against He's, tanh, 8 convolutions without a norm",
        experiments=on_both(
            _DEEP,
            {"network__activation": "tanh", "network__initializer": "xavier"},
            {"network__activation": "tanh"},
        ),
        default="Xavier's for tanh.",
    ),
    Claim(
        rows="63",
        says="The best initial weights are those of a trained model.",
        compared="first trained on five other classes, against from scratch; 100 and 500 samples",
        experiments=(
            _pretrained(DataSet("digits"), CONVNET[DIGITS], 100),
            _pretrained(DataSet("images", 8_000), CONVNET[IMAGES], 500),
        ),
        default="From scratch; `pretrained=` on request.",
    ),
)
