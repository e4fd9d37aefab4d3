"""What a search leaves in its folder: who may write, what is deleted, what is damaged."""

import json
import re
import time
import warnings
import zlib

import filelock
import keras_tuner as kt
import killing
import pytest

from recipes.errors import FolderError
from tuners.oracles import RandomSearchOracle
from tuners.plan import Plan, claim_folder
from tuners.state.damage import read_json
from tuners.state.folder import delete_search
from tuners.state.journal import Journal
from tuners.state.lock import FolderLock


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def finished(folder):
    return killing.search(folder).oracle.journal.path.parent


# --- deleting -------------------------------------------------------------------------------------


def test_overwrite_deletes_a_search_and_nothing_else_in_its_folder(tmp_path):
    folder = finished(tmp_path)
    (folder / "trial_0").mkdir()
    (folder / "trial_0" / "checkpoint.weights.h5").write_bytes(b"0")
    (folder / "notes.txt").write_text("mine")
    (folder / "data").mkdir()
    Journal(folder / "journal.jsonl").delete_folder()
    # The lock's file stays: it is open while this runs, and Windows deletes no open file.
    assert set(names(folder)) - {"journal.jsonl.lock"} == {"data", "notes.txt"}


@pytest.mark.filterwarnings("ignore:(currentThread|getName):DeprecationWarning")  # keras_tuner's
def test_overwrite_deletes_a_search_of_keras_tuner(tmp_path):
    theirs = kt.oracles.RandomSearchOracle(kt.Objective("score", "min"), max_trials=3)
    theirs.verbose = 0
    theirs._set_project_dir(tmp_path, "search")
    theirs.hyperparameters.Int("n", 1, 5)
    theirs.create_trial("tuner0")
    folder = tmp_path / "search"
    (folder / "tuner0.json").write_text("{}")
    assert names(folder) == ["oracle.json", "trial_0", "tuner0.json"]
    Journal(folder / "journal.jsonl").delete_folder()
    assert set(names(folder)) <= {"journal.jsonl.lock"}


@pytest.mark.parametrize("name", ["thesis.docx", "trial_1"])
def test_overwrite_refuses_a_folder_with_files_and_no_search(tmp_path, name):
    (tmp_path / "search" / name).mkdir(parents=True)
    with pytest.raises(FolderError) as caught:
        Journal(tmp_path / "search" / "journal.jsonl").delete_folder()
    assert str(caught.value) == (
        "search: overwrite=True deletes searches, and the folder holds files but no search. "
        f"Received: folder='{tmp_path / 'search'}', holds='{name}'. "
        "Name another `directory` or `project_name`, or leave overwrite=True out."
    )
    assert (tmp_path / "search" / name).exists()


def test_overwrite_of_a_folder_that_is_empty_or_not_there_does_nothing(tmp_path):
    for folder in (tmp_path, tmp_path / "none"):
        Journal(folder / "journal.jsonl").delete_folder()
        Journal(folder / "journal.jsonl").delete_folder()
        delete_search(folder)


def test_a_link_to_a_folder_elsewhere_is_deleted_without_what_it_leads_to(tmp_path):
    journal = Journal(tmp_path / "search" / "journal.jsonl")
    journal.path.parent.mkdir()
    journal.append({"kind": "search"})
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "weights").write_bytes(b"0")
    (tmp_path / "search" / "trial_0").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    journal.delete_folder()
    assert names(tmp_path / "elsewhere") == ["weights"]


def test_a_worker_that_starts_late_with_overwrite_deletes_nothing(tmp_path, monkeypatch):
    folder = finished(tmp_path)
    before = (folder / "journal.jsonl").read_bytes()
    monkeypatch.setenv("KERASTUNER_ORACLE_IP", "127.0.0.1")
    monkeypatch.setenv("KERASTUNER_ORACLE_PORT", "8000")
    monkeypatch.setenv("KERASTUNER_TUNER_ID", "worker7")
    oracle = RandomSearchOracle(kt.Objective("score", "min"), max_trials=4, seed=0)
    killing.Curve(oracle, directory=str(tmp_path), project_name="search", overwrite=True)
    assert (folder / "journal.jsonl").read_bytes() == before


