"""What every page's frame needs: the rail, the store, the theme."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from dealercrm.accounts.health import Alarm, alarm_of, read_by
from dealercrm.accounts.navigation import home_of, sections_for

THEMES = {"light", "dark"}


def frame(request: HttpRequest) -> dict[str, Any]:
    role = getattr(request, "role", None)
    theme = request.COOKIES.get("theme", "")
    return {
        "rail": sections_for(role, request.path),
        "home_url": home_of(role) or "/",
        "store": getattr(request, "store", None),
        "stores": getattr(request, "stores", []),
        "role": role,
        "theme": theme if theme in THEMES else "",
        "languages": settings.LANGUAGES,
        "nights_alarm": _alarm_on(request),
    }


def _alarm_on(request: HttpRequest) -> Callable[[], Alarm | None]:
    """Asked only by the frame of a whole page; a fragment costs nothing."""

    def ask() -> Alarm | None:
        stores = getattr(request, "stores", [])
        read = read_by(request.user, stores) if stores else []  # type: ignore[arg-type]
        return alarm_of(read, timezone.now()) if read else None

    return ask
