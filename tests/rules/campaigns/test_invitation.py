"""An appointment as a file for a calendar."""

from datetime import UTC, datetime

from campaigns.rules.invitation import Visit, as_icalendar

NOW = datetime(2026, 3, 16, 8, tzinfo=UTC)


def lines(title: str) -> list[str]:
    visit = Visit("visit-1@x", datetime(2026, 3, 18, 7, tzinfo=UTC), 90, title, "Север, Казань", "a\nb")
    return as_icalendar(visit, now=NOW).split("\r\n")


def test_it_begins_ends_and_is_dated_in_utc() -> None:
    said = lines("Service")
    assert (said[0], said[-2], said[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR", "")
    assert {"DTSTART:20260318T070000Z", "DTEND:20260318T083000Z", "DTSTAMP:20260316T080000Z"} <= set(said)


def test_commas_and_line_ends_are_escaped() -> None:
    said = lines("Oil; filters, a \\ b")
    assert "SUMMARY:Oil\\; filters\\, a \\\\ b" in said
    assert "LOCATION:Север\\, Казань" in said
    assert "DESCRIPTION:a\\nb" in said


def test_no_line_is_longer_than_75_octets_and_none_loses_a_letter() -> None:
    title = "Плановое техническое обслуживание " * 8
    said = lines(title.strip())
    assert all(len(line.encode()) <= 75 for line in said)
    assert f"SUMMARY:{title.strip()}" in "\r\n".join(said).replace("\r\n ", "")
