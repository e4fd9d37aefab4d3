"""The benchmark of recipes: splits, scores, clock, what is left out, sizes, and its tables."""

import functools
import io
import json
import zipfile

import numpy as np
import pytest
from rich.console import Console
from scipy import stats
from sklearn.metrics import accuracy_score, f1_score, log_loss
from typer.testing import CliRunner

from benchmarks import recipe_parts, recipes, sizes
from benchmarks.cells import Cells
from benchmarks.claims.ways import changed
from benchmarks.training import results, step_times, tasks
from recipes import Recipe, build_resnet

CELL = {"kind": "300 s, 2 threads", "problem": "images", "seconds": 300.0, "epochs": 15}


def cell(contender, seed, accuracy, parameters=1_000):
    return CELL | {
        "contender": contender,
        "seed": seed,
        "scores": {"validation": accuracy},
        "parameters": parameters,
        "steps": 4_000,
    }


CELLS = [
    cell("fit", 0, 0.80),
    cell("fit", 1, 0.84, 2_000),
    cell("convnet", 0, 0.60),
]


# --- data and scores ------------------------------------------------------------------------------


def test_the_last_200_images_of_each_class_validate(tmp_path):
    import tensorflow as tf

    def image(value):
        return tf.io.encode_png(np.full((2, 2, 3), value, "uint8")).numpy()

    with zipfile.ZipFile(tmp_path / "cifar10_25k.zip", "w") as archive:
        for name, count in (("cat", 201), ("dog", 203)):
            for number in reversed(range(count)):  # the order in the archive does not count
                archive.writestr(f"train/{name}/{number:04}.jpg", image(number))
            archive.writestr(f"test/{name}/0000.jpg", image(7))
    data = tasks.load_images(tmp_path)
    assert data.train[0][:, 0, 0, 0].tolist() == [0, 0, 1, 2]
    assert data.train[1].tolist() == [0, 1, 1, 1]
    assert data.validation[0][:, 0, 0, 0].tolist() == [*range(1, 201), *range(3, 203)]
    assert data.validation[1].tolist() == [0] * 200 + [1] * 200
    assert data.tests["test"][1].tolist() == [0, 1]
    assert data.num_classes == 2


def test_tiles_are_cut_in_rows_and_columns():
    image = np.arange(16).reshape(1, 4, 4)
    expected = [[[0, 1], [4, 5]], [[2, 3], [6, 7]], [[8, 9], [12, 13]], [[10, 11], [14, 15]]]
    assert tasks.tiles(image, side=2).tolist() == expected


def test_the_targets_of_a_text_are_the_next_characters(tmp_path):
    x, y = tasks.pieces(np.arange(1, 9), length=3)
    assert (x.tolist(), y.tolist()) == ([[1, 2, 3], [4, 5, 6]], [[2, 3, 4], [5, 6, 7]])
    (tmp_path / "tinyshakespeare.txt").write_text("abc" * 1_000)
    data = tasks.load_text(tmp_path)
    assert data.num_classes == 4  # 0 is no character
    assert data.train[0].shape == (26, 100)  # of 2,700 characters the last one is only a target
    assert data.validation[0].shape == (2, 100)
    assert data.train[0][0, :4].tolist() == [1, 2, 3, 1]


def test_scores_are_those_of_scikit_learn():
    generator = np.random.default_rng(0)
    outputs = generator.dirichlet([1, 1], (3, 5, 5))
    masks = generator.integers(0, 2, (3, 5, 5))
    found, flat = outputs.argmax(-1).ravel(), masks.ravel()
    assert tasks.dice(outputs, masks) == pytest.approx(f1_score(flat, found))
    assert tasks.accuracy(outputs, masks) == pytest.approx(accuracy_score(flat, found))
    nats = log_loss(flat, outputs.reshape(-1, 2))
    assert tasks.bits(outputs, masks) == pytest.approx(nats / np.log(2))


# --- clock ----------------------------------------------------------------------------------------


