"""What every page's frame needs: the rail, the store, the theme."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

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
    }
