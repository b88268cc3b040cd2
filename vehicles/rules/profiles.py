"""An import profile as data: how one DMS writes its files. docs/how-to/import-profile.md describes the mapping."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from vehicles.rules.columns import CODE_LISTS, CODE_WORDS, CUSTOMERS, FIELDS, fields_of

ENCODINGS = ("auto", "utf-8", "cp1251", "utf-16", "cp1252", "cp866")
DELIMITERS = ("auto", ";", ",", "\t", "|")
DATE_FORMATS = ("%d.%m.%Y", "%d.%m.%y", "%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%d-%m-%Y", "%Y%m%d", "%d.%m.%Y %H:%M:%S")
UNITS = {"km": 1.0, "miles": 1.609344}
TOTALS = ("итого", "всего", "total", "totals", "grand total")
YES = ("да", "yes", "y", "1", "true", "истина", "+", "x", "v", "отказ", "declined")
NO = ("нет", "no", "n", "0", "false", "ложь", "-")


@lru_cache(maxsize=20_000)  # also asked for every word of a code list, and those repeat
def fold_header(text: str) -> str:
    """Headers compare without case, surrounding spaces, yo and line breaks."""
    return re.sub(r"[\s_]+", " ", text.casefold().replace("ё", "е").replace("\ufeff", "")).strip()


@dataclass(frozen=True, slots=True)
class FileShape:
    """One kind of file: our field -> its header. `is_complete`: what is missing in the file was deleted in the DMS."""

    columns: Mapping[str, str]
    is_complete: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """A mapping that was checked. Code lists: {list: {folded word of the DMS: our code}}."""

    files: Mapping[str, FileShape]
    encoding: str = "auto"
    delimiter: str = "auto"
    date_formats: tuple[str, ...] = ("%d.%m.%Y",)
    decimal: str = ","
    odometer_unit: str = "km"
    yes_words: frozenset[str] = frozenset(YES)
    no_words: frozenset[str] = frozenset(NO)
    totals_words: frozenset[str] = frozenset(TOTALS)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Profile:
        """The profile, or ValueError that names the place and what fits there."""
        problems = problems_of(mapping)
        if problems:
            raise ValueError(problems[0])
        codes = {name: dict(CODE_WORDS[name]) for name in CODE_LISTS}
        for name, words in mapping.get("codes", {}).items():
            codes[name] |= {fold_header(word): code for word, code in words.items() if code}
        return cls(
            files={
                kind: FileShape(
                    {name: header for name, header in shape["columns"].items() if header},
                    bool(shape.get("complete")),
                )
                for kind, shape in mapping["files"].items()
            },
            encoding=mapping.get("encoding", "auto"),
            delimiter=mapping.get("delimiter", "auto"),
            date_formats=tuple(mapping.get("date_formats") or ["%d.%m.%Y"]),
            decimal=mapping.get("decimal", ","),
            odometer_unit=mapping.get("odometer_unit", "km"),
            yes_words=_words(mapping.get("yes_words") or YES),
            no_words=_words(mapping.get("no_words") or NO),
            totals_words=_words(mapping.get("totals_words") or TOTALS),
            codes=codes,
        )

    def recognise(self, header: Sequence[str]) -> tuple[str, dict[str, int]] | None:
        """Which kind of file has this header, and {field: index of its column}; None where it is no file of ours.

        A kind fits where all its required columns stand; of several the one that explains most columns wins.
        """
        places = {fold_header(cell): index for index, cell in reversed(list(enumerate(header)))}
        best: tuple[int, str, dict[str, int]] | None = None
        for kind, shape in self.files.items():
            found = {
                name: places[fold_header(text)] for name, text in shape.columns.items() if fold_header(text) in places
            }
            if not shape.columns or any(one not in found for one in required_of(kind, shape.columns)):
                continue
            if best is None or len(found) > best[0]:
                best = (len(found), kind, found)
        return (best[1], best[2]) if best else None


def required_of(kind: str, columns: Mapping[str, str]) -> list[str]:
    """Fields without which a row of this kind says nothing; a customer's name may be in one column or in several."""
    required = [one.name for one in FIELDS[kind] if one.is_required]
    if kind == CUSTOMERS:
        names = [name for name in ("name", "last_name", "company_name") if columns.get(name)]
        required.append(names[0] if names else "name")
    return required


def problems_of(mapping: Mapping[str, Any]) -> list[str]:
    """What is wrong with a mapping, place by place; empty where it can be used."""
    problems: list[str] = []
    if not isinstance(mapping, Mapping) or not isinstance(mapping.get("files"), Mapping) or not mapping["files"]:
        return ["files: at least one kind of file is needed."]
    for kind, shape in mapping["files"].items():
        if kind not in FIELDS:
            problems.append(f"files.{kind}: unknown kind; known are {', '.join(FIELDS)}.")
            continue
        columns = shape.get("columns") if isinstance(shape, Mapping) else None
        if not isinstance(columns, Mapping):
            problems.append(f"files.{kind}.columns: a list of columns is needed.")
            continue
        known = fields_of(kind)
        problems += [f"files.{kind}.columns.{name}: no such field." for name in columns if name not in known]
        problems += [
            f"files.{kind}.columns.{name}: needed." for name in required_of(kind, columns) if not columns.get(name)
        ]
    choices = {"encoding": ENCODINGS, "delimiter": DELIMITERS, "odometer_unit": tuple(UNITS), "decimal": (",", ".")}
    for name, allowed in choices.items():
        if name in mapping and mapping[name] not in allowed:
            problems.append(f"{name}: one of {', '.join(map(repr, allowed))} is needed, not {mapping[name]!r}.")
    for text in mapping.get("date_formats", []):
        if text not in DATE_FORMATS:
            problems.append(f"date_formats: one of {', '.join(DATE_FORMATS)} is needed, not {text!r}.")
    for name, words in mapping.get("codes", {}).items():
        if name not in CODE_LISTS or not isinstance(words, Mapping):
            problems.append(f"codes.{name}: unknown code list; known are {', '.join(CODE_LISTS)}.")
            continue
        allowed = CODE_LISTS[name]
        problems += [
            f"codes.{name}: {code!r} is none of {', '.join(allowed)}."
            for code in words.values()
            if code and allowed and code not in allowed
        ]
    return problems


def _words(words: Sequence[str]) -> frozenset[str]:
    return frozenset(fold_header(word) for word in words)