def test_no_step_begins_that_would_end_after_the_budget():
    from types import SimpleNamespace

    from benchmarks.training.clock import Clock, StopInTime

    times = iter([0, *np.repeat([7, 9, 11, 13, 15, 17], 3)])  # a budget that began at 0
    clock = Clock(16, now=lambda: next(times))
    stop = StopInTime(clock)
    stop.set_model(SimpleNamespace(stop_training=False))
    while not stop.model.stop_training:
        stop.on_train_batch_end(0)
    assert (stop.steps, stop.last) == (5, 15)  # one more would end at 17


def test_the_rate_by_hand_equals_values_worked_out_by_hand():
    from benchmarks.training.clock import warmup_and_cosine

    shares = (0, 0.1, 0.2, 0.6, 1)
    rates = [warmup_and_cosine(share, peak=0.4, warmup=0.2) for share in shares]
    assert rates == pytest.approx([0, 0.2, 0.4, 0.2, 0])


# --- parts ----------------------------------------------------------------------------------------


def test_a_part_that_is_left_out_is_gone_and_all_else_stays():
    from benchmarks.training.parts import VALUES, has, without

    recipe = Recipe(clip_norm=1.0, ema=0.99, dropout=0.5, flip="horizontal")
    for part, values in VALUES.items():
        changed, builder = without(part, recipe, "builder")
        assert builder == "builder"
        assert changed == recipe.replace(**values)
        assert has(part, recipe)
        assert not has(part, changed)


def test_gammas_that_begin_as_zero_and_the_size_are_parts_of_the_builder():
    from benchmarks.training.parts import SIZE, ZERO_GAMMA, parts_of, without
    from recipes.training.session.sizes import candidate_sizes

    builder = functools.partial(build_resnet, (8, 8, 3), 10)
    model, images, recipe = builder(width=0.25), np.zeros((4, 8, 8, 3)), Recipe()
    found = parts_of(recipe, model, images)
    assert {"warm-up", "standardizing", ZERO_GAMMA, SIZE} <= set(found)
    assert "gradient clipping" not in found
    assert len(candidate_sizes(builder, recipe)) > 1
    same, fixed = without(SIZE, recipe, builder)
    assert (same, len(candidate_sizes(fixed, recipe))) == (recipe, 1)
    _, ones = without(ZERO_GAMMA, recipe, builder)
    assert ZERO_GAMMA not in parts_of(recipe, ones(width=0.25), images)
    assert candidate_sizes(ones, recipe) == candidate_sizes(builder, recipe)


def test_a_part_that_costs_time_leaves_fewer_passes():
    seconds = {"": 0.1, "flip": 0.098, "shift": 0.08, "size": 0.2}
    found = {part: step_times.passes_within(17.7, seconds, part) for part in seconds if part}
    assert found["flip"] == {"whole": 18, "without": 18}  # the times are alike
    assert found["shift"] == {"whole": 18, "without": 22}
    assert found["size"] == {"whole": 18, "without": 9}


def test_what_a_part_is_worth_is_paired_by_seed_at_the_passes_that_the_time_holds():
    seconds = dict.fromkeys(["", *recipe_parts.WITHOUT], 0.1) | {"shift": 0.08}
    passes = {part: step_times.passes_within(8, seconds, part) for part in recipe_parts.WITHOUT}
    held = {"size": {"depth": 10, "width": 0.5}, "step_seconds": seconds, "passes": passes}
    whole, without = recipe_parts.pairs_of(held)["shift"]
    assert (whole.way.epochs, whole.way.network.width) == (8, 0.5)
    assert without.way == changed(whole.way, shift=0, epochs=10)
    done = {}
    for cell, accuracies in ((whole, [80, 82]), (without, [79, 80, 10])):
        for seed, accuracy in enumerate(accuracies):
            done[cell.key(seed)] = {"scores": {"accuracy": accuracy}}
    (row,) = recipe_parts.rows_of(held, done, seeds=3)
    assert (row["part"], row["worth"], row["gains"]) == ("shift", 1.5, [1, 2])
    assert (row["step_ratio"], row["passes"]) == (pytest.approx(0.8), passes["shift"])
    interval = stats.ttest_1samp([1, 2], 0).confidence_interval(0.95)
    assert (row["low"], row["high"]) == pytest.approx((interval.low, interval.high))


