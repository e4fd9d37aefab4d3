"""Claims on data and augmentation (rows 18 to 24)."""

from benchmarks.claims.claim import Claim, Experiment
from benchmarks.claims.listed.common import CONVNET, DIGITS, IMAGES, on_both
from benchmarks.claims.networks import MLP
from benchmarks.claims.training import Training
from benchmarks.claims.ways import changed

_MLP = Training(network=MLP(), learning_rate=0.02, epochs=20)

CLAIMS = (
    Claim(
        rows="18",
        says="Augmented images do better on the validation data.",
        compared="shifts (of images mirror images too) against none",
        experiments=(
            Experiment(
                data=DIGITS,
                first=changed(CONVNET[DIGITS], shift=1),
                second=CONVNET[DIGITS],
            ),
            Experiment(
                data=IMAGES,
                first=changed(CONVNET[IMAGES], shift=2, flip=True),
                second=CONVNET[IMAGES],
            ),
        ),
        default="Images are shifted, and mirrored where a mirror image keeps its label.",
    ),
    Claim(
        rows="20, 24",
        says="Inputs of mean 0 and deviation 1 do better than raw pixels.",
        compared="standardised pixels against pixels from 0 to 255",
        experiments=on_both(CONVNET, {}, {"preprocessing": "none"}),
        default="A network with labels as outputs begins with a standardisation.",
    ),
    Claim(
        rows="24",
        says="For labels, standardised pixels do better than pixels from 0 to 1.",
        compared="standardised pixels against pixels from 0 to 1",
        experiments=(*on_both(CONVNET, {}, {"preprocessing": "unit"}),),
        default="Standardised for labels, 0 to 1 for images as outputs.",
    ),
    Claim(
        rows="21",
        says="PCA whitening is rarely used: plain standardising does better.",
        compared="standardised pixels against 256 whitened components, in an MLP",
        experiments=tuple(
            Experiment(data=data, first=_MLP, second=changed(_MLP, preprocessing="whiten"))
            for data in (DIGITS, IMAGES)
        ),
        default="Whitening is a layer on request, and never a default.",
    ),
)
