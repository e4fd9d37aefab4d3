"""All claims, in the order of the guide's rows."""

from benchmarks.claims.listed import (
    components,
    ensembles,
    optimizers,
    preparation,
    recipe,
    recurrent,
    searches,
    structure,
    weights,
)

CLAIMS = (
    *preparation.CLAIMS,
    *components.CLAIMS,
    *recurrent.CLAIMS,
    *optimizers.CLAIMS,
    *weights.CLAIMS,
    *structure.CLAIMS,
    *ensembles.CLAIMS,
    *searches.CLAIMS,
    *recipe.CLAIMS,
)
