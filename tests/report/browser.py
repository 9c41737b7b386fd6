"""A headless Chromium that opens a page from disk, and what the tests ask of it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

PROGRAMS = ("chromium", "chromedriver")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars"),
)


def missing() -> tuple[str, ...]:
    """The programs that are not here: Debian has them as the packages chromium and chromium-driver."""
    return tuple(program for program in PROGRAMS if shutil.which(program) is None)


class Browser:
    """One window."""

    def __init__(self, driver: webdriver.Chrome, downloads: Path) -> None:
        self.driver = driver
        self.downloads = downloads

    def open(self, page: Path) -> None:
        """Load a page from disk, with nothing kept of an earlier one."""
        self.driver.get(page.as_uri())
        self.run("localStorage.clear()")
        self.driver.get(page.as_uri())

    def run(self, script: str, *arguments: object) -> Any:
        """What a script returns."""
        return self.driver.execute_script(script, *arguments)  # type: ignore[no-untyped-call]

    def scheme(self, name: str) -> None:
        """`light` or `dark`, as the system would say."""
        media = {"features": [{"name": "prefers-color-scheme", "value": name}]}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)

    def size(self, width: int, height: int) -> None:
        """The window's size."""
        self.driver.set_window_size(width, height)

    def complaints(self) -> list[str]:
        """What the console says since it was last asked: errors of scripts, and of the content security policy."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def downloaded(self, click: str) -> bytes:
        """The file that a click on a button gives."""
        for path in self.downloads.iterdir():
            path.unlink()
        self.driver.find_element(By.CSS_SELECTOR, click).click()
        until = time.monotonic() + 60
        while time.monotonic() < until:
            found = list(self.downloads.iterdir())
            # While it is written there is a second one, and an empty one of its name
            if len(found) == 1 and found[0].suffix != ".crdownload" and found[0].stat().st_size:
                return found[0].read_bytes()
            time.sleep(0.05)
        names = sorted(path.name for path in self.downloads.iterdir())
        raise AssertionError(f"{click} gives no file: {names}, {self.complaints()}")


@contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    """Start it, and end it."""
    options = Options()
    options.binary_location = str(shutil.which("chromium"))
    for flag in (*FLAGS, f"--user-data-dir={folder / 'profile'}", "--window-size=1400,1000"):
        options.add_argument(flag)
    # One after the other, without a person's click between them
    options.add_experimental_option("prefs", {"profile.default_content_setting_values.automatic_downloads": 1})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    downloads = folder / "downloads"
    downloads.mkdir()
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(downloads)})
    try:
        yield Browser(driver, downloads)
    finally:
        driver.quit()
