"""TensorBoard's HParams tab, read as TensorBoard reads it: by the plugin's own backend."""

import keras_tuner as kt
import pytest
from commands import run_command
from studies import oracle_in, search, try_settings
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.hparams import api_pb2
from tensorboard.plugins.hparams.backend_context import Context
from tensorboard.plugins.hparams.get_experiment import Handler as Experiment
from tensorboard.plugins.hparams.list_session_groups import Handler as Groups

from recipes.errors import FolderError
from tuners import write_hparams
from tuners.cli import main

SETTINGS = [
    {"optimizer": "sgd", "momentum": 0.5, "units": 8},
    {"optimizer": "adam", "units": 32},
    {"optimizer": "adam", "units": 64},
]


def loss(values):
    """The second epoch is the best; 64 units fail."""
    if values["units"] == 64:
        raise OverflowError("the loss is nan")
    return [2.0, 8.0 / values["units"], 3.0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    hp = kt.HyperParameters()
    hp.Choice("optimizer", ["sgd", "adam"])
    with hp.conditional_scope("optimizer", ["sgd"]):
        hp.Float("momentum", 0.0, 0.9)
    hp.Int("units", 8, 64)
    folder = tmp_path_factory.mktemp("study")
    try_settings(oracle_in(folder, hp), SETTINGS, loss)
    return folder


def read(logdir):
    """Returns what the plugin answers to the tab: the experiment, and its groups of sessions."""
    multiplexer = EventMultiplexer().AddRunsFromDirectory(str(logdir))
    multiplexer.Reload()
    provider = MultiplexerDataProvider(multiplexer, str(logdir))
    context = Context(TBContext(logdir=str(logdir), data_provider=provider))
    request = RequestContext()
    experiment = Experiment(
        request, context, "", api_pb2.GetExperimentRequest(include_metrics=True)
    ).run()
    asked = api_pb2.ListSessionGroupsRequest(
        start_index=0,
        slice_size=100,
        allowed_statuses=[
            api_pb2.STATUS_SUCCESS,
            api_pb2.STATUS_FAILURE,
            api_pb2.STATUS_UNKNOWN,
        ],
        col_params=[
            *(api_pb2.ColParams(hparam=info.name) for info in experiment.hparam_infos),
            *(api_pb2.ColParams(metric=info.name) for info in experiment.metric_infos),
        ],
    )
    groups = Groups(request, context, "", asked).run().session_groups
    return experiment, {group.name: group for group in groups}


def hparams_of(group):
    return {name: value.string_value or value.number_value for name, value in group.hparams.items()}


def test_the_tab_lists_the_trials_with_their_settings_and_scores(folder, tmp_path):
    experiment, groups = read(write_hparams(folder, tmp_path / "logs"))
    assert {info.name for info in experiment.hparam_infos} == {"optimizer", "momentum", "units"}
    assert {info.name.tag for info in experiment.metric_infos} == {"best/score", "score"}
    found = {name: hparams_of(group) for name, group in groups.items()}
    assert list(found.values()) == SETTINGS
    scores = [
        {value.name.tag: value.value for value in group.metric_values} for group in groups.values()
    ]
    assert scores == [{"best/score": 1.0, "score": 3.0}, {"best/score": 0.25, "score": 3.0}, {}]


def test_the_tab_tells_which_trials_failed(folder, tmp_path):
    _, groups = read(write_hparams(folder, tmp_path / "logs"))
    statuses = [group.sessions[0].status for group in groups.values()]
    done, failed = api_pb2.STATUS_SUCCESS, api_pb2.STATUS_FAILURE
    assert statuses == [done, done, failed]


def test_a_trial_that_runs_has_not_ended(tmp_path):
    hp = kt.HyperParameters()
    hp.Boolean("dropout")
    oracle = search(oracle_in(tmp_path, hp), lambda values: 1.0, 1)
    oracle.create_trial("tuner0")
    _, groups = read(write_hparams(oracle, tmp_path / "logs"))
    statuses = {group.sessions[0].status for group in groups.values()}
    assert statuses == {api_pb2.STATUS_SUCCESS, api_pb2.STATUS_UNKNOWN}


def test_what_is_written_again_takes_the_place_of_the_former(folder, tmp_path):
    for _ in range(2):
        write_hparams(folder, tmp_path / "logs")
    assert len(list((tmp_path / "logs").glob("events.*"))) == 1
    assert len(list((tmp_path / "logs" / "trial-000").iterdir())) == 1


def test_the_command_writes_it_and_says_how_to_look(folder, tmp_path):
    result = run_command(tmp_path, main, "report", folder, "--json", "--tensorboard", "logs")
    assert (result.returncode, result.stderr) == (0, "")
    assert len(read(tmp_path / "logs")[1]) == 3


def test_a_folder_that_cannot_be_written_is_refused(folder, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FolderError) as caught:
        write_hparams(folder, tmp_path / "file" / "logs")
    assert str(caught.value) == (
        "write_hparams: the folder must be one that can be written to (Not a directory). Received: "
        f"folder={str(tmp_path / 'file' / 'logs')!r}. Name another one."
    )
