"""What a field of a segment is: a code, words, and how it narrows the base. Each is declared once, in its topic's file.

`docs/how-to/add-a-segment-field.md` shows the whole of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from dealercrm.accounts.models import Dealership
from lifecycle.models.standing import Standing
from lifecycle.rules.segments import Op, Shape

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

NOBODY = Q(pk__in=[])

# (value, words) of everything that may be chosen; asked only when a page or a check needs it.
Choices = Callable[[], Sequence[tuple[str, str]]]


class Unit(StrEnum):
    """What a range counts; `lifecycle/segments/words.py` says it in both languages."""

    DAYS_AGO = "days_ago"
    DAYS_AHEAD = "days_ahead"  # negative: in the past
    DAYS = "days"
    MONTHS = "months"
    YEARS = "years"
    KM = "km"
    MONEY = "money"
    TIMES = "times"
    POINTS = "points"


class Topic(StrEnum):
    """How the builder groups the fields."""

    LIFECYCLE = "lifecycle"
    CAR = "car"
    VISITS = "visits"
    PERSON = "person"
    TALK = "talk"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Asked:
    """One condition at the moment it is asked: its values, and whose base and which day it is about."""

    op: Op
    values: tuple[str, ...]
    low: int | None
    high: int | None
    stores: tuple[Dealership, ...]
    today: date

    @property
    def store_ids(self) -> list[int]:
        return [store.pk for store in self.stores]

    @property
    def zone(self) -> ZoneInfo:
        """Days are days on the calendar of the first of the stores."""
        return self.stores[0].zone if self.stores else ZoneInfo("UTC")

    def starts(self, day: date) -> datetime:
        """The moment at which a day begins."""
        return datetime.combine(day, time.min, tzinfo=self.zone)

    def days_back(self) -> tuple[date | None, date | None]:
        """(oldest, newest) day of "from low to high days ago"; None where that side is open."""
        oldest = None if self.high is None else self.today - timedelta(days=self.high)
        newest = None if self.low is None else self.today - timedelta(days=self.low)
        return oldest, newest

    def days_ahead(self) -> tuple[date | None, date | None]:
        """(first, last) day of "from low to high days from today"."""
        first = None if self.low is None else self.today + timedelta(days=self.low)
        last = None if self.high is None else self.today + timedelta(days=self.high)
        return first, last


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing that a segment can ask. `narrow` gives the condition over `Standing` rows.

    `negative` are the words of a "no" (for a flag) or of "nothing known" (for a range that can be empty).
    """

    code: str
    topic: Topic
    label: StrPromise
    narrow: Callable[[Asked], Q]
    ops: tuple[Op, ...]
    choices: Choices | None = None
    is_free_text: bool = False
    unit: Unit | None = None
    least: int = 0
    most: int = 10**9
    negative: StrPromise | None = None

    @property
    def shape(self) -> Shape:
        known = None if self.is_free_text or self.choices is None else self._known
        return Shape(self.ops, known, self.least, self.most, has_range=self.unit is not None)

    def _known(self) -> Collection[str]:
        return {value for value, _words in self.choices()} if self.choices else ()


def choice(
    code: str,
    topic: Topic,
    label: StrPromise,
    choices: Choices,
    narrow: str | Callable[[Asked], Q],
    *,
    is_free_text: bool = False,
) -> Field:
    """One of several values; `narrow` may be the path of a column that holds the value."""
    by = _among(narrow) if isinstance(narrow, str) else narrow
    return Field(
        code=code, topic=topic, label=label, narrow=by, ops=(Op.ANY,), choices=choices, is_free_text=is_free_text
    )


def flag(code: str, topic: Topic, label: StrPromise, negative: StrPromise, narrow: Callable[[Asked], Q]) -> Field:
    """Yes or no. `narrow` gives the yes; the no is everybody else."""

    def either(asked: Asked) -> Q:
        return narrow(asked) if asked.op == Op.YES else outside(narrow(asked))

    return Field(code=code, topic=topic, label=label, narrow=either, ops=(Op.YES, Op.NO), negative=negative)


def number(
    code: str,
    topic: Topic,
    label: StrPromise,
    unit: Unit,
    narrow: str | Callable[[Asked], Q],
    *,
    unknown: StrPromise | None = None,
    least: int = 0,
    most: int = 10**9,
) -> Field:
    """A whole number in a column of that path, or a narrowing of its own."""
    by = _between(narrow) if isinstance(narrow, str) else narrow
    return _ranged(code, topic, label, unit, by, unknown, least, most)


