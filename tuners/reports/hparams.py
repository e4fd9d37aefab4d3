"""The trials of a search for TensorBoard: its HParams tab, and their curves in the Scalars tab."""

from pathlib import Path
from statistics import fmean

from tuners.results import read_search
from tuners.trial_result import FAILED, UNFINISHED

_SUFFIX = ".hparams"  # of our event files: those of the next report take their place


def write_hparams(source, logdir):
    """Writes the trials of a search for `tensorboard --logdir`.

    Each trial is a run of its own: its hyperparameters, its metrics at each epoch, and how it
    ended. The last value of a metric is the one that the HParams tab shows, so the objective has
    a further tag there, `best/NAME`: the trial's score.

    Args:
        source: A tuner or an oracle of ours, the folder of a search or a job, or a `Search`.
        logdir: A folder. What was written there for the same trials before is replaced.

    Returns:
        The folder as a `Path`.

    Raises:
        FolderError: If a folder holds no search, or cannot be written to.

    Example:

        write_hparams("runs/resnet-digits", "logs")     # then: tensorboard --logdir logs
    """
    from recipes.summaries import write_events  # TensorBoard takes a second to import

    search = read_search(source)
    folder = write_events("write_hparams", logdir, [_experiment(search)], _SUFFIX)
    for trial in search.trials:
        write_events(
            "write_hparams", folder / f"trial-{trial.trial}", _session(search, trial), _SUFFIX
        )
    return Path(folder)


def best_tag(search):
    """Returns the tag of the scores in the HParams tab."""
    return f"best/{search.objective}"


# --- steps ----------------------------------------------------------------------------------------


def _experiment(search):
    """Returns the event that says which hyperparameters and metrics there are."""
    from tensorboard.plugins.hparams import summary_v2 as hp

    hparams = [hp.HParam(name, _domain(each, hp)) for name, each in search.parameters.items()]
    names = dict.fromkeys(name for trial in search.trials for name in trial.curves)
    metrics = [hp.Metric(tag) for tag in (best_tag(search), *names)]
    return _event(hp.hparams_config_pb(hparams=hparams, metrics=metrics))


def _domain(parameter, hp):
    """Returns the values that a hyperparameter can have."""
    if "min_value" not in parameter:
        return hp.Discrete(list(parameter.get("values", (False, True))))
    low, high = parameter["min_value"], parameter["max_value"]
    return hp.RealInterval(float(low), float(high))


def _session(search, trial):
    """Yields the events of one trial. Its times count from its beginning."""
    from tensorboard.plugins.hparams import api_pb2, summary
    from tensorboard.plugins.hparams import summary_v2 as hp

    from recipes.summaries import scalar_event

    yield _event(hp.hparams_pb(trial.values, trial_id=trial.trial, start_time_secs=0))
    for name, curve in trial.curves.items():
        for epoch, values in curve.items():
            yield scalar_event(name, fmean(values), epoch)
    if trial.score is not None:
        yield scalar_event(best_tag(search), trial.score, trial.best_epoch)
    if trial.status != UNFINISHED:
        ended = api_pb2.STATUS_FAILURE if trial.status == FAILED else api_pb2.STATUS_SUCCESS
        yield _event(summary.session_end_pb(ended, end_time_secs=trial.seconds or 0))


def _event(summary):
    """Returns an event with a summary that the plugin has made."""
    from tensorboard.compat.proto import event_pb2, summary_pb2

    return event_pb2.Event(summary=summary_pb2.Summary.FromString(summary.SerializeToString()))
