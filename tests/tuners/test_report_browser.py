"""What a person sees of the report: the page in Chromium.

`make screenshot` keeps the picture of a real search as docs/report.png.
"""

import os
import time

import keras
import keras_tuner as kt
import pytest
from browser import needs_browser, open_browser
from keras import layers, ops
from PIL import Image
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from studies import oracle_in, search

import tuners
from tuners import write_report
from tuners.results import read_search

pytest.importorskip("plotly")
pytestmark = needs_browser

HOSTILE = "<script>alert(1)</script>"
PATIENCE = 30  # seconds, for a machine that is busy
FULL = "SCREENSHOT" in os.environ


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    driver = open_browser(tmp_path_factory.mktemp("profile"), "--hide-scrollbars")
    try:
        yield driver
    finally:
        driver.quit()


def opened(driver, path):
    """Opens a page, and waits until all its pictures are drawn."""
    driver.get(path.absolute().as_uri())
    drawn = "return figures.length && figures.every((_, n) => document.querySelector("
    drawn += "`#figure-${n} .main-svg`))"
    WebDriverWait(driver, PATIENCE).until(lambda d: d.execute_script(drawn))
    return driver


def complaints(driver):
    """Returns what the browser complained of, but for the speed of pictures without a GPU."""
    logged = driver.get_log("browser")
    return [entry["message"] for entry in logged if "GL Driver Message" not in entry["message"]]


# --- a hostile search -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """The page of a search whose names, values and errors are scripts."""
    hp = kt.HyperParameters()
    hp.Choice(f"{HOSTILE}<img src=x onerror=alert(2)>", [HOSTILE, "</script>" + HOSTILE])
    hp.Float("$rate </style>", 1e-3, 1.0, sampling="log")
    oracle = oracle_in(tmp_path_factory.mktemp("hostile"), hp, max_consecutive_failed_trials=20)

    def score(values):
        rate = values["$rate </style>"]
        if rate > 0.3:
            raise ArithmeticError(f"--> {HOSTILE} <a href='javascript:alert(3)'>")
        return [rate + 1, rate]

    return write_report(search(oracle, score, 12))


@pytest.fixture
def hostile_page(hostile, driver):
    return opened(driver, hostile)


def test_no_text_of_a_search_becomes_a_script(hostile_page):
    script = "return [...document.scripts].map((script) => script.type)"
    assert hostile_page.execute_script(script) == ["application/json", "", ""]
    assert not hostile_page.find_elements(By.CSS_SELECTOR, "img, a[href^=javascript]")
    assert hostile_page.execute_script("return document.title")  # a dialog would refuse this
    assert complaints(hostile_page) == []  # of the policy, if a script had been there


def test_names_and_errors_are_shown_as_they_are(hostile_page):
    words = hostile_page.find_element(By.TAG_NAME, "main").text
    assert f"{HOSTILE}<img src=x onerror=alert(2)>" in words
    assert f"ArithmeticError: --> {HOSTILE} <a href='javascript:alert(3)'>" in words
    titles = "return [...document.querySelectorAll('.xtitle')].map((title) => title.textContent)"
    assert f"{HOSTILE}<img src=x one…" in hostile_page.execute_script(titles)


def test_the_page_asks_nobody_for_anything(hostile_page):
    asked = "return performance.getEntriesByType('resource').map((entry) => entry.name)"
    assert [name for name in hostile_page.execute_script(asked) if "://" in name] == []


def test_a_script_that_got_in_would_not_run(hostile, driver, tmp_path):
    changed = tmp_path / "changed.html"
    text = hostile.read_text(encoding="utf-8")
    changed.write_text(
        text.replace("<main>", "<main><script>window.intruder = 1</script>"), encoding="utf-8"
    )
    assert opened(driver, changed).execute_script("return window.intruder") is None
    assert "violates the following Content Security Policy" in complaints(driver)[0]


# --- a real search --------------------------------------------------------------------------------


