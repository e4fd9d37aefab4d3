"""The time that a search has run."""

import pytest

from tuners.state import clock
from tuners.state.clock import SearchClock


@pytest.fixture
def now(monkeypatch):
    """The time of the machine, in seconds, as the test sets it."""
    times = {"now": 100.0}
    monkeypatch.setattr(clock.time, "monotonic", lambda: times["now"])
    return times


def test_time_counts_while_the_search_runs_and_over_its_runs(tmp_path, now):
    path = tmp_path / "clock.json"
    with SearchClock(path).running() as first:
        now["now"] += 7
        assert first.spent() == 7
    now["now"] += 1000  # nothing runs
    again = SearchClock(path)
    assert again.spent() == 7
    with again.running():
        now["now"] += 3
        assert again.spent() == 10
    assert SearchClock(path).spent() == 10


def test_time_is_kept_when_the_search_ends_with_an_error(tmp_path, now):
    def search():
        with SearchClock(tmp_path / "clock.json").running():
            now["now"] += 7
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search()
    assert SearchClock(tmp_path / "clock.json").spent() == 7


def test_a_kill_loses_what_came_after_the_last_note(tmp_path, now):
    path = tmp_path / "clock.json"
    with SearchClock(path).running() as running:
        now["now"] += 60
        running.note()
        now["now"] += 2
        running.note()  # too soon after the other one to be written
        assert SearchClock(path).spent() == 60


@pytest.mark.parametrize("text", ["", "{}", "nonsense", "[1]"])
def test_a_file_that_is_none_of_ours_counts_for_nothing(text, tmp_path):
    (tmp_path / "clock.json").write_text(text, encoding="utf-8")
    assert SearchClock(tmp_path / "clock.json").spent() == 0
