"""The page that `tuners report` writes: what it says of searches of all kinds, and how large it is.

What a browser makes of it is in test_report_browser.py.
"""

import builtins
import json
import re

import keras_tuner as kt
import numpy as np
import pytest
from commands import run_command
from hypothesis import given
from hypothesis import strategies as st
from studies import oracle_in, run_trial, search

from recipes.errors import ArgumentError, FolderError, RecipesError
from tuners import write_report
from tuners.cli import main
from tuners.constraints import parse_constraints
from tuners.objectives import non_dominated_ranks
from tuners.plots.settings import settings_picture
from tuners.reports.charts import counted, rounded, text
from tuners.reports.markup import duration, element, number
from tuners.reports.sections import cost, diagnosis, failures, front
from tuners.reports.sections.parallel import dimension
from tuners.reports.write import page
from tuners.results import read_search
from tuners.trial_result import TrialResult

pytest.importorskip("plotly")


def rate_space():
    hp = kt.HyperParameters()
    hp.Float("rate", 1e-3, 1.0, sampling="log")
    hp.Int("width", 8, 64)
    return hp


def falling(values):
    """Falls over three epochs; large rates fail."""
    if values["rate"] > 0.5:
        raise OverflowError("the loss is nan")
    return [values["rate"] + 2.0, values["rate"] + 1.0, values["rate"]]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A search of 12 trials, some of which have failed, and its page."""
    oracle = oracle_in(
        tmp_path_factory.mktemp("study"), rate_space(), max_consecutive_failed_trials=9
    )
    found = read_search(search(oracle, falling, 12))
    return found, page(found)


def figures_of(made):
    """Returns the figures of a page, as its script reads them."""
    (found,) = re.findall(r'<script type="application/json" id="figures">(.*?)</script>', made)
    return json.loads(found)


def words_of(made):
    """Returns what stands in a page between its tags, above the scripts."""
    return " ".join(re.sub(r"<[^>]+>", " ", made.split("</style>")[1].split("<script")[0]).split())


# --- what it says ---------------------------------------------------------------------------------


def test_the_page_has_a_section_for_each_question(study):
    titles = re.findall(r"<h2>(.*?)</h2>", study[1])
    assert titles == [
        "Best setting",
        "Diagnosis of the best run",
        "History",
        "Learning curves",
        "What mattered",
        "Parallel coordinates",
        "Slices",
        "Time and cost",
        "Failed trials",
        "All trials",
    ]


def test_the_history_shows_the_scores_and_the_best_so_far(study):
    found, made = study
    names = {"best so far", "finished", "failed", "best"}
    traces = {trace["name"]: trace for trace in figures_of(made)[0]["data"]}
    assert set(traces) == names
    scores = [np.nan if trial.score is None else trial.score for trial in found.trials]
    assert traces["best so far"]["y"] == rounded(np.fmin.accumulate(scores))
    assert traces["finished"]["y"] == rounded([trial.score for trial in found.scored])
    assert traces["best"]["x"] == [int(found.best.trial)]


def test_each_trial_that_has_reported_has_a_curve(study):
    found, made = study
    curves = figures_of(made)[1]["data"]
    drawn = sorted(tuple(curve["y"]) for curve in curves)
    assert drawn == sorted(
        tuple(rounded([v[0] for v in trial.curves["score"].values()])) for trial in found.scored
    )


def test_each_failed_trial_stands_with_its_reason(study):
    found, made = study
    failed = [trial.trial for trial in found.trials if trial.status == "failed"]
    assert f"Trials {', '.join(failed)} : OverflowError: the loss is nan" in words_of(made)


def test_the_findings_of_the_graph_check_are_told_once_with_their_trials():
    message = (
        "check_graph: model 'm' has layers that cannot learn:\n"
        "  CUT: layer 'a' (kernel: 9 parameters) gets no gradient.\n"
        "  UNUSED: layer 'b' is not used."
    )
    trials = [TrialResult(name, {}, None, "failed", message, {}, None) for name in ("00", "03")]
    other = TrialResult("01", {}, None, "failed", "Traceback …\nValueError: CUT: no", {}, None)
    assert failures.findings_of([*trials, other]) == {
        ("CUT", "layer 'a' (kernel: 9 parameters) gets no gradient."): ["00", "03"],
        ("UNUSED", "layer 'b' is not used."): ["00", "03"],
    }
    assert failures.reasons_of([*trials, other]) == {"ValueError: CUT: no": [other]}


def test_the_diagnosis_is_that_of_the_curves_of_the_best_trial():
    train, validation = [2.3, 1.0, 0.1, 0.01, 0.001], [2.3, 1.2, 1.0, 1.1, 1.3]
    curves = {
        "loss": {n: [value] for n, value in enumerate(train, start=1)},
        "val_loss": {n: [value - 0.1, value + 0.1] for n, value in enumerate(validation, start=1)},
    }
    trial = TrialResult("0", {"learning_rate": 0.1}, 1.0, "finished", "", curves, 3)
    found = diagnosis.diagnosis_of(trial)
    assert found.verdict == "overfitting"
    assert found.validation_loss == pytest.approx(1.3)  # the mean of both executions


def test_pruning_saves_what_is_left_to_the_longest_trial():
    def trial(epochs, status):
        curves = {"loss": {epoch: [1.0] for epoch in range(1, epochs + 1)}}
        return TrialResult("0", {}, 1.0, status, "", curves, 1)

    trials = [trial(10, "finished"), trial(5, "finished"), trial(3, "pruned"), trial(1, "pruned")]
    assert cost.saved_epochs(trials) == 7 + 9


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.25, "0.25 s"), (42.4, "42 s"), (60, "1 min"), (3599, "1 h 0 min"), (7500, "2 h 5 min")],
)
def test_durations_are_told_in_units_that_fit(seconds, said):
    assert duration(seconds) == said


# --- searches of all kinds ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (69_388.0, "69,388"),  # a count: all its digits
        (0.123456, "0.1235"),
        (128.0, "128"),
        (12_345.67, "1.235e+04"),
        (float("inf"), "inf"),
        (None, "–"),
        ("relu", "relu"),
    ],
)
def test_numbers_are_told_in_four_digits_and_counts_in_full(value, said):
    assert number(value) == said


def test_few_trials_have_a_tick_each_and_many_have_plotlys():
    assert counted([0, 1, 2]) == {"tickformat": "d", "tick0": 0, "dtick": 1}
    assert counted(range(40)) == counted([3, 40]) == {"tickformat": "d"}
    assert counted([]) == {"tickformat": "d", "tick0": 0, "dtick": 1}


def test_a_search_whose_trials_all_failed_has_a_page(tmp_path):
    oracle = oracle_in(tmp_path, rate_space(), max_consecutive_failed_trials=9)
    search(oracle, lambda values: 1 / 0, 3)
    words = words_of(page(read_search(oracle)))
    assert "trials: 3 failed" in words
    assert "No trial has a score yet." in words
    assert "ZeroDivisionError: division by zero" in words


def test_scores_that_are_no_numbers_are_gaps(tmp_path):
    oracle = oracle_in(tmp_path, rate_space())
    scores = iter([[1.0, float("nan")], [float("inf"), 2.0], [float("nan")] * 2, [3.0, 2.0]])
    search(oracle, lambda values: next(scores), 4)
    made = page(read_search(oracle))
    assert {tuple(curve["y"]) for curve in figures_of(made)[1]["data"]} >= {
        (1.0, None),
        (None, 2.0),
        (None, None),
    }


def test_a_search_that_runs_has_a_page(tmp_path):
    oracle = search(oracle_in(tmp_path, rate_space()), lambda values: 0.5, 1)
    running = oracle.create_trial("tuner0")
    assert "trials: 1 finished, 1 unfinished" in words_of(page(read_search(oracle)))
    run_trial(oracle, running, lambda values: 0.25)


def test_a_search_in_which_no_trial_has_begun_has_a_page(tmp_path):
    oracle = search(oracle_in(tmp_path, rate_space()), lambda values: 0.5, 1)
    first, *_ = oracle.journal.path.read_bytes().splitlines(keepends=True)
    oracle.journal.path.write_bytes(first)  # as a kill before the first trial leaves it
    assert "No trial has begun." in words_of(page(read_search(oracle)))


def test_a_parameter_that_is_not_used_stands_below_its_axis(tmp_path):
    hp = kt.HyperParameters()
    hp.Choice("optimizer", ["sgd", "adam"])
    with hp.conditional_scope("optimizer", ["sgd"]):
        hp.Float("momentum", 0.0, 0.9)
    oracle = search(oracle_in(tmp_path, hp), lambda values: float(len(values)), 8)
    picture = settings_picture(oracle)
    drawn = dimension(picture.axes[1], picture.places[:, 1])
    assert drawn["ticktext"][0] == "not used"
    unused = [trial.values["optimizer"] == "adam" for trial in picture.trials]
    assert [value < 0 for value in drawn["values"]] == unused
    assert 0 < sum(unused) < 8
    assert words_of(page(read_search(oracle)))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1))
def test_the_front_has_the_trials_that_no_other_dominates(points):
    points = np.array(points, dtype=float)
    found = front.front_of(points, {"loss": "min", "accuracy": "max"})
    assert found.tolist() == (non_dominated_ranks(points * [1, -1]) == 0).tolist()


def test_several_objectives_have_their_front(tmp_path):
    objectives = [kt.Objective("loss", "min"), kt.Objective("accuracy", "max")]
    from tuners.oracles import RandomSearchOracle

    oracle = RandomSearchOracle(objectives, max_trials=9, seed=0, hyperparameters=rate_space())
    oracle.verbose = 0
    oracle.constraints = parse_constraints("test", "loss <= 2")
    oracle._set_project_dir(str(tmp_path), "search")
    for loss, accuracy in [(1.0, 0.5), (2.0, 0.9), (2.0, 0.5), (3.0, 1.0)]:
        trial = oracle.create_trial("tuner0")
        oracle.update_trial(trial.trial_id, {"loss": loss, "accuracy": accuracy})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
    words = words_of(page(read_search(oracle)))
    told = "good in the others than these: 2 trials of 3. Trials that break a constraint are left"
    assert told in words
    assert "It meets the constraints: loss &lt;= 2." in words
    assert "finished, breaks loss &lt;= 2" in words
    front_points = {
        t["name"]: (t["x"], t["y"]) for t in figures_of(page(read_search(oracle)))[0]["data"]
    }
    assert front_points["front"] == ([1.0, 2.0], [0.5, 0.9])


# --- escaping -------------------------------------------------------------------------------------


@given(st.text())
def test_a_text_stays_a_text_whatever_is_in_it(value):
    from xml.etree import ElementTree

    made = ElementTree.tostring(element("p", value), encoding="unicode", method="html")
    inside = made.removeprefix("<p>").removesuffix("</p>")
    assert "<" not in inside
    assert ">" not in inside
    assert "<" not in text(value)


def test_the_policy_of_the_page_lets_no_other_script_run_and_nothing_be_loaded(study):
    (policy,) = re.findall(r'Content-Security-Policy" content="(.*?)"', study[1])
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-inline' " not in policy.split("style-src")[0]


# --- files ----------------------------------------------------------------------------------------


def test_a_report_of_100_trials_of_30_epochs_is_below_6_megabytes(tmp_path):
    hp = rate_space()
    for name in ("dropout", "decay", "momentum", "smoothing"):
        hp.Float(name, 0.0, 1.0)
    oracle = oracle_in(tmp_path, hp)
    generator = np.random.default_rng(0)
    search(oracle, lambda values: generator.random(30).tolist(), 100)
    assert write_report(oracle).stat().st_size < 6e6


def test_the_command_writes_the_page_into_the_folder_or_where_it_is_told(study):
    folder = study[0].folder
    result = run_command(folder.parent, main, "report", folder.name)
    assert result.stdout.endswith(f"\nPage for a browser: {folder.name}/report.html\n")
    assert (folder / "report.html").read_text(encoding="utf-8") == study[1]
    result = run_command(folder.parent, main, "report", folder.name, "--html", "new/page.html")
    assert result.stdout.endswith("\nPage for a browser: new/page.html\n")
    assert (folder.parent / "new" / "page.html").exists()


def test_without_plotly_the_extra_is_named(study, monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name.split(".")[0] == "plotly":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(RecipesError) as caught:
        write_report(study[0])
    assert str(caught.value) == (
        "write_report: the report needs plotly, which is not installed. Run "
        "`pip install 'keras-recipes[report]'`."
    )


def test_a_folder_is_not_taken_for_the_file_and_stays(study, tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(ArgumentError) as caught:
        write_report(study[0], tmp_path / "mine")
    assert str(caught.value) == (
        "write_report: `path` must be that of a file, and this is a folder. Received: "
        f"path={str(tmp_path / 'mine')!r}. Add the file's name."
    )
    assert (tmp_path / "mine").is_dir()


def test_a_place_that_cannot_be_written_is_refused(study, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FolderError) as caught:
        write_report(study[0], tmp_path / "file" / "page.html")
    assert str(caught.value) == (
        "write_report: the folder must be one that can be written to (File exists). Received: "
        f"folder={str(tmp_path / 'file')!r}. Name another one."
    )
