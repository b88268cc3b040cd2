"""What a provider reports: receipts, bounces, complaints and answers of customers, read from its JSON by a table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from campaigns.rules.providers import found_at

EVENTS = frozenset({"delivered", "opened", "bounced", "undelivered", "complained", "answer"})
# The whole message is a word that ends it; a sentence with such a word in it is for a person to read.
_STOP = re.compile(
    r"(stop|стоп|unsubscribe|отписать(ся)?|отпиши(те)?( меня)?|отписка|не (пишите|писать)|хватит|end|quit|cancel)",
    re.IGNORECASE,
)


class Event(NamedTuple):
    """`id`: the provider's number of a message of ours, or our own; of an answer its own number."""

    what: str
    id: str
    sender: str = ""
    text: str = ""
    to: str = ""
    about: str = ""  # of an answer: the message it answers


@dataclass(frozen=True, slots=True)
class Hook:
    """Where things stand in the provider's JSON (paths as `data.0.id`), and its words for what happened.

    `list_at`: where one report holds several; empty: the report is one event, or a plain list of them.
    """

    list_at: str = ""
    event_at: str = "event"
    id_at: str = "id"
    sender_at: str = "from"
    text_at: str = "text"
    to_at: str = "to"
    about_at: str = "in_reply_to"
    events: Mapping[str, str] = field(default_factory=lambda: {name: name for name in EVENTS})

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Hook:
        """ValueError names what does not fit."""
        known = {one.name for one in fields(cls)}
        if unknown := sorted(set(given) - known):
            raise ValueError(f"hook: unknown {unknown[0]!r}; known are: {', '.join(sorted(known))}")
        hook = cls(**given)
        if bad := sorted(set(hook.events.values()) - EVENTS):
            raise ValueError(f"hook: {bad[0]!r} is none of {', '.join(sorted(EVENTS))}")
        return hook


def events_of(hook: Hook, report: Any) -> list[Event]:
    """The events of a report that mean something to us; others are left out."""
    entries = _at(report, hook.list_at) if hook.list_at else report
    found = []
    for entry in entries if isinstance(entries, list) else [entries]:
        what = hook.events.get(found_at(entry, hook.event_at))
        number = found_at(entry, hook.id_at).strip("<>")[:120]
        if what and number:
            sender, text, to, about = (
                found_at(entry, path) for path in (hook.sender_at, hook.text_at, hook.to_at, hook.about_at)
            )
            found.append(Event(what, number, sender[:254], text[:5000], to[:254], about.strip("<>")[:120]))
    return found


def asks_to_stop(text: str) -> bool:
    """STOP, СТОП, "отпишите меня": the whole answer, or its first line above a quoted letter."""
    lines = [line for line in text.strip().splitlines() if line.strip() and not line.startswith(">")]
    return bool(lines and _STOP.fullmatch(lines[0].strip(" .!\"'«»")))


def _at(report: Any, path: str) -> Any:
    for name in path.split("."):
        report = report.get(name) if isinstance(report, Mapping) else None
    return report
