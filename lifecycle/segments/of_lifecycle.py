"""Fields of the lifecycle: where the car stands and what it gives us to talk about, as the night judged it."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Q, Value
from django.db.models.fields.json import KT
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from lifecycle.models.occasion import Occasion
from lifecycle.models.standing import Stage, Substage
from lifecycle.rules.kinds import KINDS
from lifecycle.rules.segments import Op
from lifecycle.segments.field import Asked, Field, Topic, Unit, choice, days_ago, days_ahead, labelled, number, outside
from lifecycle.sentences import kind_label

HERE = Topic.LIFECYCLE


def _open_occasions(asked: Asked) -> Q:
    found = Occasion.objects.on_offer(asked.today).filter(kind__in=asked.values)
    return Q(pk__in=found.values("ownership_id"))


def _stored_day(name: str) -> Callable[[Asked], Q]:
    """A day that the night keeps as text among its further forecasts; ISO dates sort as they are written."""

    def narrow(asked: Asked) -> Q:
        key = f"forecasts__{name}"
        if asked.op == Op.UNKNOWN:
            return outside(Q(forecasts__has_key=name))
        found = Q(forecasts__has_key=name)
        first, last = asked.days_ahead()
        if first is not None:
            found &= Q(GreaterThanOrEqual(KT(key), Value(first.isoformat())))
        if last is not None:
            found &= Q(LessThanOrEqual(KT(key), Value(last.isoformat())))
        return found

    return narrow


FIELDS: tuple[Field, ...] = (
    choice("stage", HERE, _("Stage"), lambda: labelled(Stage.choices), "stage"),
    choice("substage", HERE, _("Substage"), lambda: labelled(Substage.choices), "substage"),
    days_ago("in_substage_since", HERE, _("In this substage since"), "since"),
    days_ahead("due", HERE, _("Next maintenance due"), "due_on", unknown=_("Next maintenance not forecast")),
    choice(
        "occasion", HERE, _("Reason to talk is open"), lambda: labelled((kind, kind_label(kind)) for kind in KINDS),
        _open_occasions,
    ),
    days_ahead("warranty_end", HERE, _("Warranty ends"), _stored_day("warranty_until"), unknown=_("No warranty known")),
    days_ahead(
        "buying_from", HERE, _("Buying window opens"), _stored_day("buying_from"), unknown=_("No buying window ahead")
    ),
    number("interval", HERE, _("Days between services"), Unit.DAYS, "interval_days", unknown=_("No interval known")),
)  # fmt: skip
