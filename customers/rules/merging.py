"""Which of two values survives a merge, unless a person chooses otherwise; and which consent holds afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from customers.rules.consent import CHANNELS, Said, last_word

# What a person chooses between, and the columns that go together: half of a name is nobody's name.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "name": ("last_name", "first_name", "middle_name"),
    "company_name": ("company_name",),
    "inn": ("inn",),
    "birth_on": ("birth_on",),
    "sex": ("sex",),
    "occupation": ("occupation",),
    "family": ("family",),
    "city": ("city",),
    "time_zone": ("time_zone",),
    "language": ("language",),
    "preferred_channel": ("preferred_channel",),
    "is_premium": ("is_premium",),
}
PURPOSES = ("safety", "service", "courtesy", "survey", "marketing")


def prefers_other(choice: str, own: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Is the merged card's value better than the survivor's own? What is empty loses; of names the one that was
    written with care: in Cyrillic, not in capitals, with its patronymic."""
    if own == other or not any(other):
        return False
    if choice == "is_premium":
        return bool(other[0])
    if not any(own):
        return True
    if choice in {"name", "company_name"}:
        return _care(other) > _care(own)
    return False


def _care(parts: tuple[Any, ...]) -> tuple[int, int, int]:
    text = " ".join(part for part in parts if part)
    is_cyrillic = bool(re.search("[а-яё]", text, re.IGNORECASE))
    is_cased = not (text.isupper() or text.islower())
    return (is_cyrillic, is_cased, sum(bool(part) and len(part) > 2 for part in parts))


class Forbidden(NamedTuple):
    """A purpose and channel that must not be used; empty means every one."""

    purpose: str
    channel: str


def still_forbidden(one: Iterable[Said], two: Iterable[Said]) -> list[Forbidden]:
    """What either card forbade last and the two journals read together would allow again.

    A withdrawal always wins: a yes that was ticked for the other card says nothing about it.
    """
    mine, theirs = list(one), list(two)
    both = [*mine, *theirs]
    lost = {
        (purpose, channel)
        for purpose in PURPOSES
        for channel in CHANNELS
        if _is_no(mine, purpose, channel) or _is_no(theirs, purpose, channel)
        if not _is_no(both, purpose, channel)
    }
    if len(lost) == len(PURPOSES) * len(CHANNELS):
        return [Forbidden("", "")]
    found = []
    for channel in CHANNELS:
        if all((purpose, channel) in lost for purpose in PURPOSES):
            found.append(Forbidden("", channel))
            lost -= {(purpose, channel) for purpose in PURPOSES}
    for purpose in PURPOSES:
        if all((purpose, channel) in lost for channel in CHANNELS):
            found.append(Forbidden(purpose, ""))
            lost -= {(purpose, channel) for channel in CHANNELS}
    return found + [Forbidden(*cell) for cell in sorted(lost)]


def _is_no(said: list[Said], purpose: str, channel: str) -> bool:
    word = last_word(said, purpose, channel)
    return word is not None and not word.is_given
