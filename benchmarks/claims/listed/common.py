"""Data and trainings that several claims have in common.

The trainings are plain: momentum at a rate that suits the network, a cosine, no augmentation, no
decay.
"""

from benchmarks.claims.claim import Experiment
from benchmarks.claims.data import DataSet
from benchmarks.claims.networks import ConvNet, ResNet
from benchmarks.claims.training import Training
from benchmarks.claims.ways import changed

DIGITS, IMAGES = DataSet("digits"), DataSet("images", 3_000)
FEW_DIGITS, FEW_IMAGES = DataSet("digits", 200), DataSet("images", 1_000)

CONVNET = {  # with batch normalization
    DIGITS: Training(network=ConvNet(filters=16), epochs=20),
    IMAGES: Training(network=ConvNet(filters=16), epochs=12),
}
PLAIN = {  # without a norm, at a rate at which they train
    DIGITS: Training(network=ConvNet(filters=16, norm=None), learning_rate=0.02, epochs=30),
    IMAGES: Training(network=ConvNet(filters=16, norm=None), learning_rate=0.02, epochs=12),
}
RESNET = {
    DIGITS: Training(network=ResNet(width=0.25), epochs=20),
    IMAGES: Training(network=ResNet(width=0.25), epochs=12),
}


def on_both(trainings, first, second, metric="accuracy"):
    """Returns an experiment for each data set.

    Args:
        trainings: Dict of a `Training` by data set.
        first: Dict of what is changed in it for the first way.
        second: The same for the second way.
        metric: As in `Experiment`.
    """
    return tuple(
        Experiment(
            data=data,
            first=changed(training, **first),
            second=changed(training, **second),
            metric=metric,
        )
        for data, training in trainings.items()
    )
