"""Where the trials of a job run, as options of a command."""

import dataclasses
import functools
import inspect

import typer

from recipes.errors import ArgumentError, describe
from tuners.engines.names import ENGINES, check_engine
from tuners.engines.ray import RayEngine

_GIB = 2**30
_HELP = {
    "engine": f"Where trials run: {', '.join(ENGINES)}.",
    "address": "With --engine ray: address of the cluster, or auto.  [default: this machine]",
    "workers": "With --engine ray: trials at once.  [default: what has room]",
    "cpus_per_trial": "With --engine ray: processors for each trial.  [default: 1]",
    "gpus_per_trial": "With --engine ray: GPUs for each trial, 0.5 is half of one.",
    "memory_per_trial": "With --engine ray: memory for each trial, in GiB.",
}
_METAVARS = {"engine": "NAME", "address": "ADDRESS"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Place:
    """Where trials run, as a person has asked for it; the fields are options of a command.

    Args:
        engine: Name of the engine.
        address: As in `RayEngine`.
        workers: As in `RayEngine`.
        cpus_per_trial: Processors, or None.
        gpus_per_trial: GPUs, or None.
        memory_per_trial: GiB, or None.
    """

    engine: str = "local"
    address: str | None = None
    workers: int | None = None
    cpus_per_trial: float | None = None
    gpus_per_trial: float | None = None
    memory_per_trial: float | None = None

    def make_engine(self):
        """Returns the engine.

        Raises:
            ArgumentError: If a value breaks its rule, or an option is another engine's.
        """
        if self.engine != "ray":
            others = dataclasses.replace(self, engine="local").words
            if others:
                rule = f"{others[0]} is an option of --engine ray"
                raise ArgumentError(describe("tuners", rule, engine=self.engine))
            return check_engine("tuners", self.engine)
        memory = self.memory_per_trial and int(self.memory_per_trial * _GIB)
        asked = {"cpus": self.cpus_per_trial, "gpus": self.gpus_per_trial, "memory": memory}
        resources = {name: value for name, value in asked.items() if value is not None}
        return RayEngine(address=self.address, workers=self.workers, resources=resources)

    @property
    def words(self):
        """The words of a command that ask for it, as a list."""
        words = []
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if value != field.default:
                shown = f"{value:g}" if isinstance(value, float) else str(value)
                words += [f"--{field.name.replace('_', '-')}", shown]
        return words


def with_place(command):
    """Gives a command the options of a `Place` where it has a parameter `place`.

    Args:
        command: A function as typer takes it, but for that parameter, which is given the `Place`.
    """
    signature = inspect.signature(command)
    options = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=typer.Option(
                field.default, metavar=_METAVARS.get(field.name), help=_HELP[field.name]
            ),
            annotation=field.type,
        )
        for field in dataclasses.fields(Place)
    ]

    @functools.wraps(command)
    def called(**given):
        place = Place(**{option.name: given.pop(option.name) for option in options})
        return command(**given, place=place)

    own = signature.parameters.values()
    expanded = [new for each in own for new in (options if each.name == "place" else [each])]
    called.__signature__ = signature.replace(parameters=expanded)
    called.__annotations__ = {each.name: each.annotation for each in expanded}
    return called
