"""Fields of the visits: when, how often, what was done and declined, what was paid.

Days and works of a visit count at whatever store it took place; money only where it was paid to the
stores that ask, and never in two currencies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from lifecycle.rules.calendar import add_months
from lifecycle.segments.field import (
    NOBODY,
    Asked,
    Field,
    Topic,
    Unit,
    among_grouped,
    choice_in_days,
    days_ago,
    flag,
    number,
    within,
)
from vehicles.models import Appointment, RepairOrder, RepairOrderLine, WorkGroup

HERE = Topic.VISITS
MONTHS = 24  # the horizon of F, M and value in DOMAIN section 5


def _work_groups() -> list[tuple[str, str]]:
    return [(group.code, group.name) for group in WorkGroup.objects.all()]


def _works(*, is_declined: bool) -> Callable[[Asked], Q]:
    def narrow(asked: Asked) -> Q:
        lines = RepairOrderLine.objects.filter(
            within("order__opened_on", *asked.days_back()),
            is_declined=is_declined,
            work_group__in=WorkGroup.objects.filter(code__in=asked.values).order_by().values("pk"),
            order__voided_at=None,
            order__ownership__isnull=False,
        )
        return Q(pk__in=lines.values("order__ownership_id"))

    return narrow


def _check(asked: Asked) -> Q:
    by_currency: dict[str, list[int]] = defaultdict(list)
    for store in asked.stores:
        by_currency[store.currency].append(store.pk)
    since = add_months(asked.today, -MONTHS)
    orders = RepairOrder.objects.standing().filter(opened_on__gt=since, opened_on__lte=asked.today)
    found = NOBODY
    for stores in by_currency.values():
        paid = orders.filter(dealership__in=stores, ownership__isnull=False, total__isnull=False)
        found |= Q(dealership__in=stores) & among_grouped("pk", paid, "ownership_id", Sum("total"), asked)
    return found


def _last_seen(asked: Asked) -> Q:
    """The last visit, or where none came yet the day the ownership began."""
    oldest, newest = asked.days_back()
    day = Coalesce(F("last_visit_on"), F("ownership__started_on"))
    found = Q()
    if oldest is not None:
        found &= Q(GreaterThanOrEqual(day, oldest))
    if newest is not None:
        found &= Q(LessThanOrEqual(day, newest))
    return found


def _booked(asked: Asked) -> Q:
    ahead = Appointment.objects.open().filter(starts_at__gte=asked.starts(asked.today), ownership__isnull=False)
    return Q(pk__in=ahead.values("ownership_id"))


FIELDS: tuple[Field, ...] = (
    days_ago("last_visit", HERE, _("Last visit"), "last_visit_on", unknown=_("Never visited")),
    days_ago("last_seen", HERE, _("Last visit, or purchase where none came yet"), _last_seen),
    number("visits", HERE, _("Visits in 24 months"), Unit.TIMES, "visits_24m", unknown=_("Visits not counted yet")),
    number("check", HERE, _("Paid for service in 24 months"), Unit.MONEY, _check),
    choice_in_days("work_done", HERE, _("Work done"), _work_groups, _works(is_declined=False)),
    choice_in_days("work_declined", HERE, _("Work declined"), _work_groups, _works(is_declined=True)),
    flag("booked", HERE, _("An appointment is booked"), _("No appointment is booked"), _booked),
)
