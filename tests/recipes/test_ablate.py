"""`ablate`: a recipe without each of its parts, all else equal (guide row 13)."""

import keras
import numpy as np
import pytest

from recipes import Recipe, ablate
from recipes.errors import ArgumentError
from recipes.training.experiments.ablate import Ablation, left_out
from recipes.training.experiments.trial import pair_of, train_and_score

RECIPE = Recipe(epochs=2, batch_size=64, schedule="constant", warmup=0.0, label_smoothing=0.0)


def build():
    hidden = [keras.layers.Flatten(), keras.layers.Dense(16, activation="relu")]
    head = keras.layers.Dense(10, activation="softmax")
    return keras.Sequential([keras.Input((8, 8, 1)), *hidden, head])


def test_one_part_at_a_time_is_left_out_and_the_rows_are_in_order(split):
    found = ablate(RECIPE, build, split.train, split.validation, seed=1)
    assert sorted(row[0] for row in found.rows) == ["augmentation", "weight decay"]
    worths = [row[2] for row in found.rows]
    assert worths == sorted(worths, reverse=True)
    assert all(row[2] == row[1] - found.error for row in found.rows)
    error = {row[0]: row[1] for row in found.rows}["augmentation"]
    still = RECIPE.replace(augmentation=0, shift=0.0)
    alone = train_and_score(build, split.train, split.validation, recipe=still, seed=1)
    assert error == alone.error  # the same seed and recipe outside of the table


def test_a_folder_of_images_will_do(split, tmp_path):
    (x, y), recipe = split.train, RECIPE.simplify().replace(epochs=1)
    for number in range(200):
        path = tmp_path / str(y[number]) / f"{number:03}.png"
        path.parent.mkdir(exist_ok=True)
        keras.utils.save_img(path, 255 * x[number], scale=False)
    found = ablate(recipe, build, tmp_path, tmp_path)
    pixels = pair_of("ablate", "train", tmp_path)
    assert (pixels[0].shape, pixels[0].dtype) == ((200, 8, 8, 1), np.uint8)
    assert found.error == train_and_score(build, pixels, pixels, recipe=recipe, seed=0).error


def test_what_a_recipe_does_not_have_is_not_left_out():
    images, vectors = np.zeros((2, 8, 8, 1)), np.zeros((2, 8))
    whole = left_out(Recipe(), images)
    assert list(whole)[:4] == ["augmentation", "warm-up", "schedule", "weight decay"]
    assert whole["warm-up"] == Recipe(warmup=0.0)
    assert "augmentation" not in left_out(Recipe(), vectors)
    assert "augmentation" not in left_out(Recipe(augmentation=0), images)


def test_the_table_begins_with_the_whole_and_the_most_useful_part():
    rows = (("warm-up", 0.25, 0.05), ("weight decay", 0.19, -0.01))
    assert str(Ablation(0.2, rows, is_share=True)) == (
        "                        error    worth\n"
        "whole recipe           0.2000\n"
        "without warm-up        0.2500  +0.0500\n"
        "without weight decay   0.1900  -0.0100"
    )


def test_a_recipe_of_another_kind_is_refused(small_network, split):
    with pytest.raises(ArgumentError) as caught:
        ablate("fast", small_network, split.train, split.validation)
    assert str(caught.value) == "ablate: `recipe` must be a Recipe. Received: recipe='fast'."
