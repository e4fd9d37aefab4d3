"""Claims on dropout, normalization, activation and penalties (rows 26 to 36)."""

from benchmarks.claims.claim import Claim, Experiment
from benchmarks.claims.data import DataSet
from benchmarks.claims.listed.common import (
    CONVNET,
    FEW_DIGITS,
    FEW_IMAGES,
    on_both,
)
from benchmarks.claims.networks import ConvNet, Denoiser
from benchmarks.claims.training import Training, Tuned
from benchmarks.claims.ways import changed

_SMALL = {  # few samples, no norm, a dense head as in the time of the tip
    FEW_DIGITS: Training(
        network=ConvNet(filters=16, norm=None, head="dense"), learning_rate=0.02, epochs=60
    ),
    FEW_IMAGES: Training(
        network=ConvNet(filters=16, norm=None, head="dense"), learning_rate=0.02, epochs=30
    ),
}
_DENOISING = {
    DataSet("noisy digits"): Training(
        network=Denoiser(), optimizer="adam", learning_rate=2e-3, preprocessing="unit", epochs=20
    ),
    DataSet("noisy images", 2_000): Training(
        network=Denoiser(), optimizer="adam", learning_rate=2e-3, preprocessing="unit", epochs=8
    ),
}
_RATES = (0.005, 0.02, 0.08, 0.3)


def _tuned(training):
    return Tuned(training=training, rates=_RATES)


CLAIMS = (
    Claim(
        rows="26",
        says="Fully convolutional networks are preferred to dense layers.",
        compared="the mean over all pixels against a dense layer of 128 units, before the output",
        experiments=on_both(CONVNET, {}, {"network__head": "dense"}),
        default="Every classifier of images ends with the mean over all pixels.",
    ),
    Claim(
        rows="27",
        says="On small data dropout of 0.5 with SGD is clearly better.",
        compared="dropout of 0.5 against none, momentum, no norm, a dense head",
        experiments=on_both(_SMALL, {"network__dropout": 0.5}, {}),
        default="Dropout of 0.5 and momentum on less than 10,000 samples without a norm.",
    ),
    Claim(
        rows="29",
        says="With batch normalization the initial weights do not matter.",
        compared="He's against a normal distribution of deviation 0.05",
        experiments=on_both(CONVNET, {}, {"network__initializer": "normal 0.05"}),
        margin=1.0,
        default="He's for ReLU, with a norm too.",
    ),
    Claim(
        rows="30",
        says="Convolution, norm, ReLU is the order.",
        compared="norm before ReLU against norm behind it",
        experiments=on_both(CONVNET, {}, {"network__order": "activation first"}),
        default="Convolution, norm, activation in every builder.",
    ),
    Claim(
        rows="31",
        says="With batch normalization no dropout is added.",
        compared="none against dropout of 0.3 before every convolution but the first",
        experiments=on_both(CONVNET, {}, {"network__inner_dropout": 0.3}),
        default="Builders refuse dropout before a batch normalization.",
    ),
    Claim(
        rows="31",
        says="Behind the last batch normalization dropout does no harm.",
        compared="dropout of 0.3 before the last layer against none",
        experiments=on_both(CONVNET, {"network__dropout": 0.3}, {}),
        margin=1.0,
        default="`dropout=` of the builders stands before the last layer alone.",
    ),
    Claim(
        rows="32",
        says="Batch normalization makes the training easier.",
        compared="with against without, at a rate of 0.1",
        experiments=on_both(
            CONVNET, {"learning_rate": 0.1}, {"learning_rate": 0.1, "network__norm": None}
        ),
        default="Batch normalization in the networks for classes.",
    ),
    Claim(
        rows="32",
        says="Without batch normalization the final accuracy may be better.",
        compared="without against with, each at the best of four rates",
        experiments=tuple(
            Experiment(
                data=data,
                first=_tuned(changed(training, network__norm=None)),
                second=_tuned(training),
            )
            for data, training in CONVNET.items()
        ),
        default="`norm=None` is one argument away, with initial weights that train.",
    ),
    Claim(
        rows="33",
        says="An L2 penalty helps against overfitting.",
        compared="a penalty of 5e-4 against none, few samples",
        experiments=on_both(_SMALL, {"network__penalty": 5e-4}, {}),
        default="Weight decay in the recipe, penalties on request (`regularize=`).",
    ),
    Claim(
        rows="33, 47",
        says="Weight decay is worth its place.",
        compared="weight decay of 5e-3 against none",
        experiments=(*on_both(CONVNET, {"weight_decay": 5e-3}, {}),),
        default="5e-3 apart from the gradient; gamma, beta and bias are spared.",
    ),
    Claim(
        rows="34",
        says="In a network that generates images batch normalization is useless or harmful.",
        compared="none against batch normalization, images freed of noise",
        experiments=on_both(_DENOISING, {}, {"network__norm": "batch"}, metric="psnr"),
        default='No norm with `task="image"`.',
    ),
    Claim(
        rows="35",
        says="Beside ReLU only Swish is worth a try.",
        compared="Swish against ReLU",
        experiments=on_both(CONVNET, {"network__activation": "swish"}, {}),
        default="ReLU; Swish is one argument away.",
    ),
)
