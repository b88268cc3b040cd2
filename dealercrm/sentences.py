"""Reasons in the reader's language: every room registers its sentences, templates show them.

A rule stores `{"code": ..., "params": {...}}` (dealercrm.why.Why). The template of a code is a
lazy gettext string with %(name)s places, or a callable that takes the params where a plural or a
condition decides the words. An unknown code, or a stored reason that lacks what its sentence needs
by now, is shown as its code: never an error on a card.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils import formats
from django.utils.functional import Promise

logger = logging.getLogger(__name__)

Sentence = str | Promise | Callable[[Mapping[str, Any]], str]

_SENTENCES: dict[str, Sentence] = {}


def register(sentences: Mapping[str, Sentence]) -> None:
    """Add a room's sentences; a code that two rooms claim is a programming error."""
    clash = sorted(set(sentences) & set(_SENTENCES))
    if clash:
        raise ValueError(f"Sentence codes registered twice: {', '.join(clash)}")
    _SENTENCES.update(sentences)


def known_codes() -> frozenset[str]:
    return frozenset(_SENTENCES)


def worded(family: str, code: str) -> str:
    """A code of a room above, in the reader's language: `worded("kind", "maintenance")`.

    The room that owns the codes registers them as sentences `<family>.<code>`, so that a lower one
    can show them without importing it. An unknown code comes back without its underscores.
    """
    name = f"{family}.{code}"
    return sentence({"code": name}) if name in _SENTENCES else code.replace("_", " ")


def sentence(why: Mapping[str, Any] | None) -> str:
    """The stored reason as one sentence in the active language; empty for an empty reason."""
    if not why or not why.get("code"):
        return ""
    template = _SENTENCES.get(why["code"])
    if template is None:
        return str(why["code"])
    said = why.get("params") or {}
    try:
        if callable(template) and not isinstance(template, Promise):
            return template(said)
        return str(template) % {name: shown(value) for name, value in said.items()}
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        # Written by an older version of the rule. The log names the code and the parameters, never their values.
        logger.warning("no sentence for %s with %s: %s", why["code"], sorted(said), type(error).__name__)
        return str(why["code"])


def shown(value: Any) -> Any:
    """A parameter as people read it: dates and numbers in the active locale."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return formats.number_format(value, use_l10n=True, force_grouping=True)
    if isinstance(value, str) and len(value) == 10 and value[4:5] == "-":
        try:
            return formats.date_format(date.fromisoformat(value), "SHORT_DATE_FORMAT")
        except ValueError:
            return value
    if isinstance(value, list):
        return ", ".join(str(shown(item)) for item in value)
    return value
