"""SQLite compares letters outside ASCII byte by byte: "Иванов" LIKE "иванов" is silently false.

Every new SQLite connection gets LIKE, UPPER and LOWER that know all letters, so that an admin
search or an `iexact` finds the same rows on both databases. Name search does not rely on it: it
uses the stored `search_key` and an index.
"""

from __future__ import annotations

import re
import sqlite3
from functools import lru_cache
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper


def teach_unicode(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Receiver of `connection_created`; other databases need no lesson."""
    if connection.vendor != "sqlite":
        return
    raw: sqlite3.Connection = connection.connection
    raw.create_function("UPPER", 1, upper, deterministic=True)
    raw.create_function("LOWER", 1, lower, deterministic=True)
    raw.create_function("LIKE", 2, like, deterministic=True)
    raw.create_function("LIKE", 3, like, deterministic=True)


def upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


def lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def like(pattern: Any, value: Any, escape: str | None = None) -> bool | None:
    """`value LIKE pattern ESCAPE escape` in SQLite's own argument order; NULL when either is NULL."""
    if pattern is None or value is None:
        return None
    return _matcher(str(pattern), escape).fullmatch(str(value)) is not None


@lru_cache(maxsize=512)
def _matcher(pattern: str, escape: str | None) -> re.Pattern[str]:
    parts: list[str] = []
    letters = iter(pattern)
    for letter in letters:
        if letter == escape:
            parts.append(re.escape(next(letters, "")))
        elif letter == "%":
            parts.append(".*")
        elif letter == "_":
            parts.append(".")
        else:
            parts.append(re.escape(letter))
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)
