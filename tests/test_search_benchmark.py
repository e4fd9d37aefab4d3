"""The benchmark of searches: what another run has measured is kept."""

import json
from types import SimpleNamespace

import pytest

from benchmarks.searches.reports import write_results

WORK = SimpleNamespace(kind="search", unit="trials", places=(10, 20))


def write(path, contender, regret, seeds=2, ran=None):
    rows = [
        {"contender": contender, "family": "tasks", "problem": "a", "seed": seed, "regrets": regret}
        for seed in (range(seeds) if ran is None else ran)
    ]
    write_results(rows, WORK, seeds, path)
    results = json.loads(path.read_text())["results"]
    return {(each["of"], each["contender"]): each["mean"] for each in results}


def test_a_contender_that_is_not_run_again_keeps_its_figures_and_its_place(tmp_path):
    path = tmp_path / "search.json"
    write(path, "ours", [0.5, 0.4])
    write(path, "ax", [0.3, 0.2])
    found = write(path, "ours", [0.2, 0.1])
    assert found[("tasks", "ours")] == pytest.approx([0.2, 0.1])
    assert found[("tasks", "ax")] == pytest.approx([0.3, 0.2])
    assert next(iter(found)) == ("tasks", "ours")


def test_figures_of_other_seeds_are_not_mixed_in(tmp_path):
    path = tmp_path / "search.json"
    write(path, "ax", [0.3, 0.2], seeds=3)
    assert ("tasks", "ax") not in write(path, "ours", [0.2, 0.1])


def test_seeds_that_are_run_later_are_added_to_the_earlier_ones(tmp_path):
    path = tmp_path / "search.json"
    write(path, "ax", [0.3, 0.2], seeds=3, ran=[0, 2])
    found = write(path, "ax", [0.6, 0.2], seeds=3, ran=[1])
    assert found[("tasks", "ax")] == pytest.approx([0.4, 0.2])
    assert found[("a", "ax")] == pytest.approx([0.4, 0.2])
    found = write(path, "ax", [0.9, 0.2], seeds=3, ran=[1])  # the same search once more
    assert found[("tasks", "ax")] == pytest.approx([0.5, 0.2])


def test_a_mean_of_fewer_searches_does_not_take_the_place_of_one_of_more(tmp_path):
    path = tmp_path / "search.json"
    write(path, "ax", [0.3, 0.2], seeds=3)
    figures = json.loads(path.read_text())
    del figures["searches"]  # a file that has the means alone
    path.write_text(json.dumps(figures))
    assert write(path, "ax", [0.9, 0.8], seeds=3, ran=[0])[("tasks", "ax")] == [0.3, 0.2]
