"""Fields of the car and of how it came to its owner."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThan
from django.utils.translation import gettext_lazy as _

from lifecycle.rules.calendar import add_months
from lifecycle.rules.segments import Op
from lifecycle.segments.field import (
    Asked,
    Field,
    Topic,
    Unit,
    choice,
    choice_in_days,
    days_ago,
    flag,
    labelled,
    number,
    within,
)
from vehicles.models import Cover, Make, OdometerReading, Ownership, VehicleModel

HERE = Topic.CAR
CAR = "ownership__vehicle"


def _makes() -> list[tuple[str, str]]:
    return list(Make.objects.order_by("name").values_list("key", "name"))


def _models() -> list[tuple[str, str]]:
    rows = VehicleModel.objects.order_by("make__name", "name").values_list("make__key", "key", "make__name", "name")
    return [(f"{make}/{model}", f"{make_name} {name}") for make, model, make_name, name in rows]


def _of_models(asked: Asked) -> Q:
    wanted = Q(pk__in=[])
    for value in asked.values:
        make, _slash, model = value.partition("/")
        wanted |= Q(make__key=make, key=model)
    return Q(**{f"{CAR}__model__in": VehicleModel.objects.filter(wanted).order_by().values("pk")})


def _age(asked: Asked) -> Q:
    """Full years by the year of manufacture: the only date of birth that every car has."""
    first = None if asked.high is None else asked.today.year - asked.high
    last = None if asked.low is None else asked.today.year - asked.low
    if asked.op == Op.UNKNOWN:
        return Q(**{f"{CAR}__year__isnull": True})
    return Q(**{f"{CAR}__year__isnull": False}) & within(f"{CAR}__year", first, last)


def _owned_for(asked: Asked) -> Q:
    """Full months: the eleventh is over a day before the year is full."""
    first = None if asked.high is None else add_months(asked.today, -asked.high - 1) + timedelta(days=1)
    last = None if asked.low is None else add_months(asked.today, -asked.low)
    return within("ownership__started_on", first, last)


def _covers(asked: Asked) -> Q:
    """A policy, warranty or contract of the car that is this owner's or nobody's, known to one of the stores."""
    ends = within("ends_on", *asked.days_ahead())
    found = Cover.objects.filter(ends, voided_at=None, kind__in=asked.values, dealership__in=asked.store_ids)
    return Q(pk__in=found.filter(ownership__isnull=False).values("ownership_id")) | Q(
        ownership__vehicle_id__in=found.filter(ownership=None).values("vehicle_id")
    )


def _reading_in_doubt(asked: Asked) -> Q:
    doubted = OdometerReading.objects.filter(plausibility=OdometerReading.Plausibility.SUSPECT)
    return Q(ownership__vehicle_id__in=doubted.order_by().values("vehicle_id"))


def _vin_in_doubt(asked: Asked) -> Q:
    """Mended when it was typed, or shorter than the seventeen characters of a VIN."""
    return ~Q(**{f"{CAR}__vin_note": ""}) | Q(LessThan(Length(F(f"{CAR}__vin")), 17))


FIELDS: tuple[Field, ...] = (
    choice("make", HERE, _("Make"), _makes, f"{CAR}__make__key"),
    choice("model", HERE, _("Model"), _models, _of_models),
    choice(
        "price_class", HERE, _("Price class"), lambda: labelled(Make.PriceClass.choices), f"{CAR}__make__price_class"
    ),
    number("age", HERE, _("Age of the car"), Unit.YEARS, _age, unknown=_("Year of manufacture not known"), most=100),
    number("mileage", HERE, _("Last odometer reading"), Unit.KM, "odometer_km", unknown=_("Odometer never read")),
    number("km_per_year", HERE, _("Mileage a year"), Unit.KM, "km_per_year", unknown=_("Mileage a year not known")),
    days_ago("odometer_read", HERE, _("Odometer read"), "odometer_on", unknown=_("Odometer never read")),
    flag("reading_doubt", HERE, _("A reading is in doubt"), _("No reading is in doubt"), _reading_in_doubt),
    flag("vin_doubt", HERE, _("The VIN is in doubt"), _("The VIN is in order"), _vin_in_doubt),
    choice(
        "acquired", HERE, _("How the car came"), lambda: labelled(Ownership.Acquired.choices), "ownership__acquired"
    ),
    number("owned_for", HERE, _("Owned for"), Unit.MONTHS, _owned_for, most=1200),
    choice_in_days(
        "cover", HERE, _("Policy or contract ends"), lambda: labelled(Cover.Kind.choices), _covers, Unit.DAYS_AHEAD
    ),
)