def days_ago(
    code: str, topic: Topic, label: StrPromise, column: str | Callable[[Asked], Q], *, unknown: StrPromise | None = None
) -> Field:
    """So many days before today; `column` is the path of a date."""
    by = _dates(column, Asked.days_back) if isinstance(column, str) else column
    return _ranged(code, topic, label, Unit.DAYS_AGO, by, unknown, 0, 36_500)


def days_ahead(
    code: str, topic: Topic, label: StrPromise, column: str | Callable[[Asked], Q], *, unknown: StrPromise | None = None
) -> Field:
    """So many days from today, negative for the past; `column` is the path of a date."""
    by = _dates(column, Asked.days_ahead) if isinstance(column, str) else column
    return _ranged(code, topic, label, Unit.DAYS_AHEAD, by, unknown, -36_500, 36_500)


def choice_in_days(
    code: str,
    topic: Topic,
    label: StrPromise,
    choices: Choices,
    narrow: Callable[[Asked], Q],
    unit: Unit = Unit.DAYS_AGO,
) -> Field:
    """One of several values, and when: a work of these groups so many days ago."""
    least = -36_500 if unit == Unit.DAYS_AHEAD else 0
    return Field(
        code=code,
        topic=topic,
        label=label,
        narrow=narrow,
        ops=(Op.ANY,),
        choices=choices,
        unit=unit,
        least=least,
        most=36_500,
    )


def among_grouped(column: str, rows: QuerySet[Any, Any], key: str, amount: Any, asked: Asked) -> Q:
    """A total per `key` (`amount` is an aggregate over `rows`) inside the asked range; no rows count as zero.

    One grouped subquery for the whole base instead of one for each of its rows.
    """
    totals = rows.order_by().values(key).annotate(_total=amount)
    if asked.low is None or asked.low <= 0:
        if asked.high is None:
            return Q()
        return outside(Q(**{f"{column}__in": totals.filter(_total__gt=asked.high).values(key)}))
    totals = totals.filter(_total__gte=asked.low)
    if asked.high is not None:
        totals = totals.filter(_total__lte=asked.high)
    return Q(**{f"{column}__in": totals.values(key)})


def outside(condition: Q) -> Q:
    """Everybody but those: an anti-join, which stays fast where NOT IN does not, and to which an unknown is a no."""
    return Q(~Exists(Standing.objects.filter(condition, pk=OuterRef("pk"))))


def within(path: str, first: Any, last: Any) -> Q:
    """`path` from first to last, both included; None leaves a side open."""
    found = Q()
    if first is not None:
        found &= Q(**{f"{path}__gte": first})
    if last is not None:
        found &= Q(**{f"{path}__lte": last})
    return found


def _ranged(
    code: str,
    topic: Topic,
    label: StrPromise,
    unit: Unit,
    narrow: Callable[[Asked], Q],
    unknown: StrPromise | None,
    least: int,
    most: int,
) -> Field:
    ops = (Op.BETWEEN, Op.UNKNOWN) if unknown is not None else (Op.BETWEEN,)
    return Field(
        code=code, topic=topic, label=label, narrow=narrow, ops=ops, unit=unit, negative=unknown, least=least, most=most
    )


def _among(path: str) -> Callable[[Asked], Q]:
    return lambda asked: Q(**{f"{path}__in": asked.values})


def _between(path: str) -> Callable[[Asked], Q]:
    def narrow(asked: Asked) -> Q:
        if asked.op == Op.UNKNOWN:
            return Q(**{f"{path}__isnull": True})
        return Q(**{f"{path}__isnull": False}) & within(path, asked.low, asked.high)

    return narrow


def _dates(path: str, days: Callable[[Asked], tuple[date | None, date | None]]) -> Callable[[Asked], Q]:
    def narrow(asked: Asked) -> Q:
        if asked.op == Op.UNKNOWN:
            return Q(**{f"{path}__isnull": True})
        return Q(**{f"{path}__isnull": False}) & within(path, *days(asked))

    return narrow


def labelled(pairs: Iterable[tuple[Any, Any]]) -> list[tuple[str, str]]:
    """Choices as text, the words in the reader's language."""
    return [(str(value), str(words)) for value, words in pairs]
