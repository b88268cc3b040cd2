"""An odometer reading that a person or another system gives us: asked about, never refused; and what became of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from dealercrm.accounts.models import Dealership, User
from vehicles.believing import Flag, Stored, believe, believe_again, kinds_of, stored_readings
from vehicles.models import OdometerReading, Ownership, Vehicle


def doubt_about(vehicle: Vehicle, km: int, on: date) -> dict[str, Any]:
    """What makes this reading hard to believe among the others of the car, as a stored Why; {} if nothing does.

    Two queries.
    """
    new = Stored(vehicle.pk, None, on, km)
    believe([*stored_readings([vehicle.pk]), new], kinds_of([vehicle.pk]))
    return new.note


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
    """Store the reading. A doubtful one is suspect with its reason, unless somebody has looked again (`is_certain`).

    The car's other readings are judged again beside it: a second one that agrees clears the first.
    """
    doubt = doubt_about(vehicle, km, on)
    reading = OdometerReading(
        vehicle=vehicle,
        dealership=dealership,
        read_on=on,
        km=km,
        source=source,
        plausibility=Flag.CONFIRMED if doubt and is_certain else Flag.SUSPECT if doubt else Flag.PLAUSIBLE,
        note=doubt,
        entered_by=by,
    )
    reading.save(force_insert=True)
    believe_again([vehicle.pk])
    vehicle.ownerships.all().note_new_facts()
    return reading


@transaction.atomic
def settle_reading(reading: OdometerReading, verdict: str, *, by: User, at: datetime) -> bool:
    """A person says that a reading is right (confirmed) or wrong; PLAUSIBLE takes that back and has it judged again.

    The rest of the car's history is judged beside it. False where somebody else was faster with another answer.
    """
    settled = [Flag.CONFIRMED.value, Flag.WRONG.value]
    rows = OdometerReading.objects.filter(pk=reading.pk)
    if verdict in settled:
        # What a colleague has answered is not overruled unseen; one's own answer may be changed.
        done = rows.filter(Q(settled_by=None) | Q(settled_by=by)).update(
            plausibility=verdict, settled_by=by, settled_at=at
        )
    else:
        done = rows.filter(plausibility__in=settled).update(
            plausibility=Flag.PLAUSIBLE, note={}, settled_by=None, settled_at=None
        )
    if done:
        believe_again([reading.vehicle_id])
        Ownership.objects.filter(vehicle=reading.vehicle_id).note_new_facts()
    reading.refresh_from_db(fields=["plausibility", "note", "settled_by", "settled_at"])
    return bool(done)
