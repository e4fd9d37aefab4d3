"""`tuners resume`: go on with a job, from its folder alone."""

import dataclasses
import shlex

import typer

from tuners.cli.engines import with_place
from tuners.cli.folders import FOLDER, job_plan
from tuners.cli.jobs import AS_JSON, QUIET, SAVED_MODELS, VERBOSE, run_job


@with_place
def resume(
    folder: str = FOLDER,
    trials: int = typer.Option(
        None, help="Number of trials, at most; more than before go on with a finished search."
    ),
    saved_models: str = SAVED_MODELS,
    place=None,
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
    plan = job_plan(folder)
    if trials is not None:
        plan = dataclasses.replace(plan, trials=trials)
    run_job(
        plan,
        command_of(folder, trials, saved_models, place.words),
        engine=place.make_engine(),
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
