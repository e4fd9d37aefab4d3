"""`tuners search`: search, train the best, test it once, export it."""

import shlex

import typer

from recipes.cli.options import BUILDER, DATA, SEED
from tuners.cli.engines import with_place
from tuners.cli.jobs import AS_JSON, QUIET, SAVED_MODELS, VERBOSE, run_job
from tuners.plan import Plan

_DEFAULT = Plan()


@with_place
def search(
    model: str = BUILDER,
    data: str = DATA,
    trials: int = typer.Option(_DEFAULT.trials, help="Number of trials, at most."),
    epochs: int = typer.Option(_DEFAULT.epochs, help="Passes over the data of each trial."),
    final_epochs: int = typer.Option(
        _DEFAULT.final_epochs, help="Passes over the data of the best setting, in the end."
    ),
    search: str = typer.Option(
        _DEFAULT.search, metavar="KIND", help="Kind of search: bayesian or random."
    ),
    seed: int = SEED,
    folder: str = typer.Option(
        None, metavar="FOLDER", help="Where the job is kept.  [default: runs/MODEL-DATA]"
    ),
    saved_models: str = SAVED_MODELS,
    overwrite: bool = typer.Option(False, "--overwrite", help="Delete an earlier job first."),
    place=None,
    as_json: bool = AS_JSON,
    quiet: bool = QUIET,
    verbose: bool = VERBOSE,
):
    """Search for the best setting, train it, test it once, export it.

    Whatever is finished is kept: the same command goes on after Ctrl-C or a kill.

    Example:

        tuners search --model resnet --data digits
        tuners search --model mlp --data table.npz --trials 20 --epochs 10
        tuners search --data photos --engine ray --workers 4
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
