"""Models that a command names: MODULE:FUNCTION that makes one, or a .keras file."""

import contextlib
import importlib
import sys
from pathlib import Path

import typer

from recipes.cli.arguments import with_arguments
from recipes.console import NOT_CHECKED
from recipes.errors import ArgumentError, DataError, RecipesError, describe

MODEL = typer.Argument(
    metavar="MODEL", help="MODULE:FUNCTION that returns a model, or a .keras file."
)
TRUST = typer.Option(
    False, "--trust", help="Run the code in a .keras file: only if you trust where it is from."
)


def load(command, name, pairs=(), *, trust=False, compile=False):
    """Returns what a command works on.

    Args:
        command: Name of the command that asks, for messages.
        name: "MODULE:FUNCTION", or the path of a .keras file.
        pairs: Texts "name=value": arguments of the function.
        trust: Whether code in a file may run.
        compile: Whether a file's model is compiled as it was, if that can be read.

    Returns:
        A `keras.Model`, or a callable without arguments that returns one.

    Raises:
        ArgumentError: If there is no such model.
    """
    pairs = list(pairs or ())
    if not name.endswith(".keras"):
        return _from_module(command, name, pairs)
    if pairs:
        rule = "`--arg` is for a builder MODULE:FUNCTION, a .keras file takes none"
        raise ArgumentError(describe(command, rule, arg=pairs))
    return _from_file(command, name, trust, compile)


def build(command, name, loaded):
    """Returns the model that `load` returned, or that its callable makes."""
    import keras

    if isinstance(loaded, keras.Model):
        return loaded
    with running_code_of(name):
        model = loaded()
    if not isinstance(model, keras.Model):
        rule = "the builder must return a Keras model"
        raise ArgumentError(describe(command, rule, builder=name, returned=model))
    return model


@contextlib.contextmanager
def running_code_of(name):
    """Reports what code of others raises: then nothing could be checked."""
    try:
        yield
    except (RecipesError, typer.Exit):
        raise
    except Exception as error:
        print(f"Error: {name} raised {type(error).__name__}: {error}", file=sys.stderr)
        raise typer.Exit(NOT_CHECKED) from error


def _from_module(command, name, pairs):
    import keras

    module, _, function = name.partition(":")
    if module.endswith(".py") or not all(map(str.isidentifier, [*module.split("."), function])):
        raise ArgumentError(_misspelt(command, name))
    with running_code_of(module):
        found = _find(command, name, module, function)
    if isinstance(found, keras.Model) and not pairs:
        return found
    if isinstance(found, keras.Model) or not callable(found):
        rule = "the builder must be a function that returns a model"
        raise ArgumentError(describe(command, rule, builder=name, type=type(found).__name__))
    return with_arguments(command, found, pairs)


def _misspelt(command, name):
    """Returns the sentence for a name that is no MODULE:FUNCTION."""
    path, _, function = name.partition(":")
    module = Path(path).stem if Path(path).stem.isidentifier() else "my_models"
    rule = "the builder must be MODULE:FUNCTION, without .py, or a .keras file"
    hint = f"Such as {module}:{function or 'build'}, from the folder that {module}.py is in."
    return describe(command, rule, hint, builder=name)


def _find(command, name, module, function):
    """Imports a module and returns what has this name in it."""
    sys.path.insert(0, "")  # modules of the folder one stands in
    try:
        return getattr(importlib.import_module(module), function)
    except (ModuleNotFoundError, AttributeError) as error:
        if not _is_missing(error, module, function):
            raise  # the module's own code failed
        rule = "the builder must be MODULE:FUNCTION that can be imported, or a .keras file"
        hint = f"It could not be loaded ({error})."
        raise ArgumentError(describe(command, rule, hint, builder=name)) from error


def _is_missing(error, module, function):
    """Whether it says that there is no such module, or no such name in it."""
    if isinstance(error, ModuleNotFoundError):
        return f"{module}.".startswith(f"{error.name}.")
    return error.name == function


def _from_file(command, name, trust, compile):
    """Returns the model in a .keras file, compiled if that is asked for and can be done."""
    from recipes.training.saved import CodeInFileError, load_model

    try:
        if compile:
            with contextlib.suppress(DataError):
                return load_model(name, safe_mode=not trust)
        model = load_model(name, compile=False, safe_mode=not trust)
    except CodeInFileError as error:
        rule = "the file holds code (such as a Lambda layer), and none of it was run"
        hint = "If you trust where it is from, add --trust."
        raise ArgumentError(describe(command, rule, hint, file=name)) from error
    except DataError as error:
        raise ArgumentError(str(error)) from error
    if compile:
        print(
            f"{name} was compiled with what cannot be read: it has no loss here.", file=sys.stderr
        )
    return model
