"""Free times of the workshop: opening hours, length of a visit, cars at once. Simple until capacity has a model."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from campaigns.rules.hours import window_of
from campaigns.rules.policy import ContactValues

NOTICE = timedelta(hours=1)  # nobody is booked for the next minutes


class Taken(NamedTuple):
    starts_at: datetime
    minutes: int


class DaySlots(NamedTuple):
    day: date
    times: tuple[datetime, ...]


def free_slots(
    taken: Iterable[Taken],
    now: datetime,
    zone: ZoneInfo,
    values: ContactValues,
    holidays: Collection[date],
    *,
    days: int = 4,
    look_ahead: int = 21,
) -> list[DaySlots]:
    """The next `days` days that have a free time, with all of their free times; no public holidays."""
    busy = sorted(taken)
    found: list[DaySlots] = []
    first = now.astimezone(zone).date()
    for offset in range(look_ahead):
        day = first + timedelta(days=offset)
        if day in holidays:
            continue
        times = tuple(
            at
            for at in _starts(day, zone, values)
            if at >= now + NOTICE and has_room(at, values.slot_minutes, busy, values.cars_at_once)
        )
        if times:
            found.append(DaySlots(day, times))
        if len(found) == days:
            break
    return found


def _starts(day: date, zone: ZoneInfo, values: ContactValues) -> Iterable[datetime]:
    at = datetime.combine(day, time(values.opening_hour), zone)
    closes = datetime.combine(day, time(0), zone) + timedelta(hours=values.closing_hour)
    step = timedelta(minutes=max(values.slot_minutes, 5))
    while at + step <= closes:
        yield at
        at += step


def has_room(at: datetime, minutes: int, busy: Iterable[Taken], cars_at_once: int) -> bool:
    """Is a place free from this moment for so many minutes?"""
    ends = at + timedelta(minutes=minutes)
    cars = sum(
        1 for other in busy if other.starts_at < ends and other.starts_at + timedelta(minutes=other.minutes) > at
    )
    return cars < cars_at_once


def callback_times(now: datetime, zone: ZoneInfo, values: ContactValues, holidays: Collection[date]) -> list[datetime]:
    """Hours customers ask for: in an hour, in three, this evening, tomorrow morning and evening, in three days, a week.

    Whole quarters of an hour inside the quiet hours' window of their day; nothing twice.
    """
    local = now.astimezone(zone)
    tomorrow, midnight = local.date() + timedelta(days=1), time(0)
    wanted = [
        _quarter(local + timedelta(hours=1)),
        _quarter(local + timedelta(hours=3)),
        datetime.combine(local.date(), midnight, zone).replace(hour=18),
        datetime.combine(tomorrow, midnight, zone).replace(hour=10),
        datetime.combine(tomorrow, midnight, zone).replace(hour=18),
        datetime.combine(local.date() + timedelta(days=3), midnight, zone).replace(hour=11),
        datetime.combine(local.date() + timedelta(days=7), midnight, zone).replace(hour=11),
    ]
    fitting = []
    for at in sorted(set(wanted)):
        window = window_of(at.date(), zone, values, holidays)
        if at > now and window is not None and window.opens <= at < window.closes:
            fitting.append(at)
    return fitting


def _quarter(at: datetime) -> datetime:
    """The next full quarter of an hour."""
    rest = (at.minute % 15, at.second, at.microsecond)
    floor = at.replace(minute=at.minute - rest[0], second=0, microsecond=0)
    return floor if rest == (0, 0, 0) else floor + timedelta(minutes=15)
