"""Pictures of every page for eyes: both languages, light and dark, 360 and 1440 px wide.

    python -m tests.browser.shots http://127.0.0.1:8000 /tmp/pictures --password demo-drive-2026

Signs in as the demo's operator, manager and administrator, follows the rail and the first link of each kind
of page it meets, and writes one PNG per page, language, scheme and width.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import django
from django.urls import Resolver404, resolve
from playwright.sync_api import BrowserContext, Error, Page

from tests.browser.chromium import chromium

SIZES = {360: 780, 1440: 900}
DEPTH = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--password", default=os.environ.get("DEMO_PASSWORD", ""))
    parser.add_argument("--users", default="anna,boris,vera", help="sign-in names, separated by commas")
    parser.add_argument("--languages", default="ru,en")
    parser.add_argument("--only", default="", help="part of an address")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()  # pages are told apart by the names of their addresses
    with chromium() as found:
        browser = found.browser()
        for user in options.users.split(","):
            for language in options.languages.split(","):
                context = browser.new_context(
                    base_url=options.address, locale=language, reduced_motion="reduce", color_scheme="light"
                )
                page = signed_in(context, user, options.password, language)
                for address in sorted(kinds_of_pages(page).values()):
                    if options.only in address:
                        shoot(page, address, options.folder, f"{user}-{language}")
                context.close()


def signed_in(context: BrowserContext, user: str, password: str, language: str) -> Page:
    page = context.new_page()
    page.goto("/login/")
    page.fill("[name=login]", user)
    page.fill("[name=password]", password)
    page.click("main .button--main")
    page.wait_for_load_state()
    page.locator(".menu summary").click()
    page.locator(f".menu button[value={language}]").click()
    page.wait_for_load_state()
    return page


def kinds_of_pages(page: Page) -> dict[str, str]:
    """{kind: an address of it}: another number or code makes no new kind; what needs a POST is not met."""
    found: dict[str, str] = {}
    waiting = [("/", 0), *((address, 0) for address in links(page, ".rail a"))]
    while waiting:
        address, depth = waiting.pop(0)
        kind = kind_of(address)
        if kind in found or re.search(r"logout|rejects|download|/api/", address):
            continue
        try:
            answer = page.goto(address)
        except Error:
            continue  # a file, which a browser saves and does not show
        if answer is None or not answer.ok or page.locator("main h1").count() == 0:
            continue
        found[kind] = urlsplit(page.url).path + (f"?{urlsplit(page.url).query}" if urlsplit(page.url).query else "")
        if depth < DEPTH:
            waiting += [(link, depth + 1) for link in links(page, "main a")]
    return found


def kind_of(address: str) -> str:
    """The name of the page, and whether it is asked for something."""
    parts = urlsplit(address)
    try:
        name = resolve(parts.path).view_name
    except Resolver404:
        name = parts.path
    return f"{name}?" if parts.query else name


def links(page: Page, selector: str) -> Iterator[str]:
    own = urlsplit(page.url).netloc
    for link in page.eval_on_selector_all(selector, "all => all.map(a => a.href && a.href.baseVal || a.href)"):
        parts = urlsplit(str(link))
        if parts.netloc == own and parts.path:
            yield parts.path + (f"?{parts.query}" if parts.query else "")


def shoot(page: Page, address: str, folder: Path, prefix: str) -> None:
    for width, height in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.goto(address)
            page.wait_for_load_state("networkidle")
            name = re.sub(r"\W+", "-", address).strip("-") or "home"
            page.screenshot(path=folder / f"{prefix}-{name[:60]}-{width}-{scheme}.png", full_page=width > 600)


if __name__ == "__main__":
    main()
