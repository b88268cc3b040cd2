from datetime import UTC, datetime
from itertools import permutations
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from customers.rules.consent import allows


class Event(NamedTuple):
    purpose: str
    channel: str
    is_given: bool
    at: datetime


def day(number: int) -> datetime:
    return datetime(2025, 1, number, tzinfo=UTC)


def test_silence_allows_service_and_forbids_marketing() -> None:
    assert allows([], "service", "call")
    assert allows([], "safety", "email")
    assert allows([], "courtesy", "sms")
    assert not allows([], "marketing", "call")
    assert not allows([], "survey", "email")


def test_a_yes_for_all_channels_covers_each_of_them() -> None:
    assert allows([Event("marketing", "", True, day(1))], "marketing", "sms")
    assert not allows([Event("marketing", "", True, day(1))], "survey", "sms")


def test_no_calls_ends_calls_of_every_purpose_and_leaves_email() -> None:
    said = [Event("", "", True, day(1)), Event("", "call", False, day(2))]
    assert not allows(said, "service", "call")
    assert not allows(said, "marketing", "call")
    assert allows(said, "marketing", "email")


def test_an_older_yes_that_arrives_later_does_not_win() -> None:
    withdrawn, imported = Event("", "", False, day(9)), Event("", "", True, day(3))
    assert not allows([withdrawn, imported], "marketing", "email")


def test_a_newer_yes_wins() -> None:
    assert allows([Event("", "", False, day(3)), Event("marketing", "email", True, day(9))], "marketing", "email")


def test_of_two_words_at_one_moment_the_withdrawal_counts() -> None:
    assert not allows([Event("", "", False, day(3)), Event("", "", True, day(3))], "marketing", "call")


def test_which_purposes_need_a_consent_is_policy() -> None:
    assert allows([], "survey", "email", needs_consent=frozenset({"marketing"}))


EVENTS = st.builds(
    Event,
    purpose=st.sampled_from(["", "service", "marketing"]),
    channel=st.sampled_from(["", "call", "email"]),
    is_given=st.booleans(),
    at=st.integers(1, 5).map(day),
)


@given(st.lists(EVENTS, max_size=4))
def test_the_answer_does_not_depend_on_the_order_of_arrival(events: list[Event]) -> None:
    answers = {allows(order, "marketing", "call") for order in permutations(events)}
    assert len(answers) == 1
