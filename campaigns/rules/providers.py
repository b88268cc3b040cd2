"""A provider of SMS or a messenger, as settings describe it: its request as a template, its answers as a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import quote, urlsplit

from campaigns.rules.relay import SendError, of_status

PLACES = ("to", "text", "id", "from")
VERDICTS = frozenset({"sent", "again", "failed", "bad_address"})
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Provider:
    """One JSON object of settings (SMS_PROVIDER, MESSENGER_PROVIDER); docs/how-to/add-a-channel.md tells each line.

    `answers` maps what stands at `answer_at` of a reply to a verdict, for providers that say "error" with
    status 200. Times are seconds.
    """

    url: str
    body: Any = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    sender: str = ""
    is_idempotent: bool = False  # it knows our {id} and never sends one twice
    answer_at: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    id_at: str = ""
    hook: Mapping[str, Any] = field(default_factory=dict)  # how it reports, see rules/hooks.py
    lookup_url: str = ""  # answers 404 where it does not have {id}
    timeout: float = 15.0

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Provider:
        """ValueError names what does not fit."""
        known = {one.name for one in fields(cls)}
        if unknown := sorted(set(given) - known):
            raise ValueError(f"unknown {unknown[0]!r}; known are: {', '.join(sorted(known))}")
        if "url" not in given:
            raise ValueError("'url' is missing")
        provider = cls(**given)
        for address in filter(None, (provider.url, provider.lookup_url)):
            if urlsplit(address).scheme not in {"https", "http"} or not urlsplit(address).hostname:
                raise ValueError(f"{address!r} is no address: https://host/path is needed")
        for place in _PLACE.findall(f"{provider.url} {provider.lookup_url} {provider.body}"):
            if place not in PLACES:
                raise ValueError(f"unknown place {{{place}}}; known are: {', '.join(PLACES)}")
        if bad := sorted(set(provider.answers.values()) - VERDICTS):
            raise ValueError(f"answers: {bad[0]!r} is none of {', '.join(sorted(VERDICTS))}")
        return provider


def filled(template: Any, values: Mapping[str, str], escape: Callable[[str], str] = str) -> Any:
    """The template with its places filled by exact name, in every text of it; other braces stay as they are."""
    if isinstance(template, str):
        return _PLACE.sub(lambda place: escape(values[place[1]]) if place[1] in values else place[0], template)
    if isinstance(template, Mapping):
        return {name: filled(value, values, escape) for name, value in template.items()}
    if isinstance(template, list | tuple):
        return [filled(value, values, escape) for value in template]
    return template


def address_of(template: str, values: Mapping[str, str]) -> str:
    return str(filled(template, values, lambda value: quote(value, safe="")))


def found_at(reply: Any, path: str) -> str:
    """What stands at `messages.0.id` of a reply, as text; empty where nothing does."""
    for name in path.split(".") if path else ():
        if isinstance(reply, list) and name.isdecimal() and int(name) < len(reply):
            reply = reply[int(name)]
        elif isinstance(reply, Mapping):
            reply = reply.get(name)
        else:
            return ""
    return "" if reply is None or not path else str(reply).strip()


def of_answer(provider: Provider, status: int | None, reply: Any) -> SendError | None:
    """What the provider's answer means; None where it has the message. Words we do not know: nobody can know."""
    error = of_status(status, is_idempotent=provider.is_idempotent)
    if error is not None or not provider.answers:
        return error
    said = found_at(reply, provider.answer_at)
    verdict = provider.answers.get(said) or provider.answers.get("*", "")
    if verdict == "sent":
        return None
    reason = f"HTTP {status}, answer {said[:40]!r}"
    if verdict in {"failed", "bad_address"}:
        return SendError(reason, permanent=True, is_address_bad=verdict == "bad_address")
    return SendError(reason, permanent=False if verdict == "again" else None)
