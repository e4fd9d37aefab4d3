"""Where the trials of a job run, as options of a command."""

import typer

from recipes.errors import ArgumentError, describe
from tuners.engines.names import ENGINES, check_engine
from tuners.engines.ray import RayEngine

ENGINE = typer.Option("local", metavar="NAME", help=f"Where trials run: {', '.join(ENGINES)}.")
ADDRESS = typer.Option(
    None,
    metavar="ADDRESS",
    help="With --engine ray: address of the cluster, or auto.  [default: this machine]",
)
WORKERS = typer.Option(None, help="With --engine ray: trials at once.  [default: what has room]")
CPUS = typer.Option(None, help="With --engine ray: processors for each trial.  [default: 1]")
GPUS = typer.Option(None, help="With --engine ray: GPUs for each trial, 0.5 is half of one.")
MEMORY = typer.Option(None, help="With --engine ray: memory for each trial, in GiB.")
_GIB = 2**30


def engine_of(engine, *, address, workers, cpus, gpus, memory):
    """Returns the engine that the options of a command ask for.

    Args:
        engine: Its name.
        address: As in `RayEngine`.
        workers: As in `RayEngine`.
        cpus: Processors for each trial, or None.
        gpus: GPUs for each trial, or None.
        memory: GiB for each trial, or None.

    Raises:
        ArgumentError: If a value breaks its rule, or an option is another engine's.
    """
    if engine != "ray":
        words = words_of(address=address, workers=workers, cpus=cpus, gpus=gpus, memory=memory)
        if words:
            rule = f"{words[0]} is an option of --engine ray"
            raise ArgumentError(describe("tuners", rule, engine=engine))
        return check_engine("tuners", engine)
    resources = {"cpus": cpus, "gpus": gpus, "memory": memory and int(memory * _GIB)}
    resources = {name: value for name, value in resources.items() if value is not None}
    return RayEngine(address=address, workers=workers, resources=resources)


def words_of(engine="local", *, address, workers, cpus, gpus, memory):
    """Returns the words of a command that ask for an engine, as a list."""
    options = {
        "--address": address,
        "--workers": workers,
        "--cpus-per-trial": cpus,
        "--gpus-per-trial": gpus,
        "--memory-per-trial": memory,
    }
    words = ["--engine", engine] if engine != "local" else []
    for option, value in options.items():
        if value is not None:
            words += [option, f"{value:g}" if isinstance(value, float) else str(value)]
    return words
