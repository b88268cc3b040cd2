"""Lists of VINs as makers send them, and the works that settle a recall."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dealercrm.why import Why
from vehicles.rules.vin import canonical_vin

VIN_LENGTH = 17
_VIN_HEADER = re.compile(r"\bvin\b|вин|кузов|шасси|chassis", re.IGNORECASE)
_SHORTEST_NAMED = 5  # a shorter code of a recall stands in the name of some work by chance
Rows = Sequence[tuple[int, Sequence[str]]]


class BadLine(NamedTuple):
    """A line of a list that names no car: its number, what stands there, and why it cannot be taken."""

    line: int
    text: str
    why: Why


class VinList(NamedTuple):
    """What a list says. Every line with anything in it is a VIN, a repetition, a bad line or the header."""

    vins: tuple[str, ...]
    repeated: int
    bad: tuple[BadLine, ...]


def read_list(rows: Rows) -> VinList:
    """The VINs of a list in its own order. The column is that of a header, else the one with the most VINs."""
    column, header_at = _vin_column(rows)
    vins: dict[str, None] = {}
    bad: list[BadLine] = []
    repeated = 0
    for index, (line, cells) in enumerate(rows):
        if index == header_at or not any(cell.strip() for cell in cells):
            continue
        text = cells[column].strip() if column < len(cells) else ""
        found = canonical_vin(text)
        if not text:
            bad.append(BadLine(line, "", Why("recall.no_vin")))
        elif found is None:
            bad.append(BadLine(line, text[:60], Why("import.bad_vin", {"text": text[:60]})))
        elif len(found.vin) != VIN_LENGTH:
            bad.append(BadLine(line, text[:60], Why("recall.short_vin", {"number": len(found.vin)})))
        elif found.vin in vins:
            repeated += 1
        else:
            vins[found.vin] = None
    return VinList(tuple(vins), repeated, tuple(bad))


def _vin_column(rows: Rows) -> tuple[int, int | None]:
    """(column, index of the header row or None)."""
    for index, (_, cells) in enumerate(rows[:12]):
        if any(_is_vin(cell) for cell in cells):
            break
        for column, cell in enumerate(cells):
            if _VIN_HEADER.search(cell):
                return column, index
    votes: Counter[int] = Counter(
        column for _, cells in rows[:500] for column, cell in enumerate(cells) if _is_vin(cell)
    )
    return (votes.most_common(1)[0][0] if votes else 0), None


def _is_vin(cell: str) -> bool:
    found = canonical_vin(cell)
    return found is not None and len(found.vin) == VIN_LENGTH


def code_key(text: str) -> str:
    """A code as it is compared: capitals, without spaces and dashes."""
    return re.sub(r"[\s\-–—/._]+", "", text).upper()


def codes_of(code: str, works: Iterable[str]) -> frozenset[str]:
    return frozenset(key for key in map(code_key, (code, *works)) if key)


def settles(codes: frozenset[str], line_code: str, line_name: str) -> bool:
    """Is this line of a repair order a work of the recall: by its code, or by a code that its name carries?"""
    if code_key(line_code) in codes:
        return True
    name = code_key(line_name)
    return any(len(code) >= _SHORTEST_NAMED and code in name for code in codes)
