"""`recipes weights`: what the weights and the features of a model look like, from the shell."""

import json

import typer

from recipes.cli.arguments import ARGUMENTS
from recipes.cli.batch import load_batch
from recipes.cli.models import MODEL, TRUST, build, load, running_code_of
from recipes.console import OK, PROBLEM, load_tensorflow


def weights(
    builder: str = MODEL,
    arg: list[str] = ARGUMENTS,
    data: str = typer.Option(
        None,
        metavar="FILE",
        help="An .npz file with a batch: x, and y for the gradients. With it the features are "
        "looked at too.",
    ),
    png: str = typer.Option(None, metavar="FILE", help="Draw the filters into this .png file."),
    logdir: str = typer.Option(
        None, metavar="FOLDER", help="Write pictures and figures for TensorBoard here."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the report as JSON."),
    trust: bool = TRUST,
):
    """Look at the weights of a trained model.

    Are the filters smooth, are they alive, and do they get gradients?

    Exit codes: 0 nothing is wrong, 1 a problem was found, 2 wrong use, 3 could not be checked.

    Example:

        recipes weights runs/first/model.keras
        recipes weights model.keras --data batch.npz --png weights.png
    """
    load_tensorflow()
    from recipes.diagnosis.features import feature_report
    from recipes.diagnosis.weights import weight_report

    model = build("weights", builder, load("weights", builder, arg, trust=trust, compile=True))
    inputs, targets = load_batch("weights", data, lambda: model) if data else (None, None)
    with running_code_of(builder):
        batch = None if targets is None else (inputs, targets)
        reports = [weight_report(model, batch, png=png, logdir=logdir)]
        if data:
            reports.append(feature_report(model, inputs, logdir=logdir))
    if as_json:
        found = {"weights": reports[0].to_dict()}
        if data:
            found["features"] = reports[1].to_dict()
        print(json.dumps(found, indent=2))
    else:
        print("\n\n".join(map(str, reports)))
    raise typer.Exit(OK if all(report.ok for report in reports) else PROBLEM)
