"""Chromium for tests, where it is installed."""

import shutil

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

_BROWSER, _DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
_FLAGS = (
    "--headless",
    "--no-sandbox",  # Chromium refuses to start as root with it
    "--disable-gpu",
    "--enable-unsafe-swiftshader",  # WebGL without a GPU
    "--disable-dev-shm-usage",  # small in containers
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
needs_browser = pytest.mark.skipif(
    not (_BROWSER and _DRIVER), reason="needs Debian's packages chromium and chromium-driver"
)


def open_browser(profile, *flags, size="1280,960"):
    """Returns a driver of Chromium.

    Args:
        profile: An empty folder.
        *flags: Further flags.
        size: Width and height of the window, in pixels.
    """
    options = webdriver.ChromeOptions()
    options.binary_location = _BROWSER
    for flag in (*_FLAGS, *flags, f"--window-size={size}", f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service(_DRIVER))
