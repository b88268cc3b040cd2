"""Fields of the talk with a customer: contacts of every channel and store, reactions, complaints.

Of other stores' contacts only the day counts, which everybody may know: the contact budget is one for the group.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import reduce
from operator import or_

from django.db.models import Count, Max, Q
from django.utils.translation import gettext_lazy as _

from lifecycle.rules.segments import Op
from lifecycle.segments.field import (
    NOBODY,
    Asked,
    Field,
    Topic,
    Unit,
    among_grouped,
    choice,
    days_ago,
    flag,
    labelled,
    number,
    outside,
)
from vehicles.models import Complaint, Touch

HERE = Topic.TALK
YEAR = 365
WARM_DAYS = 90
DEAF_AFTER = 3
UNTOUCHED = "untouched"

WARMTH = (
    ("warm", _("warm: reacted in the last 90 days")),
    ("cooling", _("cooling: reacted within a year")),
    ("cold", _("cold: no reaction for a year, hardly asked")),
    ("deaf", _("deaf: no reaction to three contacts or more in a year")),
    (UNTOUCHED, _("never contacted")),
)


def _last(**conditions: object) -> Callable[[Asked], Q]:
    """The latest touch of the kind lies so many days back; `unknown` is none ever."""

    def narrow(asked: Asked) -> Q:
        touches = Touch.objects.filter(**conditions)
        if asked.op == Op.UNKNOWN:
            return outside(_touched(touches))
        oldest, newest = asked.days_back()
        inside = touches if oldest is None else touches.filter(at__gte=asked.starts(oldest))
        if newest is None:
            return _touched(inside)
        end = asked.starts(newest + timedelta(days=1))
        return _touched(inside.filter(at__lt=end)) & outside(_touched(touches.filter(at__gte=end)))

    return narrow


def _touched(touches: object) -> Q:
    return Q(customer_id__in=touches.order_by().values("customer_id"))  # type: ignore[attr-defined]


def _touches(asked: Asked) -> Q:
    since = asked.starts(asked.today - timedelta(days=YEAR))
    return among_grouped(
        "customer_id", Touch.objects.outgoing().filter(at__gte=since), "customer_id", Count("pk"), asked
    )


def _warmth(asked: Asked) -> Q:
    """Last reaction and number of contacts: each customer is exactly one of the five."""
    a_year_ago = asked.starts(asked.today - timedelta(days=YEAR))
    of_the_year = Q(direction=Touch.Direction.OUT, at__gte=a_year_ago)
    touched = (
        Touch.objects.order_by()
        .values("customer_id")
        .annotate(_reacted=Max("at", filter=Q(was_reached=True)), _asked=Count("pk", filter=of_the_year))
    )
    silent = Q(_reacted=None) | Q(_reacted__lt=a_year_ago)
    recently = asked.starts(asked.today - timedelta(days=WARM_DAYS))
    conditions = {
        "warm": Q(_reacted__gte=recently),
        "cooling": Q(_reacted__gte=a_year_ago, _reacted__lt=recently),
        "cold": silent & Q(_asked__lt=DEAF_AFTER),
        "deaf": silent & Q(_asked__gte=DEAF_AFTER),
    }
    # With "never contacted" among the chosen: everybody but those of whom another one is true.
    is_turned = UNTOUCHED in asked.values
    either = [condition for value, condition in conditions.items() if (value in asked.values) != is_turned]
    found = Q(customer_id__in=touched.filter(reduce(or_, either)).values("customer_id")) if either else NOBODY
    return outside(found) if is_turned else found


def _complained(asked: Asked) -> Q:
    return Q(customer_id__in=Complaint.objects.open().exclude(customer=None).order_by().values("customer_id"))


FIELDS: tuple[Field, ...] = (
    days_ago("last_touch", HERE, _("Last contact from us"), _last(direction="out"), unknown=_("Never contacted by us")),
    days_ago("last_reaction", HERE, _("Last reaction"), _last(was_reached=True), unknown=_("Never reacted")),
    number("touches", HERE, _("Contacts from us in 12 months"), Unit.TIMES, _touches, most=1000),
    choice("warmth", HERE, _("Warmth"), lambda: labelled(WARMTH), _warmth),
    flag("complaint", HERE, _("A complaint is open"), _("No complaint is open"), _complained),
)
