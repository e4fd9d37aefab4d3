"""Learning rate schedules by share of the run; the curves themselves are Keras'."""

from keras.optimizers import schedules

from recipes.errors import check_integer, check_one_of, check_range

SCHEDULES = ("cosine", "constant")


def make_schedule(name, peak, total_steps, *, warmup=0.0):
    """Returns a learning rate, or a Keras schedule of it.

    Args:
        name: "cosine" (linear warm-up to the peak, then a cosine to 0; guide rows 48, 50) or
            "constant".
        peak: The highest rate, without a unit.
        total_steps: Length of the run, in steps (batches).
        warmup: Share of the run in which a cosine's rate rises from 0, in [0, 1).

    Returns:
        A float for "constant", a `keras.optimizers.schedules.CosineDecay` for "cosine".

    Raises:
        ArgumentError: If an argument breaks its rule.
    """
    check_one_of("make_schedule", "schedule", name, SCHEDULES)
    total_steps = check_integer("make_schedule", "total_steps", total_steps, 1)
    warmup = check_range("make_schedule", "warmup", warmup, 0, 0.9)
    if name == "constant":
        return float(peak)
    warmup_steps = round(warmup * total_steps)
    if warmup_steps == 0:
        return schedules.CosineDecay(peak, total_steps)
    return schedules.CosineDecay(
        0.0, total_steps - warmup_steps, warmup_target=peak, warmup_steps=warmup_steps
    )