# --- locking --------------------------------------------------------------------------------------


def test_a_lock_file_that_a_killed_search_has_left_is_no_lock(tmp_path):
    (tmp_path / "journal.jsonl.lock").write_text("12345\n")
    with FolderLock(tmp_path / "journal.jsonl"):
        pass


def test_the_lock_is_the_systems_own():
    assert issubclass(filelock.FileLock, (filelock.UnixFileLock, filelock.WindowsFileLock))


def test_a_folder_in_which_nothing_can_be_locked_is_refused(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(FolderError) as caught, FolderLock(tmp_path / "file" / "journal.jsonl"):
        pass
    before, _, after = str(caught.value).partition(" (")
    assert before == "search: the folder must be one in which files can be locked"
    assert after.split("). ", 1)[1] == f"Received: folder='{tmp_path / 'file'}'. Name another one."


def test_a_search_below_a_file_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(FolderError) as caught:
        killing.make(tmp_path / "file")
    assert str(caught.value) == (
        "search: the folder must be one that can be written to (Not a directory). "
        f"Received: folder='{tmp_path / 'file' / 'search'}'. Name another one."
    )


def test_a_search_in_a_store_of_another_machine_is_refused_with_a_sentence(tmp_path):
    with pytest.raises(FolderError) as caught:
        killing.make("gs://bucket")
    assert str(caught.value) == (
        "search: the folder must be one that can be written to (another machine's store does not "
        "keep a journal). Received: folder='gs://bucket/search'. Name another one."
    )


# --- damage ---------------------------------------------------------------------------------------


def test_a_journal_of_garbage_is_named_and_set_aside_and_a_search_begins(tmp_path):
    folder = finished(tmp_path)
    whole = (folder / "journal.jsonl").read_bytes()
    (folder / "journal.jsonl").write_bytes(b"\x00\xffgarbage\r\n" * 5)
    with pytest.warns(UserWarning, match="damaged lines") as caught:
        killing.search(tmp_path)
    assert [str(warning.message) for warning in caught] == [
        f"5 damaged lines of {folder / 'journal.jsonl'} went to {folder / 'journal.damaged'}; "
        "the trials on the other lines are used."
    ]
    assert (folder / "journal.jsonl").read_bytes() == whole
    assert (folder / "journal.damaged").read_bytes() == b"\x00\xffgarbage\r\n" * 5


def test_an_empty_journal_is_one_in_which_nothing_was_written(tmp_path):
    folder = finished(tmp_path)
    whole = (folder / "journal.jsonl").read_bytes()
    (folder / "journal.jsonl").write_bytes(b"")
    assert finished(tmp_path) == folder
    assert (folder / "journal.jsonl").read_bytes() == whole


def test_a_folder_in_the_journals_place_is_named_and_set_aside(tmp_path):
    (tmp_path / "search" / "journal.jsonl" / "inside").mkdir(parents=True)
    with pytest.warns(UserWarning, match="set aside") as caught:
        folder = finished(tmp_path)
    assert [str(warning.message) for warning in caught] == [
        f"{folder / 'journal.jsonl'} cannot be read and was set aside as journal.jsonl.damaged; "
        "the rest is used."
    ]
    assert (folder / "journal.jsonl.damaged" / "inside").exists()
    assert (folder / "journal.jsonl").is_file()


def test_an_entry_that_is_not_a_trial_is_named_and_left_out(tmp_path):
    folder = finished(tmp_path)
    journal = Journal(folder / "journal.jsonl")
    journal.append({"kind": "trial", "trial": {"trial_id": "9"}})
    journal.append({"kind": "of another version"})
    with pytest.warns(UserWarning, match="is left out") as caught:
        oracle = killing.make(tmp_path).oracle
    assert [str(warning.message) for warning in caught] == [
        f"Entry 10 of the journal in {folder} cannot be read (KeyError('hyperparameters')) and is "
        "left out."
    ]
    assert len(oracle.trials) == 4


def test_a_journal_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path):
    folder = finished(tmp_path)
    Journal(folder / "journal.jsonl").append({"kind": "search", "format": 99})
    before = (folder / "journal.jsonl").read_bytes()
    with pytest.raises(FolderError) as caught:
        killing.make(tmp_path)
    assert str(caught.value) == (
        "search: the journal was written by a newer version, in format 99. "
        f"Received: folder='{folder}'. Update this package, or name another folder."
    )
    assert (folder / "journal.jsonl").read_bytes() == before


