"""What a person sees of the graph check: TensorBoard in Chromium.

`make screenshot` keeps the picture of the Graphs tab as docs/graph_check.png.
"""

import os
import re
import signal
import subprocess
import sys
import time

import keras
import pytest
from browser import needs_browser, open_browser
from keras import layers, ops
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains
from selenium.webdriver.support.ui import WebDriverWait

from recipes import check_graph
from recipes.blocks import Style, basic_block, classification_head, conv_bn_act

pytestmark = needs_browser
PATIENCE = 30  # seconds, for a machine that is busy; each step takes about one


def gated_network():
    """A small ResNet with a gate that cannot learn and a branch that nobody uses."""
    style, image = Style(seed=0), keras.Input((32, 32, 3), name="image")
    x = conv_bn_act(image, 16, style=style, name="stem")
    x = basic_block(x, 16, style=style, name="stage1_block1")
    gate = layers.Dense(16, name="gate")(layers.GlobalAveragePooling2D(name="squeeze")(x))
    gate = layers.Reshape((1, 1, 16), name="broadcast")(ops.stop_gradient(gate))
    x = layers.Multiply(name="scale")([x, gate])
    layers.BatchNormalization(name="aux_bn")(layers.Conv2D(8, 1, name="aux_conv")(x))
    x = basic_block(x, 32, strides=2, style=style, name="stage2_block1")
    return keras.Model(image, classification_head(x, 10, style=style))


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """The pair (folder of logs, report in it) of a network with two faults."""
    folder = tmp_path_factory.mktemp("logs")
    return folder, check_graph(gated_network, logdir=folder)


@pytest.fixture(scope="module")
def address(logs, tmp_path_factory):
    """TensorBoard, started on the folder of the report at a free port."""
    output = tmp_path_factory.mktemp("tensorboard") / "output"
    words = ("-m", "tensorboard.main", "--logdir", str(logs[0]), "--port", "0")
    with output.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, *words], stdout=file, stderr=file, start_new_session=True
        )
    try:
        yield _wait_for_address(process, output)
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # its data server, too
        process.wait()


def _wait_for_address(process, output):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        found = re.search(r"http://\S+", output.read_text())
        if found:
            return found[0]
        time.sleep(0.1)
    pytest.fail(f"TensorBoard did not start: {output.read_text()}")


@pytest.fixture(scope="module")
def page(address, tmp_path_factory):
    """A browser."""
    driver = open_browser(tmp_path_factory.mktemp("profile"))
    try:
        yield Page(driver, address)
    finally:
        driver.quit()


class Page:
    """TensorBoard in a browser: its elements, through all shadow roots."""

    _FIND = """
        const selector = arguments[0], found = [];
        (function walk(root) {
            for (const element of root.querySelectorAll("*")) {
                if (element.matches(selector)) found.push(element);
                if (element.shadowRoot) walk(element.shadowRoot);
            }
        })(document);
        return found;
    """

    def __init__(self, driver, address):
        self.driver, self.address = driver, address

    def open(self, tab):
        """Opens a tab: "graphs" or "text"."""
        self.driver.get("about:blank")
        self.driver.get(f"{self.address}#{tab}")

    def find(self, selector):
        """Waits for elements, and returns them."""
        return self.wait(lambda: self.driver.execute_script(self._FIND, selector))

    def wait(self, condition):
        """Waits until a condition holds, and returns its value."""
        ignored = (StaleElementReferenceException,)  # TensorBoard draws some parts twice
        waiting = WebDriverWait(self.driver, PATIENCE, 0.1, ignored)
        return waiting.until(lambda _: condition())

    def run(self, script, *arguments):
        """Returns what a script returns."""
        return self.driver.execute_script(f"return {script}", *arguments)

    def text(self, element):
        """Returns the text of an element, hidden or not."""
        return self.run("arguments[0].textContent", element).strip()

    def node(self, name):
        """Returns what is drawn for a node of the graph."""
        return self.find(f'g.node[data-name="{name}"] > .nodeshape')[0]

    def colour(self, name):
        """Returns the colour of a node."""
        return self._fill(self.run("arguments[0].querySelector('rect, ellipse')", self.node(name)))

    def _fill(self, shape):
        fill = self.run("getComputedStyle(arguments[0]).fill", shape)
        gradient = re.fullmatch(r'url\("#(.*)"\)', fill)  # a node with a device has one to itself
        if gradient is None:
            return fill
        (stop, *_) = self.find(f'linearGradient[id="{gradient[1]}"] > stop')
        return self.run("getComputedStyle(arguments[0]).stopColor", stop)

    def legend(self):
        """Returns the colour of each entry of the legend that is shown."""
        rows = [row for row in self.find(".color-legend-row") if row.is_displayed()]
        icon = "arguments[0].querySelector('tf-graph-icon').shadowRoot.querySelector('rect')"
        return {self.text(row): self._fill(self.run(icon, row)) for row in rows}


@pytest.fixture(scope="module")
def graph(page):
    """The Graphs tab, coloured by device."""
    page.open("graphs")
    page.node("CUT.gate")
    (button,) = (b for b in page.find("paper-radio-button") if page.text(b) == "Device")
    page.run("arguments[0].scrollIntoView()", button)
    button.click()
    page.wait(lambda: page.colour("CUT.gate") != page.colour("stem"))
    if "SCREENSHOT" in os.environ:
        page.driver.save_screenshot(os.environ["SCREENSHOT"])
    return page


def test_the_faulty_layers_are_boxes_of_their_own_beside_those_of_the_model(graph):
    titles = {graph.text(title) for title in graph.find("g.node.meta title")}
    assert titles == {"stem", "stage1", "CUT.gate", "stage2", "DEAD_END.aux"}


def test_a_faulty_layer_has_the_colour_that_the_legend_gives_its_code(graph):
    legend = graph.legend()
    assert set(legend) == {"CUT/device:CUT:0", "DEAD_END/device:DEAD_END:0", "unknown device"}
    assert len(set(legend.values())) == 3
    assert graph.colour("CUT.gate") == legend["CUT/device:CUT:0"]
    assert graph.colour("DEAD_END.aux") == legend["DEAD_END/device:DEAD_END:0"]
    for healthy in ("stem", "stage1", "scale", "stage2"):
        assert graph.colour(healthy) == legend["unknown device"]


def test_a_click_on_the_layer_in_the_box_tells_the_reason(graph):
    reason = (
        "layer `gate` (kernel, bias: 272 parameters) gets no gradient: it stops at StopGradient"
    )

    def told():  # while the box still opens, a click may be lost
        graph.run("arguments[0].dispatchEvent(new Event('click'))", graph.node("CUT.gate/gate"))
        (card,) = graph.find("tf-node-info")
        return reason in graph.run("arguments[0].shadowRoot.textContent", card)

    ActionChains(graph.driver).double_click(graph.node("CUT.gate")).perform()
    graph.wait(told)


def test_the_text_tab_shows_the_findings_and_the_norms_of_the_gradients(page, logs):
    page.open("text")
    page.wait(lambda: len(page.find("table")) == 2)
    cells = [page.text(cell) for cell in page.find("td")]
    for finding in logs[1].findings:
        assert f"{finding.severity} {finding.code}" in cells
        assert f"{finding.message}{finding.hint}" in cells
    assert {"stem_conv", "432"} <= set(cells)
