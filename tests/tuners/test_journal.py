"""The journal: what was finished is there after a kill at any byte, and after damage elsewhere."""

import contextlib
import math
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recipes.errors import FolderError
from tuners.state.journal import Journal

ENTRIES = [
    {"kind": "search", "seed": 0},
    {"kind": "trial", "message": "naïve\r\nsecond line\u2028third", "score": 0.1},
    {"kind": "trial", "score": None, "values": {"a": [1, 2.5, True, "x"]}},
]

as_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def written(folder, entries=ENTRIES):
    journal = Journal(Path(folder) / "journal.jsonl")
    for entry in entries:
        journal.append(entry)
    return journal


@given(st.lists(st.dictionaries(st.text(), as_json, max_size=4), max_size=4))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_entries_come_back_in_order_and_unchanged(entries):
    with tempfile.TemporaryDirectory() as folder:
        # By their text: NaN is not equal to itself.
        assert repr(written(folder, entries).read()) == repr(entries)


@pytest.mark.parametrize(
    ("scalar", "plain"),
    [(np.float32(0.5), 0.5), (np.float64(0.1), 0.1), (np.int64(7), 7), (np.bool_(True), True)],
)
def test_numpy_scalars_come_back_as_plain_numbers(tmp_path, scalar, plain):
    (entry,) = written(tmp_path, [{"x": scalar}]).read()
    assert entry == {"x": plain}
    assert type(entry["x"]) is type(plain)


def test_scores_that_are_not_finite_come_back(tmp_path):
    journal = written(tmp_path, [{"scores": [math.nan, math.inf, -math.inf]}])
    nan, inf, minus_inf = journal.read()[0]["scores"]
    assert math.isnan(nan)
    assert (inf, minus_inf) == (math.inf, -math.inf)


def test_an_entry_that_json_cannot_hold_is_refused_and_leaves_nothing(tmp_path):
    journal = written(tmp_path)
    with pytest.raises(TypeError) as error:
        journal.append({"kind": "trial", "values": {"a": {1}}})
    assert str(error.value) == "the journal cannot hold {1} of type set"
    assert journal.read() == ENTRIES


def test_a_journal_without_a_file_is_empty(tmp_path):
    journal = Journal(tmp_path / "journal.jsonl")
    assert not journal.exists()
    assert journal.read() == []
    journal.repair()
    assert not journal.exists()
    journal.append({"a": 1})
    assert journal.exists()


def test_a_line_is_the_crc_32_of_the_json_and_the_json(tmp_path):
    # cbf43926 is the published check value of CRC-32, that of the text 123456789.
    journal = Journal(tmp_path / "journal.jsonl")
    journal.append(123456789)
    assert journal.path.read_bytes() == b"cbf43926 123456789\n"


def test_a_file_cut_at_any_byte_opens_with_all_that_was_whole_and_can_be_continued(tmp_path):
    journal = written(tmp_path)
    whole = journal.path.read_bytes()
    ends = [place + 1 for place, byte in enumerate(whole) if byte == ord("\n")]
    assert len(ends) == len(ENTRIES)
    for cut in range(len(whole) + 1):
        journal.path.write_bytes(whole[:cut])
        expected = [entry for entry, end in zip(ENTRIES, ends, strict=True) if end <= cut]
        assert journal.read() == expected
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # nothing finished was lost: there is nothing to say
            journal.repair()
        assert journal.read() == expected
        journal.append({"after": cut})
        assert journal.read() == [*expected, {"after": cut}]
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["journal.jsonl", "journal.reserve"]


def test_a_tail_of_zeros_as_a_power_cut_leaves_it_is_dropped(tmp_path):
    journal = written(tmp_path)
    with journal.path.open("ab") as file:
        file.write(bytes(512))
    journal.repair()
    journal.append({"after": 1})
    assert journal.read() == [*ENTRIES, {"after": 1}]


def test_a_changed_byte_costs_its_line_alone(tmp_path):
    journal = written(tmp_path)
    first, second, third = journal.path.read_bytes().splitlines(keepends=True)
    for place in range(len(second) - 1):
        for bit in (1, 2, 32):  # 32 changes a letter's case, in the checksum too
            changed = bytearray(second)
            changed[place] ^= bit
            journal.path.write_bytes(first + bytes(changed) + third)
            assert journal.read() == [ENTRIES[0], ENTRIES[2]]


def test_damaged_lines_are_named_set_aside_and_the_rest_is_used(tmp_path):
    entries = [{"number": number} for number in range(5)]
    journal = written(tmp_path, entries)
    lines = journal.path.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b"1}", b"7}")  # a number that was not measured
    lines[3] = b"\xff\xfe\n"  # not even text
    journal.path.write_bytes(b"".join(lines))
    with pytest.warns(UserWarning, match="damaged lines") as caught:
        journal.repair()
    aside = tmp_path / "journal.damaged"
    assert [str(warning.message) for warning in caught] == [
        f"2 damaged lines of {journal.path} went to {aside}; "
        "the trials on the other lines are used."
    ]
    assert journal.read() == [entries[0], entries[2], entries[4]]
    assert aside.read_bytes() == lines[1] + lines[3]
    before = journal.path.read_bytes()
    journal.repair()  # whole again: no second warning, which would be an error
    assert journal.path.read_bytes() == before


def test_a_second_lock_on_a_journal_is_refused(tmp_path):
    first, second = Journal(tmp_path / "journal.jsonl"), Journal(tmp_path / "journal.jsonl")
    with first.lock(), pytest.raises(FolderError) as error, second.lock():
        pass
    assert str(error.value) == (
        "search: a folder takes one search at a time, and another one is running in this. "
        f"Received: folder='{tmp_path}'. Wait for it, or name another folder."
    )


def test_a_refused_lock_leaves_the_first_one_held(tmp_path):
    journal = Journal(tmp_path / "journal.jsonl")
    with journal.lock():
        for _ in range(2):
            with pytest.raises(FolderError), Journal(journal.path).lock():
                pass


def test_a_lock_is_free_again_after_its_block_and_after_an_error_in_it(tmp_path):
    journal = Journal(tmp_path / "journal.jsonl")
    with journal.lock():
        pass
    with contextlib.suppress(RuntimeError), journal.lock():
        raise RuntimeError
    with Journal(journal.path).lock():
        journal.append({"a": 1})
    assert journal.read() == [{"a": 1}]


HOLDER = """
import sys
from tuners.state.journal import Journal
with Journal(sys.argv[1]).lock():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_another_process_holds_the_lock_until_it_is_killed(tmp_path):
    path = tmp_path / "journal.jsonl"
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout.readline() == b"held\n"
            with pytest.raises(FolderError), Journal(path).lock():
                pass
        finally:
            process.kill()
    with Journal(path).lock():
        assert not path.exists()  # a lock writes nothing into the journal
