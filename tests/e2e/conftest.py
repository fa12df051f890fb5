"""What the browser tests stand on: one Chromium."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, started once; stopped before the tests of the other folders."""
    with sync_playwright() as playwright:
        navigateur = playwright.chromium.launch(
            executable_path=os.environ.get("GEN_CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield navigateur
        navigateur.close()
