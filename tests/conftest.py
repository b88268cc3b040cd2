"""The cast: dealership North with operator Anna, manager Boris and administrator Vera; dealership South
with Clara, who must see nothing of North. Tests that need PostgreSQL are skipped with a reason on SQLite."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, datetime
from importlib import import_module
from pathlib import Path

import hypothesis
import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import translation
from pytest_django.plugin import blocking_manager_key

from campaigns.rules.priority import Place
from dealercrm.accounts.models import Dealership, Role, User
from dealercrm.remembering import forget_everything
from dealercrm.translating import compile_all
from tests.factories import make_dealership, make_user, moment
from vehicles.models import ImportProfile

# How long an input takes to make is the machine's matter: no test asserts speed.
hypothesis.settings.register_profile("house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("house")

NEEDS_POSTGRES = "needs PostgreSQL: run with --postgres"
NEEDS_REDIS = "needs Redis: run with --postgres"


SEEDS = ("0003_catalogue", "0005_profile_1c")  # rows that ship with the product, made by migrations


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """A test with real transactions empties every table; the next one finds what ships with the product again."""
    yield
    marker = item.get_closest_marker("django_db")
    is_transactional = bool(marker and marker.kwargs.get("transaction"))
    has_emptied = is_transactional or {"live_server", "transactional_db"} & set(getattr(item, "fixturenames", ()))
    if has_emptied and nextitem is not None:  # after the last test the database itself is gone
        with item.config.stash[blocking_manager_key].unblock():
            if not ImportProfile.objects.exists():
                for name in SEEDS:
                    import_module(f"vehicles.migrations.{name}").seed(apps, None)


@pytest.fixture(autouse=True)
def needs_servers(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("postgres") and connection.vendor != "postgresql":
        pytest.skip(NEEDS_POSTGRES)
    if request.node.get_closest_marker("redis") and not os.environ.get("CELERY_BROKER_URL", "").startswith("redis"):
        pytest.skip(NEEDS_REDIS)


@pytest.fixture(scope="session", autouse=True)
def compiled_translations() -> None:
    """Tests read the interface in Russian too, on machines without GNU gettext."""
    compile_all([Path(path) for path in settings.LOCALE_PATHS])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many facts this run could not show, so that nobody takes them for proved."""
    reasons = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    for lack in (NEEDS_POSTGRES, NEEDS_REDIS):
        count = sum(lack in reason for reason in reasons)
        if count:
            terminalreporter.write_line(f"{count} skipped, {lack}")


@pytest.fixture(autouse=True)
def back_to_english() -> Iterator[None]:
    """A page that a test opens in Russian leaves the thread in Russian, as between two requests of a server."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def nobody_is_locked_out() -> None:
    """Failed sign-ins of one test do not slow down the next."""
    cache.clear()
    forget_everything()


@pytest.fixture(autouse=True)
def nothing_is_left_to_chance(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whom a draw keeps back, and which calls it moves, depends on ids: only tests about it (marker `holdout`) draw."""
    if not request.node.get_closest_marker("holdout"):
        monkeypatch.setattr("campaigns.assigning.is_held_out", lambda *drawn: False)
        monkeypatch.setattr("vehicles.loyalty.is_held_out", lambda *drawn: False)
        monkeypatch.setattr(
            "campaigns.planning.place_of_call", lambda kind, value, *policy, **task: Place(value, False, None)
        )


@pytest.fixture
def today() -> date:
    return date(2026, 3, 16)  # a Monday, no holiday


@pytest.fixture
def now(today: date) -> datetime:
    return moment(today, 11)


@pytest.fixture
def north(db: None) -> Dealership:
    return make_dealership("north", name="North", city="Казань")


@pytest.fixture
def south(db: None) -> Dealership:
    return make_dealership("south", name="South", city="Самара", time_zone="Europe/Samara")


@pytest.fixture
def anna(north: Dealership) -> User:
    """Operator of North."""
    return make_user("anna", Role.OPERATOR, north, first_name="Anna")


@pytest.fixture
def boris(north: Dealership) -> User:
    """Manager of North."""
    return make_user("boris", Role.MANAGER, north, first_name="Boris")


@pytest.fixture
def vera(north: Dealership) -> User:
    """Administrator of North."""
    return make_user("vera", Role.ADMINISTRATOR, north, first_name="Vera")


@pytest.fixture
def clara(south: Dealership) -> User:
    """Operator of South: the outsider."""
    return make_user("clara", Role.OPERATOR, south, first_name="Clara")


@pytest.fixture
def dms(north: Dealership) -> User:
    """The integration user of North."""
    return make_user("dms", Role.INTEGRATION, north)


@pytest.fixture
def as_user() -> Callable[[User], Client]:
    """`as_user(anna)` gives a browser session of hers."""

    def log_in(user: User) -> Client:
        browser = Client()
        browser.force_login(user)
        return browser

    return log_in


@pytest.fixture
def time_machine_at() -> Iterator[Callable[[str], None]]:
    """`time_machine_at("2026-03-16T09:42:00+03:00")` sets the wall clock that views read at their edge."""
    with ExitStack() as travels:

        def travel(moment: str) -> None:
            travels.enter_context(time_machine.travel(datetime.fromisoformat(moment), tick=False))

        yield travel
