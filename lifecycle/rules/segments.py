"""What a segment says: conditions joined by "and", each a field with an operator and values, and exclusions.

No expression language: a definition is data that people read as a sentence and programs write as JSON

    {"of": "current",
     "all": [{"field": "make", "op": "any", "values": ["kia", "lada"]},
             {"field": "last_visit", "op": "between", "from": 180, "to": 400}],
     "but_not": [{"field": "complaint", "op": "yes"}]}

`all` must hold together; whoever meets one of `but_not` is out. `read` takes what somebody wrote and says
at the path of each mistake what to mend. Which fields exist, and how one narrows the base, stands in
`lifecycle/segments/`; here is only what every definition has in common.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from dealercrm.why import Why

MOST_CONDITIONS = 20
MOST_VALUES = 200
LONGEST_VALUE = 120


class Op(StrEnum):
    """How a condition asks: one of the values, a range of a number, a fact or its absence, nothing known."""

    ANY = "any"
    BETWEEN = "between"
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Of(StrEnum):
    """Whose ownerships are asked at all."""

    CURRENT = "current"
    FORMER = "former"
    EVERY = "every"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a condition on a field may say.

    `known` lists the values that exist (None: any text). A field with values *and* a range (a work done
    so many days ago) is asked with `any` and may add from and to.
    """

    ops: tuple[Op, ...]
    known: Callable[[], Collection[str]] | None = None
    least: int = 0
    most: int = 10**9
    has_range: bool = False


class Condition(NamedTuple):
    """One field asked once. `low` and `high` are inclusive; None leaves that side open."""

    field: str
    op: Op
    values: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None


class Definition(NamedTuple):
    every: tuple[Condition, ...] = ()
    but_not: tuple[Condition, ...] = ()
    of: Of = Of.CURRENT


class Problem(NamedTuple):
    """A mistake and where it stands: `all[1].from`."""

    path: str
    why: Why


class UnreadableSegmentError(ValueError):
    """The definition cannot be understood; `problems` says where and why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(", ".join(f"{problem.path}: {problem.why.code}" for problem in problems))
        self.problems = problems


def read(raw: Any, shapes: Mapping[str, Shape], *, is_stored: bool = False) -> Definition:
    """A definition as somebody wrote it; UnreadableSegmentError names every mistake.

    `is_stored` believes the values: a make that left the catalogue since matches nobody and is no mistake.
    """
    problems: list[Problem] = []
    if not isinstance(raw, Mapping):
        raise UnreadableSegmentError([Problem("", Why("segment.not_an_object"))])
    for name in sorted(set(map(str, raw)) - {"of", "all", "but_not"}):
        problems.append(Problem(_short(name), Why("segment.unknown_key")))
    of = raw.get("of", Of.CURRENT)
    if not isinstance(of, str) or of not in list(Of):
        problems.append(Problem("of", Why("segment.unknown_value", {"known": [one.value for one in Of]})))
        of = Of.CURRENT
    parts = {}
    for name in ("all", "but_not"):
        said = raw.get(name, [])
        if not isinstance(said, list):
            problems.append(Problem(name, Why("segment.not_a_list")))
            said = []
        if len(said) > MOST_CONDITIONS:
            problems.append(Problem(name, Why("segment.too_many", {"most": MOST_CONDITIONS})))
            said = []
        found = [_condition(one, f"{name}[{at}]", shapes, problems, is_stored) for at, one in enumerate(said)]
        parts[name] = tuple(one for one in found if one is not None)
    if problems:
        raise UnreadableSegmentError(problems)
    return Definition(parts["all"], parts["but_not"], Of(of))


def written(definition: Definition) -> dict[str, Any]:
    """The definition as JSON, always in the same form, so that equal segments are equal text."""
    found: dict[str, Any] = {"of": definition.of.value, "all": [_plain(one) for one in definition.every]}
    if definition.but_not:
        found["but_not"] = [_plain(one) for one in definition.but_not]
    return found


def _plain(condition: Condition) -> dict[str, Any]:
    found: dict[str, Any] = {"field": condition.field, "op": condition.op.value}
    if condition.values:
        found["values"] = list(condition.values)
    if condition.low is not None:
        found["from"] = condition.low
    if condition.high is not None:
        found["to"] = condition.high
    return found


def _condition(
    raw: Any, path: str, shapes: Mapping[str, Shape], problems: list[Problem], is_stored: bool
) -> Condition | None:
    if not isinstance(raw, Mapping):
        problems.append(Problem(path, Why("segment.not_an_object")))
        return None
    before = len(problems)
    name = raw.get("field")
    shape = shapes.get(name) if isinstance(name, str) else None
    if shape is None:
        problems.append(Problem(f"{path}.field", Why("segment.unknown_field")))
        return None
    op = raw.get("op", shape.ops[0])
    if op not in shape.ops:
        known = [one.value for one in shape.ops]
        problems.append(Problem(f"{path}.op", Why("segment.unknown_value", {"known": known})))
        return None
    asks_values, asks_range = op == Op.ANY, op == Op.BETWEEN or (op == Op.ANY and shape.has_range)
    allowed = {"field", "op"} | ({"values"} if asks_values else set()) | ({"from", "to"} if asks_range else set())
    for key in sorted(set(map(str, raw)) - allowed):
        problems.append(Problem(f"{path}.{_short(key)}", Why("segment.unknown_key")))
    values = _values(raw.get("values"), f"{path}.values", shape, problems, is_stored) if asks_values else ()
    low, high = _range(raw, path, shape, problems, is_needed=op == Op.BETWEEN) if asks_range else (None, None)
    if len(problems) > before:
        return None
    return Condition(str(name), Op(op), values, low, high)


def _values(raw: Any, path: str, shape: Shape, problems: list[Problem], is_stored: bool) -> tuple[str, ...]:
    if not isinstance(raw, list) or not raw:
        problems.append(Problem(path, Why("segment.no_values")))
        return ()
    if len(raw) > MOST_VALUES:
        problems.append(Problem(path, Why("segment.too_many", {"most": MOST_VALUES})))
        return ()
    known = None if is_stored or shape.known is None else shape.known()
    for at, value in enumerate(raw):
        is_text = isinstance(value, str) and 0 < len(value) <= LONGEST_VALUE and not _has_control(value)
        if not is_text or (known is not None and value not in known):
            problems.append(Problem(f"{path}[{at}]", Why("segment.not_there")))
    return tuple(dict.fromkeys(value for value in raw if isinstance(value, str)))


def _range(
    raw: Mapping[str, Any], path: str, shape: Shape, problems: list[Problem], *, is_needed: bool
) -> tuple[int | None, int | None]:
    ends: list[int | None] = []
    for key in ("from", "to"):
        value = raw.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            problems.append(Problem(f"{path}.{key}", Why("segment.not_a_number")))
            value = None
        elif value is not None and not shape.least <= value <= shape.most:
            limits = {"least": shape.least, "most": shape.most}
            problems.append(Problem(f"{path}.{key}", Why("segment.out_of_range", limits)))
            value = None
        ends.append(value)
    low, high = ends
    if is_needed and raw.get("from") is None and raw.get("to") is None:
        problems.append(Problem(f"{path}.from", Why("segment.no_range")))
    if low is not None and high is not None and low > high:
        problems.append(Problem(f"{path}.to", Why("segment.turned_range")))
    return low, high


def _short(key: str) -> str:
    """A name somebody made up, fit to be shown."""
    return "".join(letter for letter in key[:40] if letter.isprintable())


def _has_control(text: str) -> bool:
    return any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text)
