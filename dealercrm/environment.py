"""Reads the environment for settings.py: a value that does not fit is an error, never a guess."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Collection
from pathlib import Path
from string import Template
from typing import Any

from django.core.exceptions import ImproperlyConfigured

YES = {"1", "true", "yes", "on"}
NO = {"0", "false", "no", "off"}


def flag(name: str, *, default: bool) -> bool:
    """A yes or a no; empty is the default."""
    value = os.environ.get(name, "").strip().lower()
    if value == "":
        return default
    if value in YES | NO:
        return value in YES
    raise ImproperlyConfigured(f"{name} must be one of 1/0/true/false/yes/no/on/off, not {value!r}.")


def number(name: str, *, default: int) -> int:
    """A whole number, zero or more; empty is the default."""
    value = os.environ.get(name, "").strip()
    if value == "":
        return default
    if not value.isascii() or not value.isdigit():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def choice(name: str, known: Collection[str], *, default: str) -> str:
    """One of the known words; empty is the default."""
    value = os.environ.get(name, "").strip().lower() or default
    if value not in known:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(sorted(known))}, not {value!r}.")
    return value


def words(name: str) -> list[str]:
    """A comma-separated list without its blanks."""
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def json_object(name: str) -> dict[str, Any] | None:
    """A JSON object, written here or in the file that is named; ${NAME} in it stands for another variable.

    None where it is empty. Secrets can so stay out of the object itself.
    """
    given = os.environ.get(name, "").strip()
    if not given:
        return None
    try:
        text = given if given.startswith("{") else Path(given).read_text()
        found = json.loads(text)
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(f"{name} must be a JSON object or a file with one: {error}") from None
    if not isinstance(found, dict):
        raise ImproperlyConfigured(f"{name} must be a JSON object, not a {type(found).__name__}.")
    return {key: _expanded(name, value) for key, value in found.items()}


def _expanded(name: str, value: Any) -> Any:
    if isinstance(value, str):
        try:
            return Template(value).substitute(os.environ)
        except (KeyError, ValueError) as error:
            raise ImproperlyConfigured(f"{name} names a variable that is not set: {error}") from None
    if isinstance(value, dict):
        return {key: _expanded(name, inner) for key, inner in value.items()}
    return [_expanded(name, inner) for inner in value] if isinstance(value, list) else value


def kept_secret(path: Path) -> str:
    """The secret in `path`, made at the first start; several processes may start at once.

    The file belongs to its owner alone (0600). Losing it logs everybody out and breaks nothing else.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return _when_written(path)
    secret = secrets.token_urlsafe(50)
    with os.fdopen(handle, "w") as file:
        file.write(secret)
    return secret


def _when_written(path: Path) -> str:
    """Another process may have created the file a moment ago and be writing it still."""
    for _ in range(50):
        secret = path.read_text().strip()
        if secret:
            return secret
        time.sleep(0.02)
    raise ImproperlyConfigured(f"{path} is empty; remove it and start again to get a new secret.")
