"""`tuners search`: search, train the best, test it once, export it."""

import shlex

import typer

from recipes.models import BUILDERS
from tuners.cli.engines import with_place
from tuners.cli.jobs import AS_JSON, QUIET, SAVED_MODELS, VERBOSE, run_job
from tuners.plan import Plan

_DEFAULT = Plan()


@with_place
def search(
    model: str = typer.Option(_DEFAULT.model, help=f"Model builder: {', '.join(BUILDERS)}."),
    data: str = typer.Option(
        _DEFAULT.data,
        help="Data: digits, cifar10, a folder of images, or an .npz file with x and y.",
    ),
    trials: int = typer.Option(_DEFAULT.trials, help="Number of trials, at most."),
    epochs: int = typer.Option(_DEFAULT.epochs, help="Epochs of each trial."),
    final_epochs: int = typer.Option(_DEFAULT.final_epochs, help="Epochs of the best setting."),
    search: str = typer.Option(_DEFAULT.search, help="Kind of search: bayesian or random."),
    seed: int = typer.Option(_DEFAULT.seed, help="Seed of all that is random."),
    folder: str = typer.Option(None, help="Where the job is kept.  [default: runs/MODEL-DATA]"),
    saved_models: str = SAVED_MODELS,
    overwrite: bool = typer.Option(False, "--overwrite", help="Delete an earlier job first."),
    place=None,
    as_json: bool = AS_JSON,
    quiet: bool = QUIET,
    verbose: bool = VERBOSE,
):
    """Search for the best setting, train it, test it once, export it.

    Whatever is finished is kept: the same command goes on after Ctrl-C or a kill.

    Example: tuners search --model resnet --data digits
    """
    plan = Plan(
        model=model,
        data=data,
        trials=trials,
        epochs=epochs,
        final_epochs=final_epochs,
        search=search,
        seed=seed,
    )
    run_job(
        plan,
        command_of(plan, folder, saved_models, place.words),
        engine=place.make_engine(),
        folder=folder,
        saved_models=saved_models,
        overwrite=overwrite,
        as_json=as_json,
        quiet=quiet,
        verbose=verbose,
    )


def command_of(plan, folder, saved_models, engine=()):
    """Returns the command that goes on with a job."""
    words = plan.command
    words += ["--folder", folder] if folder else []
    words += ["--saved-models", saved_models] if saved_models != "saved_models" else []
    words += engine
    return shlex.join(words)
