"""A definition as one sentence in the reader's language, and the words of its mistakes.

"Current owners: make Kia or Lada; last visit 180–400 days ago; but not: a complaint is open." Labels and
values are set side by side, so that no language has to decline them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from dealercrm.accounts.models import Dealership
from dealercrm.sentences import Sentence
from lifecycle.rules.segments import Condition, Definition, Of, Op
from lifecycle.segments.field import Field, Topic, Unit
from lifecycle.segments.registry import FIELDS

NBSP = "\u00a0"
DASH = "\u2009–\u2009"
SHOWN = 6
SIGNS = {"RUB": "₽", "EUR": "€", "USD": "$"}

OF_LABELS = {
    Of.CURRENT: gettext_lazy("Current owners"),
    Of.FORMER: gettext_lazy("Former owners"),
    Of.EVERY: gettext_lazy("Current and former owners"),
}
TOPIC_LABELS = {
    Topic.LIFECYCLE: gettext_lazy("Lifecycle"),
    Topic.CAR: gettext_lazy("Car"),
    Topic.VISITS: gettext_lazy("Visits and works"),
    Topic.PERSON: gettext_lazy("Customer"),
    Topic.TALK: gettext_lazy("Contacts"),
    Topic.VALUE: gettext_lazy("Value"),
}
SENTENCES: dict[str, Sentence] = {
    "segment.not_an_object": gettext_lazy("An object with named parts is needed here."),
    "segment.not_a_list": gettext_lazy("A list of conditions is needed here."),
    "segment.unknown_key": gettext_lazy("There is no such part here."),
    "segment.unknown_field": gettext_lazy("There is no such field; choose one of the list."),
    "segment.unknown_value": gettext_lazy("Choose one of: %(known)s."),
    "segment.no_values": gettext_lazy("Choose at least one."),
    "segment.not_there": gettext_lazy("There is no such value; choose one of the list."),
    "segment.too_many": gettext_lazy("At most %(most)s are possible."),
    "segment.not_a_number": gettext_lazy("A whole number is needed."),
    "segment.out_of_range": gettext_lazy("From %(least)s to %(most)s is possible."),
    "segment.no_range": gettext_lazy("Say from, or to, or both."),
    "segment.turned_range": gettext_lazy("This must not be smaller than the number before it."),
}


class Namer:
    """Words of chosen values; each field's choices are read once, however many segments are spoken."""

    def __init__(self) -> None:
        self._names: dict[str, dict[str, str]] = {}

    def __call__(self, field: Field, value: str) -> str:
        if field.code not in self._names:
            self._names[field.code] = dict(field.choices()) if field.choices and not field.is_free_text else {}
        return self._names[field.code].get(value, value)


def spoken(definition: Definition, store: Dealership | None = None, namer: Namer | None = None) -> str:
    """The whole definition; money in the currency of `store`."""
    name = namer or Namer()
    currency = store.currency if store else ""
    said = str(OF_LABELS[definition.of])
    if definition.every:
        said += ": " + "; ".join(condition_spoken(one, currency, name) for one in definition.every)
    if definition.but_not:
        excluded = "; ".join(condition_spoken(one, currency, name) for one in definition.but_not)
        said += "; " + _("but not: %(conditions)s") % {"conditions": excluded}
    return said + "."


def condition_spoken(condition: Condition, currency: str, name: Namer) -> str:
    """One condition, beginning with a small letter."""
    field = FIELDS[condition.field]
    if condition.op in {Op.NO, Op.UNKNOWN}:
        return _small(str(field.negative))
    said = _small(str(field.label))
    if condition.op == Op.ANY:
        shown = [name(field, value) for value in condition.values[:SHOWN]]
        rest = len(condition.values) - len(shown)
        joined = _(" or ").join(shown)
        if rest:
            joined += " " + ngettext("or %(number)d more", "or %(number)d more", rest) % {"number": rest}
        said += f" – {joined}"
    if field.unit and (condition.low is not None or condition.high is not None):
        said += (", " if condition.op == Op.ANY else " – ") + range_spoken(
            field.unit, condition.low, condition.high, currency
        )
    return said


