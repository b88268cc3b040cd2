"""Every answer at every step of the talk with a mail server or a provider, against the table."""

from __future__ import annotations

import smtplib

import pytest

from campaigns.rules.providers import Provider, filled, found_at, of_answer
from campaigns.rules.relay import (
    AGAIN,
    FAILED,
    SENT,
    UNKNOWN,
    SendError,
    Step,
    fate_of,
    of_reply,
    of_smtp_error,
    of_status,
    wait_before,
)
from campaigns.rules.sms import length_of


def fate(error: SendError | None, attempts: int = 1) -> str:
    return SENT if error is None else fate_of(error, attempts=attempts).what


# step: what 2xx, 3xx, 4xx, 5xx and silence mean; None where the answer is not possible at that step
TABLE = {
    Step.CONNECT: (None, AGAIN, AGAIN, AGAIN, AGAIN),
    Step.HELLO: (None, AGAIN, AGAIN, AGAIN, AGAIN),
    Step.LOGIN: (None, AGAIN, AGAIN, AGAIN, AGAIN),
    Step.FROM: (AGAIN, AGAIN, AGAIN, AGAIN, AGAIN),
    Step.TO: (AGAIN, AGAIN, AGAIN, FAILED, AGAIN),
    Step.DATA: (AGAIN, AGAIN, AGAIN, FAILED, AGAIN),
    Step.DOT: (SENT, UNKNOWN, AGAIN, FAILED, UNKNOWN),
    Step.QUIT: (SENT, SENT, SENT, SENT, SENT),
}
CODES = {2: (250, 251, 252, 299), 3: (334, 354, 399), 4: range(400, 500), 5: range(500, 600)}


@pytest.mark.parametrize("step", Step)
def test_every_code_at_every_step_has_its_consequence(step: Step) -> None:
    for kind, expected in zip((2, 3, 4, 5), TABLE[step], strict=False):
        if expected is not None:
            assert {fate(of_reply(step, code)) for code in CODES[kind]} == {expected}, (step, kind)
    for nonsense in (None, -1, 0, 99, 199, 600, 999):
        assert fate(of_reply(step, nonsense)) == TABLE[step][4]


def test_only_an_accepted_letter_counts_as_sent() -> None:
    """Nothing before the letter is out is ever "sent", whatever code comes."""
    for step in Step:
        for code in (None, *range(200, 600)):
            if of_reply(step, code) is None:
                assert step in {Step.DOT, Step.QUIT}


def test_a_server_with_a_fault_uses_up_no_tries_and_a_stubborn_letter_does() -> None:
    assert fate(of_reply(Step.LOGIN, 535), attempts=500) == AGAIN
    assert fate(of_reply(Step.TO, None), attempts=500) == AGAIN
    assert fate(of_reply(Step.TO, 451), attempts=5) == AGAIN
    assert fate(of_reply(Step.TO, 451), attempts=6) == FAILED
    assert fate(of_reply(Step.FROM, 553), attempts=5) == AGAIN  # our own sender was refused: somebody may mend that


@pytest.mark.parametrize(
    ("code", "words", "is_bad"),
    [
        (550, "no such user", True),
        (550, "5.1.1 user unknown", True),
        (550, "5.2.1 mailbox disabled", True),
        (550, "5.7.1 blocked by our list of spammers", False),
        (552, "5.2.2 mailbox full", False),
        (554, "refused", False),
    ],
)
def test_an_address_is_marked_only_where_the_answer_is_about_the_address(code: int, words: str, is_bad: bool) -> None:
    error = of_reply(Step.TO, code, words)
    assert error is not None
    assert error.is_address_bad is is_bad


def test_what_smtplib_raises_is_read_by_the_table() -> None:
    assert fate(of_smtp_error(smtplib.SMTPDataError(252, b"ok"), Step.DOT)) == SENT
    assert fate(of_smtp_error(smtplib.SMTPDataError(250, b"ok"), Step.DATA)) == AGAIN  # it never saw the letter
    assert fate(of_smtp_error(smtplib.SMTPDataError(252, b"ok"), None)) == UNKNOWN
    assert fate(of_smtp_error(smtplib.SMTPDataError(-1, b"??"), Step.DOT)) == UNKNOWN
    assert fate(of_smtp_error(smtplib.SMTPServerDisconnected("x"), Step.TO)) == AGAIN
    assert fate(of_smtp_error(smtplib.SMTPServerDisconnected("x"), Step.DOT)) == UNKNOWN
    assert fate(of_smtp_error(smtplib.SMTPServerDisconnected("x"), None)) == UNKNOWN
    assert fate(of_smtp_error(smtplib.SMTPResponseException(500, "Line too long."), Step.DOT)) == UNKNOWN
    assert fate(of_smtp_error(TimeoutError(), Step.DOT)) == UNKNOWN
    assert fate(of_smtp_error(TimeoutError(), Step.DATA)) == AGAIN
    assert fate(of_smtp_error(smtplib.SMTPNotSupportedError("x"), Step.HELLO)) == FAILED
    assert fate(of_smtp_error(smtplib.SMTPAuthenticationError(535, b"no"), Step.LOGIN), attempts=99) == AGAIN
    assert fate(of_smtp_error(smtplib.SMTPRecipientsRefused({"a": (252, b"maybe")}), Step.TO)) == AGAIN


