"""Which works a model needs and how often, changed by a person or another system; the cars it is about are judged
again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.db import models, transaction

from vehicles.models import MaintenanceSchedule, Make, Ownership, ScheduledWork, Vehicle, VehicleModel, WorkGroup


class Work(NamedTuple):
    """A line of a schedule: every so many km or months, whichever comes first."""

    group: WorkGroup
    km: int | None
    months: int | None
    is_maintenance: bool


def cars_of(schedule: MaintenanceSchedule) -> models.QuerySet[Vehicle]:
    """The cars that go by this schedule: those of its model; else of its make or of all, unless theirs is nearer."""
    cars = Vehicle.objects.all()
    if schedule.model_id is not None:
        return cars.filter(model=schedule.model_id)
    own = MaintenanceSchedule.objects.filter(model__isnull=False).values("model")
    cars = cars.filter(models.Q(model=None) | ~models.Q(model__in=own))
    if schedule.make_id is not None:
        return cars.filter(make=schedule.make_id)
    named = MaintenanceSchedule.objects.filter(make__isnull=False, model=None).values("make")
    return cars.filter(models.Q(make=None) | ~models.Q(make__in=named))


def note_change(cars: models.QuerySet[Vehicle]) -> None:
    """The next night judges the owners of these cars again. One UPDATE."""
    Ownership.objects.filter(vehicle__in=cars.values("pk")).note_new_facts()


@transaction.atomic
def open_schedule(make: Make | None, model: VehicleModel | None) -> tuple[MaintenanceSchedule, bool]:
    """The schedule of a model, a make or (neither) of all cars, and whether it is new.

    A new one begins with the works of the schedule that its cars went by so far, so nothing changes yet.
    """
    schedule, is_new = MaintenanceSchedule.objects.get_or_create(make=make, model=model)
    if is_new:
        above = MaintenanceSchedule.objects.filter(models.Q(make=make) | models.Q(make=None), model=None)
        source = above.exclude(pk=schedule.pk).order_by(models.F("make").desc(nulls_last=True)).first()
        for work in source.works.all() if source else ():
            work.pk, work.schedule = None, schedule
            work.save(force_insert=True)
    return schedule, is_new


@transaction.atomic
def change_works(schedule: MaintenanceSchedule, works: Sequence[Work]) -> bool:
    """Make these the works of the schedule; True where something changed, and its cars are judged again."""
    before = {work.work_group_id: work for work in schedule.works.order_by().select_for_update()}
    wanted = {work.group.pk: work for work in works}
    gone = before.keys() - wanted.keys()
    schedule.works.filter(work_group__in=gone).delete()
    has_changed = bool(gone)
    for group_id, work in wanted.items():
        row = before.get(group_id) or ScheduledWork(schedule=schedule, work_group_id=group_id)
        values = {"interval_km": work.km, "interval_months": work.months, "is_maintenance": work.is_maintenance}
        if row.pk and all(getattr(row, name) == value for name, value in values.items()):
            continue
        for name, value in values.items():
            setattr(row, name, value)
        row.save()
        has_changed = True
    if has_changed:
        note_change(cars_of(schedule))
    return has_changed


@transaction.atomic
def give_up(schedule: MaintenanceSchedule) -> None:
    """A model goes by the schedule of its make again, a make by the generic one."""
    note_change(cars_of(schedule))
    schedule.delete()
