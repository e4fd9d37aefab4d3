"""Parts of the recommended recipe, each left out of the whole (row 1: defaults that are proven).

The recipe has the values that `fit` takes within a budget; its size and its epochs are fixed, on a
third of the images.
"""

from benchmarks.claims.claim import Claim, Experiment
from benchmarks.claims.data import DataSet
from benchmarks.claims.networks import ResNet
from benchmarks.claims.training import Training
from benchmarks.claims.ways import changed

RECIPE = Training(
    network=ResNet(width=0.5),
    learning_rate=0.3,
    warmup=0.15,
    weight_decay=5e-3,
    label_smoothing=0.1,
    batch_size=64,
    epochs=14,
    shift=2,
    flip=True,
)
IMAGES = DataSet("images", 6_000)
ALL_IMAGES = DataSet("images", 18_000)  # as many as `fit` has in `benchmarks.recipes`


def _part(rows, says, compared, default, **without):
    """Returns the claim that a part of the recipe is worth its place."""
    return Claim(
        rows=rows,
        says=f"Within the recipe: {says}",
        compared=f"the recommended recipe against the same {compared}",
        experiments=(Experiment(data=IMAGES, first=RECIPE, second=changed(RECIPE, **without)),),
        default=default,
    )


CLAIMS = (
    _part(
        "1, 18",
        "shifts and mirror images help.",
        "without them",
        "Shifts of a sixteenth; mirror images where they keep their label.",
        shift=0,
        flip=False,
    ),
    _part(
        "1, 24",
        "standardised pixels help.",
        "with pixels from 0 to 1",
        "Standardised per channel.",
        preprocessing="unit",
    ),
    _part(
        "1, 33",
        "weight decay helps.",
        "without it",
        "5e-3 apart from the gradient; gamma, beta and bias are spared.",
        weight_decay=0.0,
    ),
    _part(
        "1, 48",
        "a rate that falls helps.",
        "at a constant rate",
        "A cosine to 0.",
        schedule="constant",
        warmup=0.0,
    ),
    _part("1, 50", "a warm-up helps.", "without it", "15 % of the steps.", warmup=0.0),
    _part(
        "1",
        "a last gamma of 0 in residual branches helps.",
        "with a gamma of 1 everywhere",
        "0 beside shortcuts without weights.",
        network__zero_gamma=False,
    ),
    _part(
        "1",
        "label smoothing helps.",
        "without it",
        "0.1 for classes.",
        label_smoothing=0.0,
    ),
)
