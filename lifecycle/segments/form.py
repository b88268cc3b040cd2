"""The builder's form: what was typed becomes a definition, mistakes come back to their field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from dealercrm.accounts.models import Dealership
from dealercrm.sentences import sentence
from lifecycle.rules.segments import Definition, Of, Op, UnreadableSegmentError, read, written
from lifecycle.segments.field import Field, Unit
from lifecycle.segments.registry import FIELDS, SHAPES, by_topic
from lifecycle.segments.words import OF_LABELS, RANGE_LABEL, SIGNS, TOPIC_LABELS, UNIT_LABELS

PARTS = ("all", "but_not")
MOST_ROWS = 30


@dataclass(frozen=True, slots=True)
class Row:
    """One condition as the builder draws it. `prefix` begins the names of its inputs."""

    prefix: str
    field: Field
    op: str
    options: Sequence[tuple[str, str, bool]]
    low: str
    high: str
    unit: str
    errors: Mapping[str, str]
    is_new: bool = False

    @property
    def has_range(self) -> bool:
        return self.field.unit is not None

    @property
    def ops(self) -> list[tuple[str, str]]:
        """How it may be asked, where there is a choice."""
        words = {
            Op.BETWEEN: RANGE_LABEL,
            Op.YES: self.field.label,
            Op.NO: self.field.negative,
            Op.UNKNOWN: self.field.negative,
        }
        return [(op.value, str(words[op])) for op in self.field.ops] if len(self.field.ops) > 1 else []


class Builder:
    """What stands in the form: a definition in the making, and where it cannot be understood."""

    def __init__(self, raw: Mapping[str, Any], store: Dealership, *, added: str = "", is_finished: bool = True) -> None:
        """`is_finished`: somebody pressed save or enter, so that what is missing may be called missing."""
        self.raw, self.store, self.added, self.is_finished = raw, store, added, is_finished
        self.definition: Definition | None = None
        self.errors: dict[str, str] = {}
        try:
            self.definition = read(raw, SHAPES)
        except UnreadableSegmentError as error:
            for problem in error.problems:
                self.errors.setdefault(problem.path, sentence(problem.why.as_json()))

    @classmethod
    def of_definition(cls, definition: Definition | None, store: Dealership) -> Builder:
        return cls(written(definition) if definition else {"of": Of.CURRENT.value, "all": []}, store)

    @classmethod
    def of_post(cls, typed: QueryDict, store: Dealership) -> Builder:
        """What was typed, with a condition added or taken out where that button was pressed."""
        deed, _dash, target = typed.get("do", "").partition("-")
        raw: dict[str, Any] = {"of": typed.get("of", Of.CURRENT.value)}
        added = ""
        for part in PARTS:
            raw[part] = [
                _condition(typed, f"{part}-{number}")
                for number in range(MOST_ROWS)
                if typed.get(f"{part}-{number}-field") in FIELDS and (deed, target) != ("remove", f"{part}-{number}")
            ]
            code = typed.get(f"add-{part}", "")
            if deed == "add" and target == part and code in FIELDS:
                raw[part].append({"field": code})
                added = f"{part}-{len(raw[part]) - 1}"
        return cls(raw, store, added=added, is_finished=deed in {"save", "show"})

    def rows(self, part: str) -> list[Row]:
        return [self._row(part, number, one) for number, one in enumerate(self.raw.get(part, []))]

    @property
    def every(self) -> list[Row]:
        return self.rows("all")

    @property
    def but_not(self) -> list[Row]:
        return self.rows("but_not")

    @property
    def unfinished(self) -> list[tuple[str, str]]:
        """(label, what is missing) of each condition that cannot be asked yet."""
        found = []
        for path, words in self.errors.items():
            part, _bracket, rest = path.partition("[")
            number = rest.partition("]")[0]
            raw = self.raw[part][int(number)] if number.isdigit() and part in PARTS else {}
            label = str(FIELDS[raw["field"]].label) if raw else ""
            found.append((label, words))
        return found

    @property
    def of(self) -> list[tuple[str, str, bool]]:
        return [(of.value, str(label), of.value == self.raw.get("of")) for of, label in OF_LABELS.items()]

    @property
    def topics(self) -> list[tuple[str, list[Field]]]:
        return [(str(TOPIC_LABELS[topic]), fields) for topic, fields in by_topic()]

    def _row(self, part: str, number: int, raw: Mapping[str, Any]) -> Row:
        known = FIELDS[raw["field"]]
        path, prefix = f"{part}[{number}]", f"{part}-{number}"
        is_new = prefix == self.added
        errors: dict[str, str] = {}
        for where, words in self.errors.items():
            if where.startswith(f"{path}.") and self.is_finished:
                errors.setdefault(where.removeprefix(f"{path}.").partition("[")[0], words)
        chosen = set(raw.get("values") or ())
        options = [(value, words, value in chosen) for value, words in (known.choices() if known.choices else ())]
        # A value that is not offered (a rare city, a make that left the catalogue) stays chosen.
        options += [(value, value, True) for value in sorted(chosen - {value for value, _w, _c in options})]
        unit = "" if known.unit is None else str(UNIT_LABELS[known.unit])
        if known.unit == Unit.MONEY:
            unit = SIGNS.get(self.store.currency, self.store.currency)
        return Row(
            prefix,
            known,
            str(raw.get("op") or known.ops[0].value),
            options,
            _typed(raw.get("from")),
            _typed(raw.get("to")),
            unit,
            errors,
            is_new,
        )


def _condition(typed: QueryDict, prefix: str) -> dict[str, Any]:
    """The inputs of one condition as the definition has them; what the chosen way of asking has no use for is left."""
    known = FIELDS[typed.get(f"{prefix}-field", "")]
    found: dict[str, Any] = {"field": known.code}
    if len(known.ops) > 1:
        found["op"] = typed.get(f"{prefix}-op", known.ops[0].value)
    op = found.get("op", known.ops[0].value)
    if op == Op.ANY:
        found["values"] = typed.getlist(f"{prefix}-values")
    if op in {Op.ANY, Op.BETWEEN} and known.unit is not None:
        for name in ("from", "to"):
            text = typed.get(f"{prefix}-{name}", "").strip()
            if text:
                found[name] = _number(text)
    return found


def _number(text: str) -> int | str:
    """A whole number however its digits are grouped; what is none stays text, for the message."""
    plain = text[:40].replace("\u00a0", "").replace(" ", "").replace("\u2212", "-")
    digits = plain.removeprefix("-")
    return int(plain) if digits.isascii() and digits.isdigit() else text[:40]


def _typed(value: Any) -> str:
    return "" if value is None else str(value)