def range_spoken(unit: Unit, low: int | None, high: int | None, currency: str = "") -> str:
    """From low to high in the words of the unit; one of them may be open."""
    if unit == Unit.DAYS_AGO:
        return _days_ago(low, high)
    if unit == Unit.DAYS_AHEAD:
        return _days_ahead(low, high)
    if low is not None and high is not None and low != high:
        return f"{_number(low)}{DASH}{_counted(unit, high, currency)}"
    if low is not None and high is not None:
        return _("exactly %(amount)s") % {"amount": _counted(unit, high, currency)}
    if low is not None:
        return _("at least %(amount)s") % {"amount": _counted(unit, low, currency)}
    return _("at most %(amount)s") % {"amount": _counted(unit, high or 0, currency)}


def _days_ago(low: int | None, high: int | None) -> str:
    if high is None:
        return _("%(days)s ago or earlier") % {"days": _counted(Unit.DAYS, low or 0)}
    if not low:
        return _("not more than %(days)s ago") % {"days": _counted(Unit.DAYS, high)}
    return _("%(days)s ago") % {"days": f"{_number(low)}{DASH}{_counted(Unit.DAYS, high)}"}


def _days_ahead(low: int | None, high: int | None) -> str:
    if low is not None and high is not None and low >= 0:
        return _("in %(days)s") % {"days": f"{_number(low)}{DASH}{_counted(Unit.DAYS, high)}"}
    if low is not None and high is not None:
        return f"{_distance(low)}{DASH}{_distance(high)}"
    if low is not None:
        return _("%(when)s or later") % {"when": _distance(low)}
    return _("%(when)s or earlier") % {"when": _distance(high or 0)}


def _distance(days: int) -> str:
    if days == 0:
        return _("today")
    said = _counted(Unit.DAYS, abs(days))
    return _("%(days)s ago") % {"days": said} if days < 0 else _("in %(days)s") % {"days": said}


def _counted(unit: Unit, value: int, currency: str = "") -> str:
    if unit == Unit.MONEY:
        return f"{_number(value)}{NBSP}{SIGNS.get(currency, currency)}".rstrip(NBSP)
    return _WORDS[unit](value) % {"number": _number(value)}


_WORDS: Mapping[Unit, Callable[[int], str]] = {
    Unit.DAYS: lambda value: ngettext("%(number)s day", "%(number)s days", value),
    Unit.MONTHS: lambda value: ngettext("%(number)s month", "%(number)s months", value),
    Unit.YEARS: lambda value: ngettext("%(number)s year", "%(number)s years", value),
    Unit.TIMES: lambda value: ngettext("%(number)s time", "%(number)s times", value),
    Unit.KM: lambda value: _("%(number)s km"),
    Unit.POINTS: lambda value: "%(number)s",
}
RANGE_LABEL = gettext_lazy("from … to …")
# What stands behind the two numbers of a range in the builder.
UNIT_LABELS: Mapping[Unit, Any] = {
    Unit.DAYS_AGO: gettext_lazy("days ago"),
    Unit.DAYS_AHEAD: gettext_lazy("days from today, negative for the past"),
    Unit.DAYS: gettext_lazy("days"),
    Unit.MONTHS: gettext_lazy("months"),
    Unit.YEARS: gettext_lazy("years"),
    Unit.TIMES: gettext_lazy("times"),
    Unit.KM: gettext_lazy("km"),
    Unit.POINTS: gettext_lazy("points"),
    Unit.MONEY: "",
}


def _number(value: int) -> str:
    return formats.number_format(value, use_l10n=True, force_grouping=True).replace(" ", NBSP).replace("-", "\u2212")


def _small(words: str) -> str:
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]
