"""A proposal, and the person who accepts it, names another value, or stops (guide row 75)."""

import dataclasses
import sys

from rich.prompt import Prompt

from recipes.errors import ArgumentError, describe


@dataclasses.dataclass(frozen=True)
class Proposal:
    """One change of one hyperparameter.

    Args:
        name: Name of the hyperparameter.
        old: Its value in the trial that the change is made to.
        new: The value that is proposed.
        reason: What the trials have shown, as a sentence.
    """

    name: str
    old: object
    new: object
    reason: str

    def __str__(self):
        return f"{self.reason}: {self.name} {shown(self.old)} -> {shown(self.new)}"


def shown(value):
    """Returns a value as a person reads it."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def check_terminal(where, stream=None):
    """Refuses to ask where nobody can answer.

    Args:
        where: Name of the class, for the message.
        stream: What is read from; None takes stdin.

    Raises:
        ArgumentError: If it is no terminal.
    """
    if not (stream or sys.stdin).isatty():
        rule = "`interactive=True` needs a terminal to ask in"
        hint = "Run the script in one, or pass `ask=`, a function from the proposal to the answer."
        raise ArgumentError(describe(where, rule, hint))


def ask_in_terminal(proposal, complaint=""):
    """Asks the person at the terminal.

    Args:
        proposal: A `Proposal`.
        complaint: Why the former answer cannot be taken, or nothing.

    Returns:
        The answer as text: nothing accepts, "next" asks for another proposal, "stop" ends the
        search, all else is a value.
    """
    print(complaint or f"\n{proposal}")
    text = f"Enter takes {shown(proposal.new)}; or another value, next, stop"
    return Prompt.ask(text, default="", show_default=False)
