"""Cadence, hours of the next dial, texts, free times, priority: the small rules around a call."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns.rules.cadence import Step, Tried, next_contact
from campaigns.rules.hours import next_dial
from campaigns.rules.outcomes import COMMON, EFFECTS, BadDetails, check_details, may_dial_again
from campaigns.rules.plays import PLAYS
from campaigns.rules.policy import ContactValues
from campaigns.rules.priority import value_of_call, value_of_promise
from campaigns.rules.slots import Taken, callback_times, free_slots
from campaigns.rules.texts import render, unknown_places
from lifecycle.rules.kinds import KINDS

MOSCOW = ZoneInfo("Europe/Moscow")
VALUES = ContactValues()
TODAY = date(2026, 3, 16)
MAIN = [Step(1, 1, "call", 0), Step(2, 2, "email", 0), Step(3, 3, "call", 3)]
LETTER_FIRST = [Step(4, 1, "email", 0), Step(5, 2, "call", 15)]


def at(hour: int, minute: int = 0, day: date = TODAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=MOSCOW)


def call(position: int, outcome: str, attempt: int = 1, status: str = "done") -> Tried:
    return Tried(position, attempt, "call", status, outcome, TODAY)


LETTER = Tried(2, 1, "email", "done", "", TODAY)


def after(*tried: Tried, steps: list[Step] = MAIN, passed_over: tuple[int, ...] = ()):
    found = next_contact(steps, tried, opens_on=TODAY - timedelta(days=7), due_on=TODAY, passed_over=passed_over)
    return found and (found.step.position, found.attempt, found.on, found.is_start, found.is_repeat)


def test_a_call_starts_on_the_due_day_and_a_letter_when_the_window_opens() -> None:
    assert after() == (1, 1, TODAY, True, False)
    assert after(steps=LETTER_FIRST) == (1, 1, TODAY - timedelta(days=7), True, False)


def test_call_letter_repeat_call() -> None:
    assert after(call(1, "thinks")) == (2, 1, TODAY, False, True)
    assert after(call(1, "no_answer", attempt=4)) == (2, 1, TODAY, False, True)
    assert after(call(1, "thinks"), LETTER) == (3, 1, TODAY + timedelta(days=3), False, True)
    assert after(call(1, "thinks"), LETTER, call(3, "thinks")) is None


@pytest.mark.parametrize("outcome", sorted(set(EFFECTS) - {"no_answer", "thinks", "wrong_number"}))
def test_an_answer_ends_the_cadence(outcome: str) -> None:
    assert after(call(1, outcome)) is None


def test_nothing_follows_while_a_contact_is_open() -> None:
    assert after(call(1, "no_answer"), call(1, "", attempt=2, status="open")) is None


def test_a_call_taken_off_the_list_is_decided_afresh_as_a_new_attempt() -> None:
    assert after(call(1, "", status="cancelled")) == (1, 2, TODAY, True, False)
    assert after(call(1, "no_answer"), call(1, "", attempt=2, status="expired")) == (1, 3, TODAY, False, True)


def test_without_an_address_the_letter_is_walked_past() -> None:
    assert after(call(1, "thinks"), passed_over=(2,)) == (3, 1, TODAY + timedelta(days=3), False, True)
    assert after(steps=LETTER_FIRST, passed_over=(1,)) == (2, 1, TODAY, True, False)


def test_a_letter_that_failed_does_not_stop_the_repeat_call() -> None:
    failed = LETTER._replace(status="cancelled")
    assert after(call(1, "thinks"), failed) == (3, 1, TODAY + timedelta(days=3), False, True)


@pytest.mark.parametrize(
    ("called", "again"),
    [
        (at(10), at(12, day=date(2026, 3, 17))),
        (at(14), at(17, day=date(2026, 3, 17))),
        (at(18), at(9, day=date(2026, 3, 17))),
        (at(14, day=date(2026, 3, 13)), at(17, day=date(2026, 3, 14))),  # Friday -> Saturday closes at 18
    ],
)
def test_the_next_dial_is_tomorrow_in_another_part_of_the_day(called: datetime, again: datetime) -> None:
    assert next_dial(called, MOSCOW, VALUES, frozenset()) == again


def test_the_next_dial_skips_a_holiday() -> None:
    assert next_dial(at(10), MOSCOW, VALUES, frozenset({date(2026, 3, 17)})).date() == date(2026, 3, 18)


def test_four_dials_in_ten_days_and_no_more() -> None:
    dials = [at(11) + timedelta(days=day) for day in range(4)]
    assert may_dial_again(dials[:3], dials[2], VALUES)
    assert not may_dial_again(dials, dials[3], VALUES)
    assert may_dial_again([*dials[:3], at(11) + timedelta(days=13)], at(11) + timedelta(days=13), VALUES)


def test_every_kind_of_the_registry_has_a_play_and_no_other() -> None:
    assert set(PLAYS) == set(KINDS)
    for play in PLAYS.values():
        assert getattr(VALUES, play.worth) > 0


def test_the_number_keys_hold_the_common_outcomes_and_all_have_effects() -> None:
    assert len(COMMON) == 8
    assert set(COMMON) < set(EFFECTS)


def test_details_are_checked_by_name() -> None:
    with pytest.raises(BadDetails) as missing:
        check_details("booked", {})
    assert missing.value.field == "starts_at"
    with pytest.raises(BadDetails) as unknown:
        check_details("busy", {"until": "tomorrow"})
    assert unknown.value.field == "until"
    with pytest.raises(BadDetails):
        check_details("whistled", {})


def test_promises_and_complaints_stand_above_every_value() -> None:
    def value(kind: str) -> float:
        closes = TODAY + timedelta(days=2)
        return value_of_call(kind, VALUES, today=TODAY, opens_on=TODAY, due_on=TODAY, closes_on=closes)

    assert value_of_promise(at(12)) > value_of_promise(at(13)) > value("complaint_follow_up")
    assert value("complaint_follow_up") > max(value(kind) for kind in KINDS if "complaint" not in kind and kind not in {
        "recall", "appointment_confirmation", "inbound_message", "visit_booked",
    })  # fmt: skip


def test_value_rises_as_the_window_closes() -> None:
    values = [
        value_of_call("maintenance", VALUES, today=TODAY, opens_on=due, due_on=due, closes_on=due + timedelta(days=60))
        for due in (TODAY - timedelta(days=gone) for gone in (0, 30, 50, 57))
    ]
    assert values == sorted(values)
    ageing = 1 + VALUES.ageing_bonus * 57 / 60
    assert values[-1] == pytest.approx(values[0] * VALUES.urgency_factor * ageing)


def test_places_are_filled_by_exact_name_and_a_line_without_a_value_is_left_out() -> None:
    text = "{name}, good day!\nIt costs {price}.\n\nYours, {store}"
    assert render(text, {"name": "Anna", "price": "", "store": "North"}) == "Anna, good day!\n\nYours, North"
    assert unknown_places("{name} {nmae} {0}") == {"nmae"}


def test_free_times_leave_out_what_is_full_past_or_closed() -> None:
    full = [Taken(at(12), 60)] * 3 + [Taken(at(14, 30), 60)] * 2
    days = free_slots(full, at(11), MOSCOW, VALUES, frozenset({date(2026, 3, 17)}))
    assert [slot.hour for slot in days[0].times] == [13, 14, 15, 16, 17]
    assert [slots.day.day for slots in days] == [16, 18, 19, 20]


def test_callback_times_lie_ahead_inside_the_allowed_hours() -> None:
    times = callback_times(at(17, 50), MOSCOW, VALUES, frozenset())
    assert times[0] == at(18)
    assert times[1] == at(19)
    assert times == sorted(set(times))
    assert all(9 <= time.hour < 20 for time in times)
    assert callback_times(at(11, 7), MOSCOW, VALUES, frozenset())[0] == at(12, 15)
