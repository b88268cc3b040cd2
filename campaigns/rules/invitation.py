"""An appointment as a file for the customer's calendar: iCalendar (RFC 5545), the lines that every calendar reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_LINE = 75  # octets, section 3.1


class Visit(NamedTuple):
    """`uid` stays the same when the visit is moved, so that the calendar moves it too."""

    uid: str
    starts_at: datetime
    minutes: int
    title: str
    place: str
    notes: str
    is_cancelled: bool = False
    sequence: int = 0


def as_icalendar(visit: Visit, *, now: datetime) -> str:
    ends_at = visit.starts_at + timedelta(minutes=visit.minutes)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//DealerCRM//visits//EN",
        "BEGIN:VEVENT",
        f"UID:{visit.uid}",
        f"SEQUENCE:{visit.sequence}",
        f"DTSTAMP:{_moment(now)}",
        f"DTSTART:{_moment(visit.starts_at)}",
        f"DTEND:{_moment(ends_at)}",
        f"SUMMARY:{_text(visit.title)}",
        f"LOCATION:{_text(visit.place)}",
        f"DESCRIPTION:{_text(visit.notes)}",
        f"STATUS:{'CANCELLED' if visit.is_cancelled else 'CONFIRMED'}",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_text(visit.title)}",
        "TRIGGER:-PT3H",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(said: str) -> str:
    for mark, instead in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n"), ("\r", "\\n")):
        said = said.replace(mark, instead)
    return said


def _folded(line: str) -> str:
    """At most 75 octets a line, a letter never cut in two; the rest goes on after a space."""
    parts, size = [""], 0
    for letter in line:
        octets = len(letter.encode())
        if size + octets > _LINE:
            parts.append(" ")
            size = 1
        parts[-1] += letter
        size += octets
    return "\r\n".join(parts)
