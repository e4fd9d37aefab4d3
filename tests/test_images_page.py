"""The code in docs/images.md runs as it is printed, on a folder of images."""

import keras
import numpy as np
from commands import run_script
from pages import read_page, snippets

PAGE = read_page("docs/images.md")


def save_photos(folder):
    """Writes 40 images of two classes that differ in their colour."""
    generator = np.random.default_rng(0)
    for place, name in enumerate(("cat", "dog")):
        (folder / name).mkdir(parents=True)
        for number in range(20):
            image = generator.integers(0, 120, (32, 32, 3))
            image[..., place] += 100
            keras.utils.save_img(folder / name / f"{number}.png", image, scale=False)


def test_the_snippet_trains_on_a_folder_and_saves_a_model_that_takes_pixels(tmp_path):
    save_photos(tmp_path / "photos")
    (snippet,) = snippets(PAGE)
    said = run_script(tmp_path, snippet.replace('budget="20s"', "epochs=2"))
    assert "(40, 32, 32, 3) ('cat', 'dog')" in said
    model = keras.saving.load_model(tmp_path / "photos.keras")
    assert isinstance(model.layers[1], keras.layers.Normalization)
    assert model.input_shape == (None, 32, 32, 3)
