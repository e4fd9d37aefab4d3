"""Counts in words."""


def have(count, noun):
    """Returns a count with its noun and verb: "1 trial has", "2 trials have"."""
    return f"{plural(count, noun)} {'has' if count == 1 else 'have'}"


def plural(count, noun):
    """Returns a count with its noun: "1 trial", "2 trials", "2 classes"."""
    ending = "es" if noun.endswith("s") else "s"
    return f"{count:,} {noun}{'' if count == 1 else ending}"