def test_a_journal_of_the_first_format_is_gone_on_with(tmp_path):
    folder = finished(tmp_path)
    entries = Journal(folder / "journal.jsonl").read()
    first = {key: entries[0][key] for key in ("kind", "seed", "oracle", "objective")}
    (folder / "journal.jsonl").unlink()
    journal = Journal(folder / "journal.jsonl")
    for entry in [{**first, "format": 1}, *entries[1:6]]:
        journal.append(entry)
    killing.search(tmp_path)
    assert journal.read()[1:] == entries[1:]


@pytest.mark.parametrize("damage", [b'{"model": "res', b"\xff\xfe", b"", b"[1]"])
def test_a_state_file_that_cannot_be_read_is_named_and_set_aside(tmp_path, damage):
    path = tmp_path / "plan.json"
    for aside in ("plan.json.damaged", "plan.json.damaged-1"):
        path.write_bytes(damage)
        sentence = f"{path} cannot be read and was set aside as {aside}; the rest is used."
        with pytest.warns(UserWarning, match=re.escape(sentence)):
            assert read_json(path) == {}
        assert (tmp_path / aside).read_bytes() == damage
        assert not path.exists()


def test_a_state_file_that_can_be_read_is_read_and_one_that_is_not_there_is_empty(tmp_path):
    path = tmp_path / "plan.json"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_json(path) == {}
        path.write_text(json.dumps({"trials": 3}))
        assert read_json(path) == {"trials": 3}


def test_a_plan_that_a_crash_has_cut_is_named_and_written_again(tmp_path):
    claim_folder(tmp_path, Plan(trials=3), "f")
    whole = (tmp_path / "plan.json").read_bytes()
    (tmp_path / "plan.json").write_bytes(whole[:30])
    with pytest.warns(UserWarning, match=r"plan\.json cannot be read and was set aside"):
        claim_folder(tmp_path, Plan(trials=3), "f")
    assert (tmp_path / "plan.json").read_bytes() == whole
    assert (tmp_path / "plan.json.damaged").read_bytes() == whole[:30]


# --- size -----------------------------------------------------------------------------------------


def test_a_thousand_trials_are_read_in_two_seconds_and_the_next_is_made_in_50_ms(tmp_path):
    hp = kt.HyperParameters()
    for number in range(8):
        hp.Float(f"x{number}", 1e-5, 1e-1, sampling="log")
    oracle = RandomSearchOracle("val_loss", 2000, seed=0, hyperparameters=hp)
    oracle.verbose = 0
    oracle._set_project_dir(str(tmp_path), "search")
    begun = oracle.create_trial("tuner0")
    oracle.update_trial(begun.trial_id, {"val_loss": 1.0})
    begun.status = "COMPLETED"
    oracle.end_trial(begun)
    write_again(oracle.journal, times=1000)
    assert seconds(oracle.reload) < 2.0
    assert len(oracle.end_order) == 1000
    assert seconds(lambda: oracle.create_trial("tuner0")) < 0.5  # the first one, after a resume
    assert seconds(lambda: oracle.create_trial("tuner1")) < 0.05


def write_again(journal, times):
    """Writes the two entries of the first trial again and again, with other names and values."""
    search, begun, ended = journal.read()
    journal.path.unlink()
    journal.append(search)
    with open(journal.path, "ab") as file:
        for number in range(times):
            for entry in (begun, ended):
                entry["trial"]["trial_id"] = f"{number:04d}"
                entry["trial"]["hyperparameters"]["values"]["x0"] = 1e-5 * (1 + number)
                text = json.dumps(entry).encode()
                file.write(b"%08x %s\n" % (zlib.crc32(text), text))


def seconds(function):
    """Seconds of this process' work: the machine may have other work."""
    began = time.process_time()
    function()
    return time.process_time() - began
