"""Facts as one short text and back. Knows the shape of `Facts` from its annotations, so a new fact needs nothing here.

Dates travel as day numbers and tuples as lists. What many ownerships share (`SHARED`) and what says who
the customer is (`PERSONAL`) is not packed; it is given again on unpacking.
"""

from __future__ import annotations

import hashlib
import json
import types
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any, Union, get_args, get_origin, get_type_hints

from lifecycle.rules.facts import PERSONAL, SHARED, Facts

Decode = Callable[[Any], Any]
_GIVEN = SHARED + PERSONAL
_PACKED = tuple(name for name in Facts._fields if name not in _GIVEN)
_in_order = itemgetter(*[(_PACKED + _GIVEN).index(name) for name in Facts._fields])


def pack(facts: Facts) -> str:
    return _encode([getattr(facts, name) for name in _PACKED])


def unpack(text: str, given: Mapping[str, Any]) -> Facts:
    """The facts again; `given` are those that are not packed. ValueError where the text has another shape."""
    values = _decode(text)
    if len(values) != len(_PACKED):
        raise ValueError(f"Packed are {len(_PACKED)} facts, not {len(values)}.")
    for place, decode in _STEPS:
        if (value := values[place]) is not None:
            values[place] = decode(value) if value != [] else ()
    values += [given[name] for name in _GIVEN]
    return tuple.__new__(Facts, _in_order(values))


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.toordinal()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"A fact cannot be a {type(value).__name__}: see lifecycle/rules/packing.py.")


_decode = json.JSONDecoder().decode
_encode = json.JSONEncoder(default=_plain, separators=(",", ":"), ensure_ascii=False, check_circular=False).encode


def _decoder(kind: Any) -> Decode | None:
    """How a value of this annotation comes back from JSON; None where it is what it was."""
    if kind in {int, str, float, bool}:
        return None
    if kind is date:
        return date.fromordinal
    if kind is Decimal:
        return Decimal
    if get_origin(kind) in {Union, types.UnionType}:
        (inner,) = [part for part in get_args(kind) if part is not types.NoneType]
        return _or_none(_decoder(inner))
    if get_origin(kind) is tuple and get_args(kind)[1:] == (Ellipsis,):
        inner = get_args(kind)[0]
        if hasattr(inner, "_fields"):
            return _rows_of(inner)
        decode = _decoder(inner)
        return tuple if decode is None else lambda values: tuple([decode(value) for value in values])
    raise TypeError(f"A fact cannot be a {kind!r}: see lifecycle/rules/packing.py.")


def _or_none(decode: Decode | None) -> Decode | None:
    return None if decode is None else lambda value: None if value is None else decode(value)


def _rows_of(shape: Any) -> Decode:
    """Many rows of one NamedTuple; made without its constructor, which would take half of the time."""
    steps, new = _steps(shape, shape._fields), tuple.__new__

    def decode(rows: list[list[Any]]) -> tuple[Any, ...]:
        for row in rows:
            for place, step in steps:
                row[place] = step(row[place])
        return tuple([new(shape, row) for row in rows])

    return decode


def _steps(shape: Any, names: tuple[str, ...]) -> list[tuple[int, Decode]]:
    hints = get_type_hints(shape)
    return [(place, decode) for place, name in enumerate(names) if (decode := _decoder(hints[name]))]


_STEPS = _steps(Facts, _PACKED)


def _shape(kind: Any) -> list[Any]:
    """Names and annotations all the way down, to tell one layout from another."""
    return [
        [name, str(hint), *(_shape(part) for part in get_args(hint) if hasattr(part, "_fields"))]
        for name, hint in get_type_hints(kind).items()
    ]


LAYOUT = hashlib.md5(json.dumps([_PACKED, _shape(Facts)]).encode(), usedforsecurity=False).hexdigest()[:8]
