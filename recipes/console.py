"""What both commands share: help, errors in one line, exit codes, a TensorFlow that is quiet."""

import inspect
import os
import re
import sys
import textwrap

import typer

from recipes import __version__
from recipes.errors import ArgumentError, RecipesError
from recipes.interrupts import lasting_interrupts
from recipes.quiet import native_stderr_to

# An argument in an advice; what was received stands behind "Received: " or a comma.
_ADVISED = re.compile(r"(?<!Received: )(?<!, )\b(\w+)=([^\s,]*[^\s,.])")

OK, PROBLEM, WRONG_USE, NOT_CHECKED, INTERRUPTED = 0, 1, 2, 3, 130


def make_app(name, help_text, epilog=None):
    """Returns a typer application with `--version` and `--debug`.

    Args:
        name: Name of the command.
        help_text: What it is for, in a sentence.
        epilog: What stands below its commands, line by line, or None.
    """
    app = typer.Typer(
        name=name,
        help=help_text,
        epilog=epilog and as_it_stands(epilog),
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )

    @app.callback()
    def _options(
        version: bool = typer.Option(
            False, "--version", help="Print the version.", is_eager=True, callback=_print_version
        ),
        debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error."),
    ):
        pass

    _options.__doc__ = help_text
    app.registered_callback.help = help_text
    return app


def add_command(app, function):
    """Adds a command, whose examples stand below its options as they are in its docstring.

    Args:
        app: A typer application.
        function: The command. Its docstring ends with "Example:" and indented lines.
    """
    whole = inspect.getdoc(function) or ""  # `python -OO` has no docstrings
    text, _, examples = whole.partition("\n\nExample:\n\n")
    lines = textwrap.indent(textwrap.dedent(examples), "  ")
    epilog = as_it_stands(f"Examples:\n{lines}") if examples else None
    app.command(help=text, epilog=epilog)(function)


def as_it_stands(text):
    """Returns a text whose lines the help leaves as they are."""
    return "\n\n".join(f"\b\n{paragraph}" for paragraph in text.strip().split("\n\n"))


def _print_version(asked):
    if asked:
        print(f"keras-recipes {__version__}")
        raise typer.Exit


def run(app):
    """Runs an application and ends the process: an error is one message on stderr.

    Exit codes: 0 fine, 1 a problem was found, 2 wrong use, 3 could not check, 130 interrupted.

    Args:
        app: What `make_app` returned, with its commands.
    """
    debug = "--debug" in sys.argv
    sys.argv = [word for word in sys.argv if word != "--debug"]  # it may stand anywhere
    try:
        with lasting_interrupts():
            app(prog_name=app.info.name)
    except RecipesError as error:
        if debug:
            raise
        print(f"Error: {with_options(str(error), _options_of(app))}", file=sys.stderr)
        sys.exit(WRONG_USE if isinstance(error, ArgumentError) else PROBLEM)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        sys.exit(INTERRUPTED)


def with_options(message, options):
    """Returns a message whose advice names options as the shell has them.

    "Take epochs=40, or force=True." becomes "Take --epochs 40, or --force."; what was received is
    left as it is.

    Args:
        message: Text of an error.
        options: Dict of the options of the command by the name of the argument.
    """

    def shown(found):
        name, value = found.groups()
        if name not in options:
            return found[0]
        return options[name] if value == "True" else f"{options[name]} {value}"

    return _ADVISED.sub(shown, message)


def _options_of(app):
    """Returns the options of the command that was called, by the name of the argument."""
    commands = typer.main.get_command(app).commands
    command = next((commands[word] for word in sys.argv[1:] if word in commands), None)
    named = ((one.name, max(one.opts, key=len)) for one in command.params) if command else ()
    return {name: option for name, option in named if option.startswith("--")}


def load_tensorflow():
    """Imports TensorFlow without the notes on processors that it writes past Python's streams."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # errors are raised
    with native_stderr_to(os.devnull):
        import tensorflow as tf

        tf.config.list_physical_devices()
    tf.get_logger().setLevel("ERROR")  # each trial traces anew, which it takes for a mistake
