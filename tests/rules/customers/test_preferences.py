"""What a customer ticks on the page of preferences, against what they have said before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from customers.rules.preferences import Choice, changes, choices


class Word(NamedTuple):
    purpose: str
    channel: str
    is_given: bool
    at: datetime = datetime(2026, 3, 1, tzinfo=UTC)


def allowed(*words: Word) -> set[tuple[str, str]]:
    return {(topic, channel) for topic, channel, is_allowed in choices(words) if is_allowed}


def test_somebody_who_said_nothing_gets_service_and_courtesy_only() -> None:
    assert {topic for topic, _ in allowed()} == {"service", "courtesy"}


def test_no_calls_closes_the_telephone_for_every_topic() -> None:
    said = allowed(Word("", "", True), Word("", "call", False, datetime(2026, 3, 2, tzinfo=UTC)))
    assert {channel for _, channel in said} == {"email", "sms", "messenger"}
    assert {topic for topic, _ in said} == {"marketing", "survey", "service", "courtesy"}


def test_only_boxes_that_came_out_otherwise_are_words() -> None:
    stands = choices([])
    wanted = {(topic, channel) for topic, channel, is_allowed in stands if is_allowed}
    assert changes(stands, wanted) == []
    assert changes(stands, wanted - {("service", "sms")} | {("marketing", "email")}) == [
        Choice("marketing", "email", True),
        Choice("service", "sms", False),
    ]


def test_of_a_channel_that_was_not_shown_nothing_was_said() -> None:
    stands = choices([])
    assert {choice.channel for choice in changes(stands, set(), shown=["email"])} == {"email"}


def test_safety_is_no_choice() -> None:
    assert "safety" not in {topic for topic, _, _ in choices([])}
