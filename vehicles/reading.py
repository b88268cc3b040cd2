"""An odometer reading that a person gives us: checked at entry, asked about, never refused."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from dealercrm.accounts.models import Dealership, User
from dealercrm.why import Why
from vehicles.models import OdometerReading, Vehicle
from vehicles.rules.odometer import Reading, check_entry

MARKET_KM_PER_YEAR = 17500  # where the make is not known
Flag = OdometerReading.Plausibility


def doubt_about(vehicle: Vehicle, km: int, on: date) -> Why | None:
    """What makes this reading hard to believe beside the earlier ones, or None. One query; needs the make loaded."""
    rows = vehicle.odometer_readings.filter(plausibility__in=[Flag.PLAUSIBLE, Flag.CONFIRMED])
    before = [
        Reading(row.read_on, row.km, row.plausibility == Flag.CONFIRMED) for row in rows.order_by("read_on", "km")
    ]
    return check_entry(Reading(on, km), before, vehicle.make.km_per_year if vehicle.make else MARKET_KM_PER_YEAR)


@transaction.atomic
def take_reading(
    vehicle: Vehicle,
    km: int,
    on: date,
    *,
    by: User | None,
    dealership: Dealership,
    source: str,
    is_certain: bool = False,
) -> OdometerReading:
    """Store the reading. A doubtful one is suspect with its reason, unless somebody has looked again (`is_certain`)."""
    doubt = doubt_about(vehicle, km, on)
    flag = Flag.PLAUSIBLE
    if doubt:
        flag = Flag.CONFIRMED if is_certain else Flag.SUSPECT
    reading = OdometerReading(
        vehicle=vehicle,
        dealership=dealership,
        read_on=on,
        km=km,
        source=source,
        plausibility=flag,
        note=doubt.as_json() if doubt else {},
        entered_by=by,
    )
    reading.save(force_insert=True)
    vehicle.ownerships.all().note_new_facts()
    return reading