def network(hp):
    """A small network; three layers with tanh are cut from their gradient."""
    body = [keras.Input((8, 8, 1)), layers.Flatten()]
    depth, activation = hp.Int("depth", 1, 3), hp.Choice("activation", ["relu", "tanh"])
    units = hp.Int("units", 8, 64, sampling="log")
    body += [layers.Dense(units, activation) for _ in range(depth)]
    if hp.Boolean("dropout"):
        with hp.conditional_scope("dropout", [True]):
            body.append(layers.Dropout(hp.Float("rate", 0.1, 0.6)))
    if (depth, activation) == (3, "tanh"):
        body.append(layers.Lambda(ops.stop_gradient))
    model = keras.Sequential([*body, layers.Dense(10, "softmax")])
    rate = hp.Float("learning_rate", 1e-4, 1e-1, sampling="log")
    model.compile(
        keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model


@pytest.fixture(scope="module")
def study(digits, tmp_path_factory):
    """A search on handwritten digits: longer where its picture is wanted."""
    trials, epochs = (24, 12) if FULL else (4, 2)
    tuner = tuners.RandomSearch(
        network,
        objective="val_loss",
        max_trials=trials,
        seed=0,
        pruner="median",
        max_consecutive_failed_trials=20,
        directory=str(tmp_path_factory.mktemp("study")),
        project_name="digits",
    )
    x, y = digits.x[:900], digits.y[:900]
    train, validation = (x[:600], y[:600]), (x[600:], y[600:])
    tuner.search(*train, validation_data=validation, epochs=epochs, batch_size=32, verbose=0)
    return tuner


def keep_picture(driver, path):
    """Writes a picture of the page down to the parallel coordinates."""
    driver.set_window_size(1120, 3200)
    section = "[...document.querySelectorAll('section')].find((s) => s.innerText.startsWith('Par'))"
    end = driver.execute_script(f"return {section}.getBoundingClientRect().bottom + 16")
    time.sleep(1)  # until the last picture has its new size
    driver.save_screenshot(path)
    with Image.open(path) as picture:
        cut = picture.crop((0, 0, picture.width, min(int(end), picture.height)))
    cut.convert("RGB").save(path, optimize=True)


@pytest.fixture(scope="module")
def page(study, driver):
    """The page of the real search."""
    opened(driver, write_report(study))
    if FULL:
        keep_picture(driver, os.environ["SCREENSHOT"])
    return driver


def test_a_click_on_a_point_shows_the_row_of_its_trial(page, study):
    click = """
        const [figure] = document.querySelectorAll('.figure');
        const n = figure.data.findIndex((trace) => trace.name === 'finished');
        const point = { customdata: figure.data[n].customdata[0] };
        figure.emit('plotly_click', { points: [point] });
        return document.querySelector('tr.marked').cells[0].textContent;
    """
    first = next(t.trial for t in read_search(study).trials if t.status == "finished")
    assert page.execute_script(click) == first


def test_a_click_on_a_heading_sorts_the_trials(page, study):
    heading = page.find_elements(By.CSS_SELECTOR, "section:last-of-type th")[0]
    page.execute_script("arguments[0].click()", heading)
    rows = page.find_elements(By.CSS_SELECTOR, "section:last-of-type tbody tr")
    assert [row.get_attribute("id") for row in rows] == [
        f"trial-{trial.trial}" for trial in read_search(study).trials
    ]


def test_the_finding_of_the_graph_check_is_told(page):
    assert "it stops at StopGradient, in 'lambda'" in page.find_element(By.TAG_NAME, "main").text


def test_the_page_follows_the_reader_into_the_dark(page):
    def dark(scheme):
        feature = {"name": "prefers-color-scheme", "value": scheme}
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        ink = "return [getComputedStyle(document.body).color, "
        ink += "getComputedStyle(document.querySelector('.xtitle')).fill]"
        WebDriverWait(page, PATIENCE).until(lambda d: len(set(d.execute_script(ink))) == 1)
        return page.execute_script(ink)[0]

    assert dark("light") != dark("dark")


def test_nothing_is_wider_than_a_phone(page):
    metrics = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    wide = "return document.documentElement.scrollWidth"
    WebDriverWait(page, PATIENCE).until(lambda d: d.execute_script(wide) <= 390)
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
