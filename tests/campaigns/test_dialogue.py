"""A real talk with a mail server over a socket: every answer at every step, against what the ledger says."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks.faults.sink import Mood, Sink, accepted
from campaigns.models import OutboxMessage
from campaigns.rules.relay import Step
from campaigns.sending import send_due
from dealercrm.accounts.models import Dealership
from tests.campaigns.building import customer_with_occasion, plan
from vehicles.models import Touch


@pytest.fixture
def server(tmp_path: Path, settings: Any) -> Iterator[Sink]:
    sink = Sink(tmp_path / "ledger")
    sink.patience = 2
    sink.start()
    settings.EMAIL_BACKEND = "campaigns.channels.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 0.5
    yield sink
    sink.stop()


def once(step: str, mood: Mood) -> Callable[[str], Mood]:
    """This answer the first time the talk comes to this step, the usual ones else."""
    moods = iter(
        [mood] * (2 if step == "hello" and isinstance(mood, int) else 1)
    )  # who refuses EHLO is greeted with HELO
    return lambda asked: next(moods, None) if asked == step else None


def letters(store: Dealership, now: datetime, number: int) -> list[OutboxMessage]:
    opens = {"opens_on": now.date(), "due_on": now.date() + timedelta(days=15)}
    for index in range(number):
        email = f"a{index}@inbox.test"
        customer_with_occasion(store, "insurance_renewal", today=now.date(), email=email, occasion=opens)
    plan(store, now)
    return list(OutboxMessage.objects.order_by("not_before", "pk"))


# What becomes of the first letter. Two hundreds that SMTP does not foresee at a step are tried too.
AGAIN, FAILED, SENT, UNKNOWN = "queued", "failed", "sent", "unknown"
CASES: list[tuple[Step, Mood, str]] = [
    *[
        (step, mood, AGAIN)
        for step in (Step.CONNECT, Step.HELLO)
        for mood in (421, 450, 554, "close", "silence", "???")
    ],
    *[(Step.FROM, mood, AGAIN) for mood in (251, 354, 421, 450, 451, 452, 530, 550, 552, 553, "close", "silence", "?")],
    *[(Step.TO, mood, AGAIN) for mood in (252, 354, 421, 450, 451, 452, "close", "silence", "?")],
    *[(Step.TO, mood, FAILED) for mood in (500, 503, 550, 551, 552, 553, 554, 556)],
    *[(Step.DATA, mood, AGAIN) for mood in (250, 421, 451, 452, "close", "silence", "?")],
    *[(Step.DATA, mood, FAILED) for mood in (503, 552, 554)],
    *[(Step.DOT, mood, SENT) for mood in (250, 251, 252)],
    *[(Step.DOT, mood, AGAIN) for mood in (421, 450, 451, 452)],
    *[(Step.DOT, mood, FAILED) for mood in (550, 552, 554)],
    *[(Step.DOT, mood, UNKNOWN) for mood in (354, "close", "close after", "silence", "?")],
    *[(Step.QUIT, mood, SENT) for mood in (250, 421, 500, "close", "silence", "?")],
]


@pytest.mark.parametrize(("step", "mood", "becomes"), CASES, ids=[f"{step}-{mood}" for step, mood, _ in CASES])
def test_what_a_server_says_at_a_step_decides_the_letter_and_no_other(
    north: Dealership, now: datetime, server: Sink, step: Step, mood: Mood, becomes: str
) -> None:
    first, second = letters(north, now, 2)
    server.mood = once(step.value, mood)
    send_due(now=now)
    first.refresh_from_db()
    assert first.status == becomes, first.error
    send_due(now=now + timedelta(hours=1))
    left = accepted(server.ledger)
    for letter in OutboxMessage.objects.all():
        assert left[letter.message_id] <= 1
        if letter.status == "sent":
            assert left[letter.message_id] == 1
        elif letter.status != "unknown":
            assert not left[letter.message_id]
        assert Touch.objects.filter(customer=letter.customer_id).exists() == (letter.status == "sent")
    second.refresh_from_db()
    assert second.status == "sent", "the trouble of one letter is not the next one's"


def test_every_code_is_tried_at_the_step_that_decides(north: Dealership, now: datetime, server: Sink) -> None:
    """Codes from 400 to 599 at RCPT and after the dot, one letter each: none is sent, the first digit decides."""
    codes = [*range(400, 600, 7)]
    pairs = list(itertools.product(("to", "dot"), codes))
    queue = {letter.pk: pair for letter, pair in zip(letters(north, now, len(pairs)), pairs, strict=True)}
    order = iter(queue.values())
    current: list[tuple[str, int]] = []

    def mood(asked: str) -> Mood:
        if asked == "from":
            current[:] = [next(order)]
        step, code = current[0] if current else ("", 0)
        return code if asked == step else None

    server.mood = mood
    send_due(now=now)
    assert not accepted(server.ledger)
    for letter in OutboxMessage.objects.all():
        _, code = queue[letter.pk]
        assert letter.status == ("failed" if code >= 500 else "queued"), queue[letter.pk]
