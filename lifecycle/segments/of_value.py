"""Fields of worth and of the chance to keep it, as the night worked them out (DOMAIN section 5)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from lifecycle.models.standing import Loyalty
from lifecycle.segments.field import Field, Topic, Unit, choice, labelled, number

HERE = Topic.VALUE

FIELDS: tuple[Field, ...] = (
    number("health", HERE, _("Health, 0 to 100"), Unit.POINTS, "health", unknown=_("Health not known"), most=100),
    number(
        "chance_soon",
        HERE,
        _("Chance of a visit within 30 days, percent"),
        Unit.POINTS,
        "chance_soon",
        unknown=_("Chance of a visit soon not known"),
        most=100,
    ),
    choice("loyalty", HERE, _("Loyalty"), lambda: labelled(Loyalty.choices), "loyalty"),
    number("probably_sold", HERE, _("Probably sold, points of 100"), Unit.POINTS, "probably_sold", most=100),
    number("rfm_r", HERE, _("Recency (R), 5 is best"), Unit.POINTS, "rfm_r", unknown=_("R not known"), most=5),
    number(
        "rfm_f", HERE, _("Frequency (F), 5 is best"), Unit.POINTS, "rfm_f", unknown=_("Frequency not known"), most=5
    ),
    number("rfm_m", HERE, _("Margin (M), 5 is best"), Unit.POINTS, "rfm_m", unknown=_("M not known"), most=5),
    number("value", HERE, _("Expected spend in 24 months"), Unit.MONEY, "value_24m", unknown=_("Worth not known")),
)
