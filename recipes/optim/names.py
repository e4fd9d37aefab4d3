"""The names of the optimisers, and what the guide says of them. Nothing here loads Keras."""

from recipes.errors import check_one_of

RECOMMENDED_OPTIMIZERS = ("momentum", "adam")  # guide row 37
OTHERS = ("sgd", "adagrad", "adadelta", "rmsprop", "adamax", "nadam", "lion")
OPTIMIZERS = RECOMMENDED_OPTIMIZERS + OTHERS


def optimizer_note(name):
    """Returns what the guide says of an optimiser that it does not recommend (rows 37, 40, 70).

    Args:
        name: One of those that `make_optimizer` takes.

    Returns:
        A sentence, or None for "momentum" and "adam".

    Raises:
        ArgumentError: If the name is unknown.

    Example:

        print(optimizer_note("rmsprop"))
    """
    check_one_of("optimizer_note", "optimizer", name, OPTIMIZERS)
    if name in RECOMMENDED_OPTIMIZERS:
        return None
    return (
        f'"{name}" is none of the two optimisers that are recommended, "momentum" and "adam": if '
        "it wins, the model may be immature (guide row 37)."
    )
