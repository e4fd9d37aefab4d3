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


def test_the_snippets_train_on_a_folder_and_save_a_model_that_takes_pixels(tmp_path):
    save_photos(tmp_path / "photos")
    in_memory, in_batches = snippets(PAGE)
    script = in_memory.replace('budget="20s"', "epochs=2") + in_batches
    said = run_script(tmp_path, script)
    assert "(40, 32, 32, 3) ('cat', 'dog')" in said
    assert "32 0.075" in said
    model = keras.saving.load_model(tmp_path / "photos.keras")
    assert isinstance(model.layers[1], keras.layers.Normalization)
    assert model.input_shape == (None, 32, 32, 3)
