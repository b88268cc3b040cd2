"""Headless Chromium for tests and screenshots: Debian's own, driven by Playwright; no request leaves this machine."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def executable() -> str | None:
    """Chromium on this machine, or None."""
    named = os.environ.get("CHROMIUM")
    if named and Path(named).exists():
        return named
    return next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )


class Chromium:
    """A browser that is started when it is first asked for, and again after it ended."""

    def __init__(self, playwright: Playwright) -> None:
        self._playwright = playwright
        self._browser: Browser | None = None
        self._pid = 0

    def browser(self) -> Browser:
        if self._browser is None or not self._browser.is_connected():
            self._browser = self._playwright.chromium.launch(executable_path=executable(), args=FLAGS)
            processes = self._browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
            self._pid = next(process["id"] for process in processes if process["type"] == "browser")
        return self._browser

    @contextmanager
    def patience(self, seconds: float) -> Iterator[None]:
        """End the browser when this takes longer: what waits for it then fails where it waits.

        Keys, scripts and downloads have no time limit of their own, and a test that waits for ever
        stops everything behind it.
        """
        timer = threading.Timer(seconds, lambda: os.kill(self._pid, signal.SIGKILL))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def close(self) -> None:
        if self._browser is not None and self._browser.is_connected():
            self._browser.close()


@contextmanager
def chromium() -> Iterator[Chromium]:
    # Playwright keeps an event loop in this thread, and Django would refuse to talk to the database beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        found = Chromium(playwright)
        yield found
        found.close()