def test_each_part_that_fit_has_is_left_out():
    from benchmarks.training.parts import parts_of

    labels = np.arange(200) % 2
    images = np.random.default_rng(0).integers(0, 100, (200, 8, 8, 3)).astype("uint8")
    images[labels == 1, ..., 0] += 100  # mirror images keep their class
    model = build_resnet((8, 8, 3), 2, width=0.25)
    recipe = Recipe.for_data(images, labels, model=model, budget=300)
    assert set(parts_of(recipe, model, images)) == set(recipe_parts.WITHOUT)


# --- sizes ----------------------------------------------------------------------------------------


def test_the_law_of_made_errors_is_found():
    rows = [
        {"depth": depth, "width": w, "passes": p, "error": 0.1 + 0.04 / w + 0.6 / p - depth / 1_000}
        for depth, w, p in sizes.grid()
    ]
    law = sizes.fit_law(rows)
    assert [law[name] for name in ("floor", "size", "passes")] == pytest.approx([0.09, 0.04, 0.6])
    assert law["passes_of_width_1"] == pytest.approx(15)
    assert law["largest"] < 1e-9
    assert sizes.gains_of_depth(rows)[20, 1.0, 12] == pytest.approx(0.01)


def test_errors_of_sizes_are_means_over_the_seeds():
    size = sizes.grid()[0]
    key = sizes.cell_of(*size).key
    done = {key(0): {"scores": {"accuracy": 70.0}}, key(1): {"scores": {"accuracy": 60.0}}}
    (row,) = sizes.rows_of(done, seeds=3)
    assert (row["error"], row["seeds"]) == (pytest.approx(0.35), 2)


# --- results --------------------------------------------------------------------------------------


def test_means_have_the_standard_error_over_the_seeds():
    fit, convnet = results.summary(CELLS)
    assert fit["scores"]["validation"] == {
        "mean": pytest.approx(0.82),
        "error": pytest.approx(0.02),  # half of the difference of two
    }
    assert convnet["scores"]["validation"] == {"mean": 0.60, "error": None}
    assert fit["parameters"] == [1_000, 2_000]


def test_tables_show_scores_and_spans():
    console = Console(width=120, file=io.StringIO())
    console.print(results.table("images", results.summary(CELLS)))
    text = console.file.getvalue()
    assert "0.8200 ± 0.0200" in text
    assert "1,000 to 2,000" in text


def test_what_is_finished_is_told_and_written(tmp_path, monkeypatch):
    monkeypatch.setattr(recipes, "run_cell", None)  # nothing is to be run
    store = Cells(tmp_path / "cells.jsonl")
    for each in CELLS:
        store.add(each)
    words = ["--finished", "--threads", "2", "--seeds", "2", "--cells", str(store.path)]
    written = tmp_path / "recipes.json"
    done = CliRunner().invoke(recipes.app, [*words, "--json", str(written)])
    assert done.exit_code == 0, done.output
    assert "0.8200 ± 0.0200" in done.output
    figures = json.loads(written.read_text())
    assert figures["each"] == "300 s, 2 threads"
    assert {"tensorflow", "keras"} <= set(figures["versions"])
    assert len(figures["results"]["images"]["cells"]) == 3


@pytest.mark.parametrize(("app", "what"), [(recipe_parts.app, "part"), (sizes.app, "size")])
def test_where_nothing_is_finished_the_figures_stay(app, what, tmp_path):
    figures, cells = tmp_path / "figures.json", tmp_path / "cells.jsonl"
    passes = {part: {"whole": 2, "without": 2} for part in recipe_parts.WITHOUT}
    held = {"size": {"depth": 10, "width": 1.0}, "passes": passes, "step_seconds": {}}
    text = json.dumps({"held": held})
    figures.write_text(text)
    words = ["--finished", "--json", str(figures), "--cells", str(cells)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 1
    assert done.output == f"No {what} is finished in {cells}: {figures} stays as it is.\n"
    assert figures.read_text() == text


def test_an_unknown_name_is_refused_with_the_known_ones():
    done = CliRunner().invoke(recipes.app, ["--tasks", "sound", "--finished"], terminal_width=200)
    assert done.exit_code == 2
    assert "--tasks must name some of" in done.output
    assert "sound" in done.output
