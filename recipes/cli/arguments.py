"""The arguments of a builder, as `--arg name=value` gives them."""

import ast
import difflib
import functools
import inspect

import typer

from recipes.errors import ArgumentError, describe

ARGUMENTS = typer.Option(
    None,
    "--arg",
    metavar="NAME=VALUE",
    help="An argument for the builder; may be given again.",
)


def with_arguments(command, builder, pairs):
    """Returns a builder that has its arguments.

    Args:
        command: Name of the command that asks, for messages.
        builder: A callable.
        pairs: Texts "name=value".

    Returns:
        A callable without arguments.

    Raises:
        ArgumentError: If a text is none of these, or the builder does not take the arguments.
    """
    arguments = dict(_argument(command, pair) for pair in pairs)
    _check_signature(command, builder, arguments, pairs)
    return functools.partial(builder, **arguments)


def literal(text):
    """Returns the number, tuple, None and so on that a text stands for, or else the text."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _argument(command, pair):
    """Returns the name and the value of `name=value`."""
    name, separator, value = pair.partition("=")
    if separator and name.isidentifier():
        return name, literal(value)
    hint = "Such as --arg depth=50."
    raise ArgumentError(describe(command, "`--arg` must be name=value", hint, arg=pair))


def _check_signature(command, builder, arguments, pairs):
    """Refuses a name that the builder does not know, and the lack of one that it needs."""
    known = _parameters(builder)
    if known is None:
        return
    for name, pair in zip(arguments, pairs, strict=False):
        if name not in known:
            rule = (
                f"`--arg` must name an argument of the builder: {', '.join(known) or 'it has none'}"
            )
            raise ArgumentError(describe(command, rule, _nearest(name, known), arg=pair))
    missing = [
        name
        for name, parameter in known.items()
        if parameter.default is parameter.empty and name not in arguments
    ]
    if missing:
        rule = f"the builder needs the arguments {', '.join(missing)}"
        hint = "Give each of them as --arg name=value."
        raise ArgumentError(describe(command, rule, hint, arg=list(pairs)))


def _parameters(builder):
    """Returns the parameters of a builder by name, or None where any name may be given."""
    function = builder.__init__ if inspect.isclass(builder) else builder
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):  # not callable, or without a signature
        return None
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return None
    return {
        name: parameter
        for name, parameter in parameters.items()
        if parameter.kind is not parameter.VAR_POSITIONAL
        and not (inspect.isclass(builder) and name == "self")
    }


def _nearest(name, known):
    nearest = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {nearest[0]}?" if nearest else ""