def test_an_error_that_is_no_answer_leaves_it_open() -> None:
    assert fate_of(RuntimeError("x"), attempts=1).what == UNKNOWN


def test_waits_grow_to_half_an_hour() -> None:
    assert [int(wait_before(n).total_seconds() // 60) for n in (1, 2, 5, 6, 400)] == [1, 4, 25, 30, 30]


@pytest.mark.parametrize(
    ("status", "by_key", "without_key"),
    [
        (200, SENT, SENT), (202, SENT, SENT), (302, AGAIN, AGAIN), (400, FAILED, FAILED), (401, AGAIN, AGAIN),
        (402, AGAIN, AGAIN), (404, AGAIN, AGAIN), (409, SENT, FAILED), (413, FAILED, FAILED), (422, FAILED, FAILED),
        (429, AGAIN, AGAIN), (500, AGAIN, UNKNOWN), (502, AGAIN, UNKNOWN), (503, AGAIN, AGAIN), (504, AGAIN, UNKNOWN),
        (None, AGAIN, UNKNOWN), (700, AGAIN, UNKNOWN),
    ],
)  # fmt: skip
def test_every_http_status_has_its_consequence(status: int | None, by_key: str, without_key: str) -> None:
    assert fate(of_status(status, is_idempotent=True)) == by_key
    assert fate(of_status(status, is_idempotent=False)) == without_key


def test_all_http_statuses_are_in_the_table() -> None:
    for status in range(100, 600):
        assert (of_status(status, is_idempotent=False) is None) == (200 <= status < 300)


def test_a_provider_that_says_no_with_status_200_is_understood() -> None:
    provider = Provider.of(
        {
            "url": "https://sms.example/send",
            "answer_at": "messages.0.status",
            "answers": {"ok": "sent", "busy": "again", "no": "failed", "absent": "bad_address"},
        }
    )

    def answered(word: object) -> str:
        return fate(of_answer(provider, 200, {"messages": [{"status": word}]}))

    assert [answered(word) for word in ("ok", "busy", "no", "absent")] == [SENT, AGAIN, FAILED, FAILED]
    assert answered("something new") == UNKNOWN
    assert fate(of_answer(provider, 200, None)) == UNKNOWN
    absent = of_answer(provider, 200, {"messages": [{"status": "absent"}]})
    assert absent is not None
    assert absent.is_address_bad


def test_a_template_is_filled_by_exact_name_and_never_twice() -> None:
    values = {"to": "+7", "text": "{id} stays", "id": "1", "from": "N"}
    body = {"a": ["{to}", {"b": "{text}"}], "n": 5, "c": "{other}"}
    assert filled(body, values) == {"a": ["+7", {"b": "{id} stays"}], "n": 5, "c": "{other}"}


def test_a_place_in_a_reply_is_found_by_its_path() -> None:
    reply = {"messages": [{"id": 17}]}
    assert found_at(reply, "messages.0.id") == "17"
    assert [found_at(reply, path) for path in ("messages.1.id", "x.y", "", "messages.id")] == ["", "", "", ""]


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({}, "'url' is missing"),
        ({"url": "ftp://x"}, "no address"),
        ({"url": "https://x", "adress": 1}, "unknown 'adress'"),
        ({"url": "https://x/{phone}"}, "unknown place {phone}"),
        ({"url": "https://x", "answers": {"0": "fine"}}, "'fine' is none of"),
    ],
)
def test_a_provider_that_does_not_fit_is_refused_by_name(given: dict[str, object], word: str) -> None:
    with pytest.raises(ValueError, match=word.replace("{", r"\{")):
        Provider.of(given)


@pytest.mark.parametrize(
    ("text", "characters", "parts", "left"),
    [
        ("", 0, 1, 160),
        ("a" * 160, 160, 1, 0),
        ("a" * 161, 161, 2, 145),
        ("€" * 80, 160, 1, 0),
        ("Привет", 6, 1, 64),
        ("Я" * 70, 70, 1, 0),
        ("Я" * 71, 71, 2, 63),
        ("🚗", 2, 1, 68),
    ],
)
def test_the_length_of_a_text_message_is_counted_as_operators_bill_it(
    text: str, characters: int, parts: int, left: int
) -> None:
    assert length_of(text) == (characters, parts, left)
