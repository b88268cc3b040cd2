"""When a customer may be contacted: quiet hours, weekends, public holidays. Local wall clock of the customer."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from campaigns.rules.plays import Privilege, play_of
from campaigns.rules.policy import ContactValues

PARTS_OF_DAY = (time(9), time(12), time(17))  # morning, daytime, evening: the next dial tries another one


class Window(NamedTuple):
    opens: datetime
    closes: datetime


def window_of(
    day: date, zone: ZoneInfo, values: ContactValues, holidays: Collection[date], *, is_greeting: bool = False
) -> Window | None:
    """The hours of `day` in which the customer may be contacted; None where the whole day is quiet.

    A greeting arrives on the day itself, 10 to 18, even on a public holiday: that is its point.
    """
    if is_greeting:
        return Window(datetime.combine(day, time(10), zone), datetime.combine(day, time(18), zone))
    if values.are_holidays_quiet and day in holidays:
        return None
    if day.weekday() >= 5:
        first, last = values.weekend_quiet_until_hour, values.weekend_quiet_from_hour
    else:
        first, last = values.quiet_until_hour, values.quiet_from_hour
    if first >= last:
        return None
    midnight = datetime.combine(day, time(0), zone)
    return Window(midnight.replace(hour=first), _hour(midnight, last))


def next_window(
    after: datetime,
    zone: ZoneInfo,
    values: ContactValues,
    holidays: Collection[date],
    *,
    is_greeting: bool = False,
    days: int = 31,
) -> Window | None:
    """The window that holds `after`, else the next one; None where a month has none (a policy of silence)."""
    day = after.astimezone(zone).date()
    for offset in range(days):
        window = window_of(day + timedelta(days=offset), zone, values, holidays, is_greeting=is_greeting)
        if window is not None and window.closes > after:
            return window
    return None


def callable_from(
    after: datetime, kind: str, zone: ZoneInfo, values: ContactValues, holidays: Collection[date], *, is_promised: bool
) -> datetime | None:
    """The first moment from `after` on at which the gate of quiet hours lets this call through: `after` itself, or
    when the customer's day opens. None where no day of a month does. A recall and an hour we promised do not wait.
    """
    if is_promised or play_of(kind).privilege is Privilege.RECALL:
        return after
    window = next_window(after, zone, values, holidays)
    return max(window.opens, after) if window else None


def next_dial(called_at: datetime, zone: ZoneInfo, values: ContactValues, holidays: Collection[date]) -> datetime:
    """After no answer: the next allowed day, another part of the day than the dial that nobody answered."""
    local = called_at.astimezone(zone)
    part = max((index for index, start in enumerate(PARTS_OF_DAY) if local.time() >= start), default=0)
    wanted = PARTS_OF_DAY[(part + 1) % len(PARTS_OF_DAY)]
    morning = datetime.combine(local.date() + timedelta(days=1), time(0), zone)
    window = next_window(morning, zone, values, holidays)
    if window is None:
        return morning.replace(hour=wanted.hour)
    start = datetime.combine(window.opens.date(), wanted, zone)
    return min(max(start, window.opens), window.closes - timedelta(hours=1))


def _hour(midnight: datetime, hour: int) -> datetime:
    return midnight + timedelta(days=1) if hour >= 24 else midnight.replace(hour=hour)
