"""A first profile for an export nobody has seen: by its headers and first rows. A person completes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from vehicles.rules.columns import CODE_LISTS, CODE_WORDS, FIELDS, Field
from vehicles.rules.profiles import DATE_FORMATS, fold_header, required_of

CLOSE_ENOUGH = 0.84  # below it headers are only alike by chance ("model" and "mobile" are .73)
MILES_COUNTRIES = frozenset({"US", "GB", "LR"})
_MONEY_COMMA, _MONEY_POINT = re.compile(r"^-?[\d\s.]+,\d{1,2}$"), re.compile(r"^-?[\d\s,]+\.\d{1,2}$")


def suggest(peeked: Sequence[Mapping[str, Any]], country: str) -> dict[str, Any]:
    """A mapping from what was peeked (per file header and sample rows). Columns that are unclear stay empty;
    `missing_of` says which of them are needed."""
    files: dict[str, dict[str, Any]] = {}
    samples: list[tuple[Field, str]] = []
    headers: list[str] = []
    for file in sorted(peeked, key=lambda one: -len(one["header"])):
        kind, columns = kind_of(file["header"], taken=files)
        if not kind:
            continue
        files[kind] = {"columns": dict(columns)}
        headers += columns.values()
        samples += _samples(kind, columns, file)
    return {
        "encoding": "auto",
        "delimiter": "auto",
        "date_formats": _date_formats([text for one, text in samples if one.form == "date"]),
        "decimal": _decimal([text for one, text in samples if one.form in ("money", "number")]),
        "odometer_unit": _unit(headers, country),
        "files": files,
        "codes": _codes(samples),
    }


def kind_of(header: Sequence[str], taken: Iterable[str] = ()) -> tuple[str, dict[str, str]]:
    """The kind of file these headers fit best, and {field: header}; empty where no kind fits by half."""
    best: tuple[float, str, dict[str, str]] = (0.0, "", {})
    for kind in FIELDS:
        if kind in set(taken):
            continue
        columns, score = match(kind, header)
        needed = required_of(kind, columns)
        found = sum(name in columns for name in needed)
        score += 2 * found - 3 * (len(needed) - found)
        if columns and score > best[0]:
            best = (score, kind, columns)
    return best[1], best[2]


def match(kind: str, header: Sequence[str]) -> tuple[dict[str, str], float]:
    """{field: header} of the best pairs, each header used once, and how good they are together."""
    pairs = sorted(
        (
            (_likeness(text, field), -place, -order, field.name, text)
            for order, field in enumerate(FIELDS[kind])
            for place, text in enumerate(header)
        ),
        reverse=True,
    )
    columns: dict[str, str] = {}
    score = 0.0
    for likeness, _, _, name, text in pairs:
        if likeness >= CLOSE_ENOUGH and name not in columns and text not in columns.values():
            columns[name] = text
            score += likeness
    return columns, score


def _likeness(text: str, field: Field) -> float:
    """1 for a header we know; an earlier known name counts a little more, so that "Phone" is the first phone."""
    folded = re.sub(r"[.,:()#№]+", " ", fold_header(text))
    folded = re.sub(r"\s+", " ", folded).strip()
    if not folded:
        return 0.0
    best = 0.0
    for rank, known in enumerate(field.headers):
        plain = re.sub(r"\s+", " ", re.sub(r"[.,:()#№]+", " ", known)).strip()
        if folded == plain:
            return 1.1 - rank / 1000
        best = max(best, SequenceMatcher(None, folded, plain).ratio())
    return best


def missing_of(mapping: Mapping[str, Any]) -> dict[str, list[str]]:
    """{kind: fields that are needed and have no column yet}."""
    missing = {}
    for kind, shape in mapping.get("files", {}).items():
        columns = shape.get("columns", {})
        lost = [name for name in required_of(kind, columns) if not columns.get(name)]
        if lost:
            missing[kind] = lost
    return missing


def _samples(kind: str, columns: Mapping[str, str], file: Mapping[str, Any]) -> list[tuple[Field, str]]:
    places = {text: place for place, text in reversed(list(enumerate(file["header"])))}
    found = []
    for field in FIELDS[kind]:
        place = places.get(columns.get(field.name, ""))
        if place is not None:
            found += [(field, row[place].strip()) for row in file["sample"] if place < len(row) and row[place].strip()]
    return found


def _date_formats(texts: Sequence[str]) -> list[str]:
    """Formats that read most of the dates; of day-first and month-first the one that all of them allow."""
    counts = {form: sum(_reads(text, form) for text in texts) for form in DATE_FORMATS}
    best = max(counts.values(), default=0)
    if not best:
        return ["%d.%m.%Y"]
    chosen = [form for form, count in counts.items() if count == best][:1]
    return chosen + [
        form for form, count in counts.items() if count and form not in chosen and not _rival(form, chosen)
    ]


def _rival(form: str, chosen: Sequence[str]) -> bool:
    """Two formats that read the same text as different days must not stand together."""
    return {form, chosen[0]} == {"%m/%d/%Y", "%d/%m/%Y"}


def _reads(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)  # noqa: DTZ007 -- only asked whether it can be read
    except ValueError:
        return False
    return True


def _decimal(texts: Sequence[str]) -> str:
    commas = sum(bool(_MONEY_COMMA.match(text)) for text in texts)
    points = sum(bool(_MONEY_POINT.match(text)) for text in texts)
    return "." if points > commas else ","


def _unit(headers: Sequence[str], country: str) -> str:
    words = " ".join(map(fold_header, headers))
    if re.search(r"\bmiles?\b|\bmi\b", words):
        return "miles"
    if re.search(r"\bkms?\b|\bкм\b|kilomet", words):
        return "km"
    return "miles" if country in MILES_COUNTRIES else "km"


def _codes(samples: Sequence[tuple[Field, str]]) -> dict[str, dict[str, str]]:
    """Words of code columns that nobody has explained yet, each waiting for its meaning."""
    codes: dict[str, dict[str, str]] = {}
    for field, text in samples:
        if field.codes and fold_header(text) not in CODE_WORDS[field.codes] and len(codes.get(field.codes, {})) < 40:
            codes.setdefault(field.codes, {})[text] = ""
    return {name: codes[name] for name in CODE_LISTS if name in codes}
