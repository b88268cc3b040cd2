"""What stands in the rail on the left, by role. Names of URLs only: the foundation imports no upper room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dealercrm.accounts.models import Role

OPERATOR, MANAGER, ADMINISTRATOR = Role.OPERATOR, Role.MANAGER, Role.ADMINISTRATOR


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the rail: its URL's name, words, lucide icon, roles, and the key that follows `g`, one page a role."""

    url_name: str
    label: Promise
    icon: str
    key: str
    roles: frozenset[str]


def _page(url_name: str, label: Promise, icon: str, key: str, *roles: str) -> Page:
    return Page(url_name, label, icon, key, frozenset(roles))


# The first page that a role has is its home.
SECTIONS: tuple[tuple[Promise, tuple[Page, ...]], ...] = (
    (
        _("Work"),
        (
            _page("base", _("Base by stage"), "chart-bar-stacked", "b", MANAGER),
            _page("today", _("Today"), "phone", "t", OPERATOR, MANAGER),
            _page("floor", _("Today's floor"), "headset", "j", MANAGER),
            _page("callbacks", _("My callbacks"), "phone-incoming", "c", OPERATOR),
            _page("appointments", _("Appointments"), "calendar-days", "a", OPERATOR, MANAGER),
            _page("staff", _("Staff"), "trophy", "s", MANAGER),
            _page("customers", _("Customers"), "users", "u", OPERATOR, MANAGER, ADMINISTRATOR),
            _page("my-results", _("My results"), "gauge", "r", OPERATOR),
        ),
    ),
    (
        _("Outreach"),
        (
            _page("campaigns", _("Campaigns"), "megaphone", "c", MANAGER),
            _page("offers", _("Offers"), "tag", "f", MANAGER),
            _page("loyalty", _("Loyalty"), "gift", "l", MANAGER),
            _page("not-contacted", _("Not contacted, and why"), "phone-off", "n", MANAGER),
            _page("campaign-results", _("What it earned"), "chart-line", "r", MANAGER),
            _page("messages", _("Messages"), "mail", "m", MANAGER),
            _page("texts", _("Texts"), "text-quote", "2", MANAGER, ADMINISTRATOR),
        ),
    ),
    (
        _("Base"),
        (
            _page("at-risk", _("Who is about to leave"), "heart-pulse", "z", MANAGER, ADMINISTRATOR),
            _page("segments", _("Segments"), "list-filter", "q", MANAGER, ADMINISTRATOR),
            _page("complaints", _("Complaints"), "message-square-warning", "e", OPERATOR, MANAGER),
            _page("feedback", _("How was it?"), "star", "w", OPERATOR, MANAGER),
            _page("voice", _("What customers say"), "messages-square", "i", MANAGER),
        ),
    ),
    (
        _("Data"),
        (
            _page("imports", _("Imports"), "upload", "i", ADMINISTRATOR),
            _page("recalls", _("Recalls"), "shield-alert", "v", MANAGER, ADMINISTRATOR),
            _page("duplicates", _("Duplicates"), "merge", "x", MANAGER, ADMINISTRATOR),
            _page("doubtful-readings", _("Doubtful mileage"), "circle-gauge", "g", MANAGER, ADMINISTRATOR),
            _page("data-quality", _("Data quality"), "badge-check", "0", MANAGER, ADMINISTRATOR),
            _page("import-profiles", _("Import profiles"), "table-properties", "f", ADMINISTRATOR),
            _page("health", _("Health of the nights"), "moon-star", "h", MANAGER, ADMINISTRATOR),
        ),
    ),
    (
        _("Rules"),
        (
            _page("policy", _("Lifecycle policy"), "sliders-horizontal", "p", MANAGER, ADMINISTRATOR),
            _page("calibrations", _("How good the forecasts are"), "scale", "y", MANAGER, ADMINISTRATOR),
            _page("schedules", _("Schedules and prices"), "wrench", "1", ADMINISTRATOR),
            _page("contact-policy", _("Contact policy"), "shield-check", "o", MANAGER, ADMINISTRATOR),
        ),
    ),
    (
        _("Access"),
        (
            _page("users", _("Users"), "user-cog", "s", ADMINISTRATOR),
            _page("stores", _("Stores"), "store", "d", ADMINISTRATOR),
            _page("tokens", _("API tokens"), "key-round", "k", ADMINISTRATOR),
            _page("audit", _("Audit"), "scroll-text", "l", ADMINISTRATOR),
        ),
    ),
)


def pages() -> Iterator[Page]:
    for _label, section in SECTIONS:
        yield from section


def sections_for(role: str | None, path: str = "") -> list[dict[str, object]]:
    """The rail of a role at `path`: sections with links; the page one stands on (or under) is current."""
    rail: list[dict[str, object]] = []
    links: list[dict[str, object]] = []
    for label, section in SECTIONS:
        own = [_link(page) for page in section if role in page.roles]
        own = [link for link in own if link["url"]]
        if own:
            rail.append({"label": label, "links": own})
            links += own
    under = [link for link in links if path.startswith(str(link["url"]))]
    if under:
        max(under, key=lambda link: len(str(link["url"])))["is_current"] = True
    return rail


def home_of(role: str | None) -> str | None:
    """URL of the first page of a role; None for a role without pages (integration, nobody)."""
    return next((url for page in pages() if role in page.roles and (url := _url(page.url_name))), None)


def _link(page: Page) -> dict[str, object]:
    return {"label": page.label, "icon": page.icon, "key": page.key, "url": _url(page.url_name), "is_current": False}


def _url(name: str) -> str:
    """The page's address, or nothing while its room has not opened it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
