"""`tuners resume`: go on with a job, from its folder alone."""

import dataclasses
import shlex

import typer

from tuners.cli.engines import ADDRESS, CPUS, ENGINE, GPUS, MEMORY, WORKERS, engine_of, words_of
from tuners.cli.folders import FOLDER, job_plan
from tuners.cli.jobs import AS_JSON, QUIET, SAVED_MODELS, VERBOSE, run_job


def resume(
    folder: str = FOLDER,
    trials: int = typer.Option(
        None, help="Number of trials, at most; more than before go on with a finished search."
    ),
    saved_models: str = SAVED_MODELS,
    engine: str = ENGINE,
    address: str = ADDRESS,
    workers: int = WORKERS,
    cpus_per_trial: float = CPUS,
    gpus_per_trial: float = GPUS,
    memory_per_trial: float = MEMORY,
    as_json: bool = AS_JSON,
    quiet: bool = QUIET,
    verbose: bool = VERBOSE,
):
    """Go on with a job of `tuners search` where it was stopped.

    Its folder says what it was asked to do; a finished job prints its stored result.

    Example:

        tuners resume runs/resnet-digits
        tuners resume runs/resnet-digits --trials 20
    """
    place = {
        "address": address,
        "workers": workers,
        "cpus": cpus_per_trial,
        "gpus": gpus_per_trial,
        "memory": memory_per_trial,
    }
    plan = job_plan(folder)
    if trials is not None:
        plan = dataclasses.replace(plan, trials=trials)
    run_job(
        plan,
        command_of(folder, trials, saved_models, words_of(engine, **place)),
        engine=engine_of(engine, **place),
        folder=folder,
        saved_models=saved_models,
        overwrite=False,
        as_json=as_json,
        quiet=quiet,
        verbose=verbose,
    )


def command_of(folder, trials, saved_models, engine=()):
    """Returns the command that goes on with the job."""
    words = ["tuners", "resume", folder]
    words += ["--trials", str(trials)] if trials is not None else []
    words += ["--saved-models", saved_models] if saved_models != "saved_models" else []
    words += engine
    return shlex.join(words)
