"""A definition as a queryset: SQL narrows by facts and by what the night has decided; nothing is judged anew here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import Exists, OuterRef, Q

from dealercrm.accounts.models import Dealership
from lifecycle.models.standing import Standing, StandingQuerySet
from lifecycle.rules.segments import Condition, Definition, Of
from lifecycle.segments.field import Asked
from lifecycle.segments.registry import FIELDS

_OF = {
    Of.CURRENT: Q(ownership__ended_on=None),
    Of.FORMER: Q(ownership__ended_on__isnull=False),
    Of.EVERY: Q(),
}


def narrow(
    rows: StandingQuerySet, definition: Definition, *, stores: Sequence[Dealership], today: date
) -> StandingQuerySet:
    """The standings among `rows` that the definition describes; home store among `stores`, customers that live."""
    rows = rows.filter(
        _OF[definition.of],
        dealership__in=[store.pk for store in stores],
        customer__merged_into=None,
        customer__erased_at=None,
    )
    for condition in definition.every:
        rows = rows.filter(_asked(condition, stores, today))
    for condition in definition.but_not:
        # Not by a negated condition: what is not known is not excluded.
        out = Standing.objects.filter(_asked(condition, stores, today), pk=OuterRef("pk"))
        rows = rows.filter(~Exists(out))
    return rows


def page_by_page(members: StandingQuerySet) -> StandingQuerySet:
    """The same rows for reading with a LIMIT.

    Who is in it is decided first, as one set (DISTINCT keeps the planner from looking into it). Without that
    a database told to stop after fifty rows tries one owner after another, and each of them against every
    condition anew: seconds where few fit or where statistics are old.
    """
    return Standing.objects.filter(pk__in=members.order_by().distinct().values("pk")).order_by("pk")


def _asked(condition: Condition, stores: Sequence[Dealership], today: date) -> Q:
    op, values, low, high = condition[1:]
    return FIELDS[condition.field].narrow(Asked(op, values, low, high, tuple(stores), today))
