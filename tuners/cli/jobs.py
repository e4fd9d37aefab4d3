"""A job on the command line: what `tuners search` and `tuners resume` share."""

import json

import typer

from recipes.console import INTERRUPTED, load_tensorflow

SAVED_MODELS = typer.Option("saved_models", metavar="FOLDER", help="Where exports land.")
AS_JSON = typer.Option(False, "--json", help="Print the result as JSON.")
QUIET = typer.Option(False, "--quiet", "-q", help="Print the result alone.")
VERBOSE = typer.Option(False, "--verbose", "-v", help="Print each trial as it ends.")


def run_job(plan, command, *, engine, folder, saved_models, overwrite, as_json, quiet, verbose):
    """Runs what is left of a job, and tells a person or a script about it.

    Args:
        plan: The `Plan`.
        command: The command that goes on with it, which Ctrl-C names.
        engine: As in `tuners.tune.tune`.
        folder: As in `tuners.tune.tune`.
        saved_models: As in `tuners.tune.tune`.
        overwrite: As in `tuners.tune.tune`.
        as_json: Whether the result is printed as JSON.
        quiet: Whether the result alone is printed.
        verbose: Whether each trial is printed as it ends.
    """
    load_tensorflow()
    from tuners.show import JobView
    from tuners.tune import Job

    view = JobView(as_json=as_json, quiet=quiet, verbose=verbose)
    places = {"folder": folder, "saved_models": saved_models, "engine": engine}
    job = Job(plan, overwrite=overwrite, **places)
    try:
        result = view.run(job)
    except KeyboardInterrupt:
        view.stopped(job, command)
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        print(json.dumps(view.to_dict(job, result), indent=2))
