"""What an error of Keras or TensorFlow says, without what they put around it."""

import re

_AROUND = (  # lines before what an error says
    "Exception encountered",
    "Graph execution error",
    "Detected at node",
    "<stack traces",
    "File ",
)


def describe_error(error):
    """Returns kind and first line of an error, such as `KeyError: only dicts`."""
    return f"{type(error).__name__}: {first_line(error)}"


def first_line(error):
    """Returns what an error says, without what Keras and TensorFlow put around it."""
    text = str(error.args[0]) if error.args else str(error)
    text = re.sub(r"\x1b\[\d*m|\{\{function_node [^}]*\}\} ?| \[Op:\w+\]", "", text)
    lines = [line.strip() for line in text.splitlines()]
    return next((line for line in lines if line and not line.startswith(_AROUND)), "")
