"""Parts of the recommended recipe that the guides do not name (row 1: defaults that are proven)."""

from benchmarks.claims.claim import Claim
from benchmarks.claims.listed.common import RESNET, in_recipe, on_both

CLAIMS = (
    Claim(
        rows="1",
        says="A last gamma of 0 in residual branches is worth its place.",
        compared="0 beside shortcuts without weights, against 1 everywhere",
        experiments=(
            *on_both(RESNET, {}, {"network__zero_gamma": False}),
            in_recipe(network__zero_gamma=False),
        ),
        default="0 beside shortcuts without weights.",
    ),
    Claim(
        rows="1",
        says="Label smoothing is worth its place.",
        compared="a tenth of each target spread over all classes, against none",
        experiments=(
            *on_both(RESNET, {"label_smoothing": 0.1}, {}),
            in_recipe(label_smoothing=0.0),
        ),
        default="0.1 for classes.",
    ),
)
