from datetime import date, time
from zoneinfo import ZoneInfo

from campaigns.rules.hours import window_of
from campaigns.rules.policy import ContactValues

MOSCOW = ZoneInfo("Europe/Moscow")
MONDAY, SATURDAY, HOLIDAY = date(2026, 3, 16), date(2026, 3, 21), date(2026, 5, 1)


def hours(day: date, values: ContactValues, **options: bool) -> tuple[time, time] | None:
    window = window_of(day, MOSCOW, values, {HOLIDAY}, **options)
    return (window.opens.time(), window.closes.time()) if window else None


def test_weekends_are_shorter_and_public_holidays_quiet() -> None:
    assert hours(MONDAY, ContactValues()) == (time(9), time(20))
    assert hours(SATURDAY, ContactValues()) == (time(10), time(18))
    assert hours(HOLIDAY, ContactValues()) is None


def test_a_greeting_arrives_on_the_holiday_itself() -> None:
    assert hours(HOLIDAY, ContactValues(), is_greeting=True) == (time(10), time(18))


def test_a_store_may_call_on_holidays_and_round_the_clock() -> None:
    values = ContactValues(are_holidays_quiet=False, quiet_until_hour=0, quiet_from_hour=24)
    window = window_of(HOLIDAY, MOSCOW, values, {HOLIDAY})
    assert window is not None
    assert (window.closes - window.opens).total_seconds() == 24 * 3600
