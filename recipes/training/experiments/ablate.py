"""What each part of a recipe is worth: it is left out, and all else stays (guide row 13)."""

import dataclasses

from recipes.errors import check_integer
from recipes.training.experiments.trial import (
    NO_AUGMENTATION,
    check_recipe,
    pair_of,
    recommended_recipe,
    train_and_score,
)

# What a part is called, and the values without it, its switch first. A part that a recipe has
# switched off is not tried.
PARTS = {
    "augmentation": NO_AUGMENTATION,
    "warm-up": {"warmup": 0.0},
    "schedule": {"schedule": "constant"},
    "weight decay": {"weight_decay": 0.0},
    "label smoothing": {"label_smoothing": 0.0},
    "gradient clipping": {"clip_norm": None},
    "averaged weights": {"ema": None},
}


@dataclasses.dataclass(frozen=True)
class Ablation:
    """What a recipe loses without each of its parts.

    Args:
        error: Error with the whole recipe.
        rows: Triples (part, error without it, how much the error rises without it), the most
            useful part first; below 0 the part costs accuracy.
        is_share: Whether errors are shares of the samples (1 - accuracy); else they are losses.
    """

    error: float
    rows: tuple
    is_share: bool

    def __str__(self):
        kind = "error" if self.is_share else "loss"
        width = max(map(len, ["whole recipe", *(f"without {row[0]}" for row in self.rows)]))
        lines = [
            f"{'':{width}} {kind:>8} {'worth':>8}",
            f"{'whole recipe':{width}} {self.error:8.4f}",
        ]
        for part, error, delta in self.rows:
            lines.append(f"{f'without {part}':{width}} {error:8.4f} {delta:+8.4f}")
        return "\n".join(lines)


def ablate(recipe, build, train, validation, *, seed=0):
    """Trains with the whole recipe, and without one of its parts after the other.

    Every training has the same seed. One seed tells parts that matter from parts that do not; a
    difference as small as that between two seeds says nothing (`stability_check` measures it).

    Args:
        recipe: The `Recipe`; None takes the one that `fit` would take.
        build: A callable without arguments that returns a built `keras.Model`.
        train: Pair (x, y) of arrays, or a folder of images or a `Dataset`, as in `fit`.
        validation: Data of one of these forms.
        seed: A whole number of at least 0.

    Returns:
        An `Ablation`.

    Raises:
        DataError: If the data cannot be trained on.
        ArgumentError: If an argument breaks its rule.

    Example:

        print(ablate(Recipe(), build, (x, y), (x_val, y_val)))
    """
    recipe, seed = check_recipe("ablate", recipe), check_integer("ablate", "seed", seed, 0)
    train = pair_of("ablate", "train", train)
    validation = pair_of("ablate", "validation", validation)
    recipe = recipe or recommended_recipe(build(), train)

    def score(recipe):
        return train_and_score(build, train, validation, recipe=recipe, seed=seed)

    whole = score(recipe)
    errors = {part: score(changed).error for part, changed in left_out(recipe, train[0]).items()}
    rows = [(part, error, error - whole.error) for part, error in errors.items()]
    rows.sort(key=lambda row: -row[2])
    return Ablation(whole.error, tuple(rows), whole.is_share)


def left_out(recipe, x):
    """Returns a recipe for each part that is left out, by the name of the part.

    Args:
        recipe: The `Recipe`.
        x: Array of shape (samples, …): what is no image of shape (height, width, channels) is not
            augmented.
    """
    values = recipe.to_dict()
    recipes = {}
    for part, off in PARTS.items():
        switch, value = next(iter(off.items()))
        if values[switch] != value and (part != "augmentation" or x.ndim == 4):
            recipes[part] = recipe.replace(**off)
    return recipes
