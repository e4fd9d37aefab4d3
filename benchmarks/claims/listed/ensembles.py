"""Claims on ensembles (rows 65 to 68)."""

from benchmarks.claims.claim import Claim, Experiment
from benchmarks.claims.listed.common import CONVNET
from benchmarks.claims.ways import Fused, Members, Stages, changed

_MEMBERS = 4


def _short(training):
    return changed(training, epochs=training.epochs // _MEMBERS)


CLAIMS = (
    Claim(
        rows="65",
        says="Several networks from other initial weights are better than one.",
        compared="the mean of 4 against one, each trained as long",
        experiments=tuple(
            Experiment(data=data, first=Members(training=way, count=_MEMBERS), second=way)
            for data, way in CONVNET.items()
        ),
        default="`fit_ensemble`.",
    ),
    Claim(
        rows="65",
        says="They are better than one in the same time, too.",
        compared="the mean of 4 with a quarter of the epochs each, against one",
        experiments=tuple(
            Experiment(data=data, first=Members(training=_short(way), count=_MEMBERS), second=way)
            for data, way in CONVNET.items()
        ),
        default="One network, unless an ensemble is asked for.",
    ),
    Claim(
        rows="67",
        says="One run at several stages is better than its end.",
        compared="the mean at the ends of 4 cosines against one cosine, as many epochs in all",
        experiments=tuple(
            Experiment(data=data, first=Stages(training=changed(way, cycles=4)), second=way)
            for data, way in CONVNET.items()
        ),
        default="`Snapshots` on request.",
    ),
    Claim(
        rows="68",
        says="A linear mix with a classical model is better than the network alone.",
        compared="network and random forest against the network",
        experiments=tuple(
            Experiment(
                data=data,
                first=Fused(training=way),
                second=Fused(training=way, parts=("network",)),
            )
            for data, way in CONVNET.items()
        ),
        default="`fuse` gives a model of no use the weight 0.",
    ),
)
