"""Take the README's pictures anew from a seeded demo, in headless Chromium.

    DEALERCRM_VAR=/tmp/pictures python3 dev.py run          # 2,000 cars; best on a working morning
    PYTHONPATH=. .venv/bin/python docs/screenshots/take.py http://127.0.0.1:8000 PASSWORD

The password is the one that seed_demo prints.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.chromium import chromium
from tests.browser.shots import signed_in

HERE = Path(__file__).parent
LARGEST = 200 * 1024  # bytes: a README should open quickly


def main() -> None:
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    address, password = sys.argv[1:]
    with chromium() as found:
        browser = found.browser()
        page = opened(browser, address, "anna", "ru", password)
        page.goto("/today/")
        keep(page, "today-ru")
        page.goto("/today/?kind=maintenance")
        page.locator("tbody a").first.click()
        page.wait_for_url("**/tasks/*/")
        press(page, "n")  # takes this call
        page.locator(".outcomes").wait_for()
        keep(page, "call-card-ru")
        press(page, "Escape")  # gives the call back: the demo stays as it was
        page.wait_for_url("**/today/")
        page = opened(browser, address, "boris", "en", password)
        page.goto("/base/")
        keep(page, "base-en")


def opened(browser: Browser, address: str, user: str, language: str, password: str) -> Page:
    context = browser.new_context(
        base_url=address,
        viewport={"width": 1440, "height": 900},
        locale="ru-RU" if language == "ru" else "en-GB",
        color_scheme="light",
        reduced_motion="reduce",
    )
    return signed_in(context, user, password, language)


def press(page: Page, key: str) -> None:
    page.locator(f"[aria-keyshortcuts={key}]").first.wait_for()
    page.keyboard.press(key)


def keep(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.locator("[aria-keyshortcuts]").first.wait_for()
    page.mouse.move(0, 0)
    for note in page.locator(".toasts [data-close]").all():
        note.click()
    target = HERE / f"{name}.png"
    page.screenshot(path=target)
    if (size := target.stat().st_size) > LARGEST:
        raise SystemExit(f"{target.name} has {size:,} bytes, more than {LARGEST:,}")


if __name__ == "__main__":
    main()
