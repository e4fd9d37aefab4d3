"""The corpus of the graph check (guide row 15): all is found, and nothing else is said."""

import re
from collections import Counter
from pathlib import Path

import keras
import pytest
from graph_models import FAULTS, HEALTHY
from graph_models.losses import CutInOwnStep

from recipes import check_graph
from recipes.graph.findings import CODES

pytestmark = [  # what Keras says of broken models as they are built
    pytest.mark.filterwarnings("ignore:You are using a softmax over axis"),
    pytest.mark.filterwarnings("ignore:`build..` was called on layer"),
]


def severe(report):
    """The codes of the findings that are more than information."""
    return {finding.code for finding in report.findings if finding.severity != "info"}


@pytest.mark.parametrize("case", FAULTS, ids=str)
def test_a_fault_is_found_named_and_located(case):
    report = check_graph(case.builder, data=case.data, loss=case.loss)
    found = [finding for finding in report.findings if finding.code == case.code]
    assert [(f.severity, f.layer) for f in found] == [(case.severity, case.layer)], str(report)
    if case.culprit is not None:
        assert found[0].culprit == case.culprit
    if case.layers is not ...:
        assert found[0].layers == (case.layers or (case.layer,))
    assert severe(report) <= {case.code, *case.also}, str(report)
    assert report.ok == (case.severity != "error")


@pytest.mark.parametrize("builder", HEALTHY, ids=lambda builder: builder.__name__)
def test_a_healthy_model_is_silent_as_builder_and_as_model(builder):
    data, information = HEALTHY[builder]
    keras.utils.set_random_seed(0)
    report = check_graph(builder, data=data)
    assert {finding.code for finding in report.findings} == information, str(report)
    if data is None:
        report = check_graph(builder())
        assert {finding.code for finding in report.findings} == information, str(report)


def test_the_corpus_is_as_large_as_promised():
    broken = [case for case in FAULTS if case.severity != "info"]
    assert len(broken) >= 60
    assert len(HEALTHY) >= 40
    assert {case.kind for case in broken} == {"functional", "sequential", "subclassed", "nested"}


def test_every_code_is_there_three_times():
    counts = Counter(case.code for case in FAULTS)
    assert {code: counts[code] for code in CODES if counts[code] < 3} == {}


def test_every_cut_and_zero_names_its_operation():
    located = [case for case in FAULTS if case.code in ("CUT", "ZERO")]
    assert all(case.culprit for case in located)


def test_the_page_about_the_check_lists_every_code():
    page = (Path(__file__).parents[2] / "docs" / "graph_check.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([A-Z_]+) \| ([a-z, ]+) \|", page, flags=re.MULTILINE)
    assert sorted(code for code, _ in rows) == sorted(CODES)
    seen = {(case.code, case.severity) for case in FAULTS if case.builder is not CutInOwnStep}
    assert {(code, one) for code, text in rows for one in text.split(", or ")} == seen
