"""How often a public page may be asked by one caller: a count in the cache that ends by itself.

The key carries a digest only: neither an address nor the token of a link lies in the cache.
"""

from __future__ import annotations

import hashlib

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest


def caller_of(request: HttpRequest) -> str:
    """The network address that asks, behind as many proxies as are trusted (TRUSTED_PROXIES)."""
    return str(get_adapter(request).get_client_ip(request))


def is_too_often(what: str, who: str, *, most: int, seconds: int) -> bool:
    """True from the ask after the `most`-th within `seconds` since the first. A cache that is away counts nobody."""
    key = f"asked:{what}:{hashlib.sha256(who.encode()).hexdigest()[:32]}"
    if cache.add(key, 1, seconds):
        return False
    try:
        return bool(cache.incr(key) > most)
    except ValueError:  # it ended between the two questions
        return False
