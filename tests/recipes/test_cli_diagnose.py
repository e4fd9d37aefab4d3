"""`recipes diagnose` and `recipes weights`: what they print, and their exit codes."""

import dataclasses
import json
import sys

import keras
import numpy as np
import pytest
from keras import layers

from recipes.cli import main
from recipes.diagnosis.verdict import Diagnosis
from recipes.training.records.record import write_record

DONE = "epoch,loss,val_loss\n1,2.0,2.1\n2,0.5,0.6\n3,0.1,0.2\n4,0.05,0.1\n"
WILD = "loss,val_loss\n2.4,2.4\n2.9,2.9\n2.5,2.5\n3.0,3.0\n2.4,2.4\n2.8,nan\n"


@pytest.fixture
def recipes(monkeypatch, capsys, tmp_path):
    """Runs the command in this process; returns (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["recipes", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code or 0, *capsys.readouterr()

    return run


def test_a_run_that_is_done_ends_with_0(recipes, tmp_path):
    (tmp_path / "history.csv").write_text(DONE)
    for name in ("history.csv", "."):  # the file, or the folder of the run
        code, out, _ = recipes("diagnose", name, "--classes", "10")
        assert code == 0
        assert out == (
            "done since epoch 3: training loss 0.050, validation loss 0.100, goal 0.299. Both "
            "goals are met. Nothing is left to tune: use the model.\n"
        )


def test_the_folder_of_a_run_has_the_verdict_that_fit_gave(recipes, tmp_path):
    (tmp_path / "history.csv").write_text(DONE)
    given = Diagnosis("overfitting", 3, 0.01, 0.5, 0.3, ("Dropout before the head",))
    write_record(tmp_path, {"diagnosis": dataclasses.asdict(given)})
    assert recipes("diagnose", ".") == (1, f"{given}\n", "")
    assert recipes("diagnose", ".", "--classes", "10")[0] == 0  # judged anew


def test_the_folder_of_a_run_knows_its_guess_and_its_rate(recipes, tmp_path):
    (tmp_path / "history.csv").write_text("loss,val_loss\n2.0,2.1\n0.5,0.6\n0.3,0.4\n0.2,0.3\n")
    write_record(tmp_path, {"guess_loss": 10.0, "recipe": {"learning_rate": 0.1}})
    assert "goal 1.300. Both goals are met" in recipes("diagnose", ".", "--epochs", "4")[1]
    assert "goal 0.299." in recipes("diagnose", ".", "--classes", "10")[1]
    write_record(tmp_path, {"guess_loss": 1e-3, "recipe": {"learning_rate": 0.1}})
    found = json.loads(recipes("diagnose", ".", "--epochs", "4", "--json")[1])
    assert (found["verdict"], found["next_rate"]) == ("diverged", pytest.approx(0.01))


def test_a_record_with_fields_of_a_later_version_is_read(recipes, tmp_path):
    (tmp_path / "history.csv").write_text(DONE)
    given = Diagnosis("overfitting", 3, 0.01, 0.5, 0.3, ("Dropout before the head",))
    write_record(tmp_path, {"diagnosis": {**dataclasses.asdict(given), "mood": "fine"}})
    assert recipes("diagnose", ".") == (1, f"{given}\n", "")


def test_a_problem_ends_with_1_and_names_the_next_rate(recipes, tmp_path):
    (tmp_path / "history.csv").write_text(WILD)
    code, out, _ = recipes("diagnose", "history.csv", "--classes", "10", "--rate", "1", "--json")
    found = json.loads(out)  # strict: NaN is null
    assert code == 1
    assert (found["verdict"], found["since"], found["next_rate"]) == ("diverged", 6, 0.1)
    assert found["validation_loss"] is None


def test_the_curves_are_drawn_on_request(recipes, tmp_path):
    (tmp_path / "history.csv").write_text(DONE)
    assert recipes("diagnose", "history.csv", "--classes", "10", "--plot", "run.svg")[0] == 0
    assert (tmp_path / "run.svg").read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize(
    ("text", "words", "code", "message"),
    [
        (
            None,
            (),
            2,
            "Error: read_history: the history must be a .csv file that can be read, or the folder "
            "of a run. Received: path='history.csv'. (No such file or directory)\n",
        ),
        (
            "loss\n1.0\n",
            (),
            2,
            "Error: diagnose: `history` must hold one `loss` and one `val_loss` an epoch. "
            "Received: loss='1 values', val_loss='0 values'. Train with validation data.\n",
        ),
        (
            DONE,
            ("--goal", "-1"),
            2,
            "Error: diagnose: `goal` must be a number in (0, inf]. Received: goal=-1.0.\n",
        ),
    ],
)
def test_wrong_use_ends_with_2_and_one_sentence(recipes, tmp_path, text, words, code, message):
    if text is not None:
        (tmp_path / "history.csv").write_text(text)
    assert recipes("diagnose", "history.csv", *words) == (code, "", message)


def test_the_weights_of_a_model_are_looked_at(recipes, tmp_path):
    stack = [keras.Input((4,)), layers.Dense(3, "relu", name="hidden"), layers.Dense(2, name="out")]
    model = keras.Sequential(stack)
    x = np.random.default_rng(0).normal(0, 1, (8, 4)).astype("float32")
    model.compile("sgd", "mse")
    model.get_layer("hidden").bias.assign([9.0] * 3)  # all alive
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "batch.npz", x=x, y=x[:, :2])
    words = ("weights", "model.keras", "--data", "batch.npz", "--png", "weights.png", "--json")
    code, out, _ = recipes(*words)
    found = json.loads(out)
    assert code == 0
    assert [row["layer"] for row in found["weights"]["layers"]] == ["hidden", "out"]
    assert found["features"]["findings"] == []
    assert (tmp_path / "weights.png").exists()
    model.get_layer("hidden").bias.assign([-99.0] * 3)
    model.save(tmp_path / "model.keras")
    code, out, _ = recipes("weights", "model.keras", "--data", "batch.npz")
    assert code == 1
    assert "hidden: 3 of 3 channels are dead on this batch." in out
