"""The command `tuners`."""

import json

import typer

from recipes.console import INTERRUPTED, load_tensorflow, make_app, run
from recipes.models import BUILDERS
from tuners.plan import Plan

app = make_app("tuners", "Search for good settings in few trials, and lose nothing.")
_DEFAULT = Plan()


@app.command()
def search(
    model: str = typer.Option(_DEFAULT.model, help=f"Model builder: {', '.join(BUILDERS)}."),
    data: str = typer.Option(
        _DEFAULT.data, help="Data: digits, or an .npz file with the arrays x and y."
    ),
    trials: int = typer.Option(_DEFAULT.trials, help="Number of trials, at most."),
    epochs: int = typer.Option(_DEFAULT.epochs, help="Epochs of each trial."),
    final_epochs: int = typer.Option(_DEFAULT.final_epochs, help="Epochs of the best setting."),
    search: str = typer.Option(_DEFAULT.search, help="Kind of search: bayesian or random."),
    seed: int = typer.Option(_DEFAULT.seed, help="Seed of all that is random."),
    folder: str = typer.Option(None, help="Where the job is kept.  [default: runs/MODEL-DATA]"),
    saved_models: str = typer.Option("saved_models", help="Where exports land."),
    overwrite: bool = typer.Option(False, "--overwrite", help="Delete an earlier job first."),
    as_json: bool = typer.Option(False, "--json", help="Print the result as JSON."),
    quiet: bool = typer.Option(False, "--quiet", "-q", help="Print the result alone."),
    verbose: bool = typer.Option(False, "--verbose", "-v", help="Print each trial as it ends."),
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
    load_tensorflow()
    from tuners.show import JobView
    from tuners.tune import Job

    view = JobView(as_json=as_json, quiet=quiet, verbose=verbose)
    job = Job(plan, folder=folder, saved_models=saved_models, overwrite=overwrite)
    try:
        result = view.run(job)
    except KeyboardInterrupt:
        view.stopped(job, _command(plan, folder, saved_models))
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        print(json.dumps(view.to_dict(job, result), indent=2))


def _command(plan, folder, saved_models):
    """Returns the command that goes on with a job."""
    words = [plan.command]
    words += ["--folder", folder] if folder else []
    words += ["--saved-models", saved_models] if saved_models != "saved_models" else []
    return " ".join(words)


def main():
    """Runs the command `tuners`."""
    run(app)


if __name__ == "__main__":
    main()
