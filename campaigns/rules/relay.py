"""What an answer of a mail server or a provider means for one message: sent, again, failed, or nobody can know.

Two tables, one a protocol. Only an answer in words is certain. Whatever happens before the whole message was
handed over is certain too: the other side cannot have it. After that, silence may mean both.
"""

from __future__ import annotations

import re
import smtplib
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

SENT, AGAIN, FAILED, UNKNOWN = "sent", "again", "failed", "unknown"
TRIES = 6
LONGEST_WAIT = timedelta(minutes=30)


class SendError(Exception):
    """A message that did not leave, or may not have.

    `permanent` True: it never will. False: it may be tried again. None: it may have left, nobody can know.
    `is_address_bad`: the address does not exist. `is_house_down`: nobody's message would have left; the try
    does not count against this one.
    """

    def __init__(
        self, reason: str, *, permanent: bool | None, is_address_bad: bool = False, is_house_down: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.is_address_bad = is_address_bad
        self.is_house_down = is_house_down


class Fate(NamedTuple):
    """`is_address_bad`: the server said for good that this mailbox does not exist."""

    what: str
    reason: str
    is_address_bad: bool = False


def fate_of(error: Exception, *, attempts: int) -> Fate:
    """What becomes of a message whose sending ended in this error."""
    if not isinstance(error, SendError):
        return Fate(UNKNOWN, type(error).__name__)
    if error.permanent is None:
        return Fate(UNKNOWN, error.reason)
    if error.permanent:
        return Fate(FAILED, error.reason, error.is_address_bad)
    if error.is_house_down or attempts < TRIES:
        return Fate(AGAIN, error.reason)
    return Fate(FAILED, f"{error.reason}, {attempts} tries")


def wait_before(attempts: int) -> timedelta:
    """1, 4, 9, 16, 25, then 30 minutes: a relay that is down is asked less and less often."""
    return min(timedelta(minutes=attempts * attempts), LONGEST_WAIT)


# --- Mail: where in the dialogue we were -------------------------------------------------------------


class Step(StrEnum):
    """The dialogue of SMTP in its order. `dot`: the letter was handed over and the last answer is awaited."""

    CONNECT = "connect"
    HELLO = "hello"
    LOGIN = "login"
    FROM = "from"
    TO = "to"
    DATA = "data"
    DOT = "dot"
    QUIT = "quit"


_OF_COMMAND = {
    "ehlo": Step.HELLO,
    "helo": Step.HELLO,
    "starttls": Step.LOGIN,
    "auth": Step.LOGIN,
    "mail": Step.FROM,
    "rcpt": Step.TO,
    "data": Step.DATA,
    "quit": Step.QUIT,
}
_BEFORE_ANY_LETTER = frozenset({Step.CONNECT, Step.HELLO, Step.LOGIN})
_NO_SUCH_MAILBOX = frozenset({550, 551, 553, 556})
# RFC 3463: 5.1.x speaks of the address, 5.2.1 of a mailbox that is closed; 5.7.x is about us, not about them.
_ENHANCED = re.compile(r"\b5\.(\d{1,3})\.(\d{1,3})\b")


def step_of(command: str) -> Step | None:
    """The step that a command of the dialogue begins; None for those that belong to none (RSET, NOOP)."""
    return _OF_COMMAND.get(command.strip().lower().partition(" ")[0])


def of_reply(step: Step, code: int | None, words: str = "") -> SendError | None:
    """The table of replies: what `code` at `step` means, None where the letter was accepted.

    `code` None (or no number from 200 to 599) is silence: a closed connection, a time-out, an answer that is none.

        step                      2xx      3xx      4xx     5xx      silence
        connect, hello, login      -       again*   again*  again*   again*
        from                       -       again    again   again    again*
        to                         -       again    again   FAILED   again*
        data                     again     (goes on) again  FAILED   again*
        dot                       SENT     unknown  again   FAILED   UNKNOWN
        quit                      SENT     SENT     SENT    SENT     SENT

    * the mail server has a fault with everybody: the try does not count against this letter. A refused sender
    (5xx at "from") is our own mistake in most cases, so it is tried again as long as other temporary answers.
    """
    reason = f"{step} {code}" if code is not None else f"{step}: no answer"
    kind = code // 100 if code is not None and 200 <= code <= 599 else 0
    if step is Step.QUIT or (step is Step.DOT and kind == 2):
        return None
    if step is Step.DOT and kind in {0, 3}:
        return SendError(reason, permanent=None)
    if kind == 5 and step in {Step.TO, Step.DATA, Step.DOT}:
        return SendError(reason, permanent=True, is_address_bad=step is Step.TO and _is_address_bad(code, words))
    return SendError(reason, permanent=False, is_house_down=step in _BEFORE_ANY_LETTER or not kind)


def _is_address_bad(code: int | None, words: str) -> bool:
    said = _ENHANCED.search(words)
    return is_about_address(*said.groups()) if said else code in _NO_SUCH_MAILBOX


def is_about_address(subject: str, detail: str) -> bool:
    """Whether 5.`subject`.`detail` says that nobody is reached at this address."""
    return subject == "1" or (subject, detail) == ("2", "1")


def of_smtp_error(error: Exception, step: Step | None) -> SendError | None:
    """What smtplib raised, read by the table; None where it tells of success. `step` None: a backend that hides it."""
    if isinstance(error, ValueError | smtplib.SMTPNotSupportedError):
        return SendError(type(error).__name__, permanent=True)  # the letter itself cannot be written
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = list(error.recipients.values())
        code, words = answers[0] if answers else (None, b"")
        return of_reply(Step.TO, code, _text(words))
    if isinstance(error, smtplib.SMTPSenderRefused):
        return of_reply(Step.FROM, error.smtp_code, _text(error.smtp_error))
    if isinstance(error, smtplib.SMTPDataError):
        if step is None and error.smtp_code < 400:
            return SendError(f"data {error.smtp_code}", permanent=None)
        return of_reply(step or Step.DOT, error.smtp_code, _text(error.smtp_error))
    if isinstance(error, smtplib.SMTPHeloError | smtplib.SMTPConnectError | smtplib.SMTPAuthenticationError):
        return of_reply(Step.HELLO, error.smtp_code)
    if step is None:
        return SendError(type(error).__name__, permanent=None)
    return of_reply(step, None)  # what smtplib says by itself ("line too long") is no answer of the server


def _text(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)


# --- HTTP: providers of SMS and messengers -----------------------------------------------------------

_NOT_OUR_MESSAGE = frozenset({401, 402, 403, 404, 407, 408, 421, 425, 429, 451, 503})


def of_status(status: int | None, *, is_idempotent: bool) -> SendError | None:
    """What an HTTP status means, None for "accepted"; `status` None is silence after the request had begun.

    A provider that knows our key (`is_idempotent`) may be asked again after silence or a fault of its own:
    it will not send twice. Of others nobody knows whether the message went out.

        2xx accepted · 409 with a known key: it has the message · 401-404, 407, 408, 421, 425, 429, 451, 503: again
        other 4xx: failed for good · 3xx: again (nothing was done here) · 5xx and silence: again by key, else unknown
    """
    reason = f"HTTP {status}" if status is not None else "HTTP: no answer"
    if status is not None and 200 <= status < 300:
        return None
    if status == 409 and is_idempotent:
        return None
    if status is not None and (status in _NOT_OUR_MESSAGE or 300 <= status < 400):
        return SendError(reason, permanent=False, is_house_down=status in {401, 402, 403, 404, 407, 503})
    if status is not None and 400 <= status < 500:
        return SendError(reason, permanent=True)
    if is_idempotent:  # asked for as long as it takes: "failed" would be a guess
        return SendError(reason, permanent=False, is_house_down=True)
    return SendError(reason, permanent=None)
