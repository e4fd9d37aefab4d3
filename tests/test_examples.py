"""The examples are run, and what they claim is checked (rows 62, 87, 88, 89)."""

from pathlib import Path

import pytest
from commands import run_script

EXAMPLES = Path(__file__).parent.parent / "examples"


def run_example(folder, name, *words):
    code = (EXAMPLES / name).read_text(encoding="utf-8")
    return run_script(folder, code, *words, name=name)


def test_random_search_beats_the_grid_where_one_parameter_matters(tmp_path):
    pytest.importorskip("matplotlib")
    said = run_example(tmp_path, "grid_vs_random.py")
    grid, random = (float(line.split("best f = ")[1][:5]) for line in said.splitlines()[:2])
    assert random > grid + 0.2
    assert (tmp_path / "grid_vs_random.png").read_bytes().startswith(b"\x89PNG")


def test_the_bayesian_search_is_drawn_in_eight_frames(tmp_path):
    pytest.importorskip("matplotlib")
    said = run_example(tmp_path, "bayesian_1d.py")
    assert sorted(path.name for path in (tmp_path / "frames").iterdir()) == [
        f"frame_{trial}.png" for trial in range(1, 9)
    ]
    assert "Best of 9 trials: learning_rate 0.0" in said  # the minimum is at 0.013


def test_the_largest_alpha_that_still_finds_the_faces_is_found(tmp_path):
    said = run_example(tmp_path, "mtcnn_alpha.py")
    rows = [line.split()[:3] for line in said.splitlines()[1:]]
    rows = [tuple(map(float, row)) for row in rows]
    marked = next(i for i, line in enumerate(said.splitlines()[1:]) if "<-" in line)
    alpha, recall, error = rows[marked]
    following, its_recall, _ = rows[marked + 1]
    assert recall >= 0.9 > its_recall
    assert following / alpha < (1 / 0.003) ** (1 / 8) * 1.001  # 2⁻³ of the range, or closer
    assert error < rows[0][2]  # a larger α has given better boxes


def test_xavier_weights_train_where_small_normal_ones_do_not(tmp_path):
    said = run_example(tmp_path, "normal_vs_xavier.py", "--seeds", "1")
    normal, xavier = (float(line.split(": ")[1][:5]) for line in said.splitlines())
    assert xavier > 0.9 > 0.8 > normal
