"""Parameters of KerasTuner as other packages are told of them."""


def kind_of(hp):
    """Returns the kind of a parameter: "Choice", "Boolean", "Int" or "Float"."""
    return type(hp).__name__


def choices_of(hp):
    """Returns the values of a choice or a boolean as a list."""
    return [False, True] if kind_of(hp) == "Boolean" else list(hp.values)
