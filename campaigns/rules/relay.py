"""What an error of the mail server means for one message: try again, give up, or nobody can know."""

from __future__ import annotations

import smtplib
from datetime import timedelta
from typing import NamedTuple

AGAIN, FAILED, UNKNOWN = "again", "failed", "unknown"
TRIES = 6


class Fate(NamedTuple):
    """`is_address_bad`: the server said for good that this mailbox does not exist."""

    what: str
    reason: str
    is_address_bad: bool = False


def fate_of(error: Exception, *, was_connected: bool, attempts: int) -> Fate:
    """A refusal in words is certain: 4xx is tried again, 5xx is final. Silence after we began is not.

    Before the connection stands nothing was sent, so trying again is safe. A connection that breaks
    while the letter is being handed over may have delivered it: only a person may send it again.
    """
    reason = f"{type(error).__name__}"
    if not was_connected:
        return _again(reason, attempts)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _answer in error.recipients.values()]
        if codes and all(code >= 500 for code in codes):
            return Fate(FAILED, f"{reason} {codes[0]}", is_address_bad=codes[0] in {550, 551, 553})
        return _again(reason, attempts)
    if isinstance(error, smtplib.SMTPResponseException):
        reason = f"{reason} {error.smtp_code}"
        return Fate(FAILED, reason) if error.smtp_code >= 500 else _again(reason, attempts)
    if isinstance(error, ValueError):
        return Fate(FAILED, reason)  # the letter itself cannot be written: nothing left this house
    return Fate(UNKNOWN, reason)


def wait_before(attempts: int) -> timedelta:
    """1, 4, 9, 16, 25 minutes: a relay that is down is asked less and less often."""
    return timedelta(minutes=attempts * attempts)


def _again(reason: str, attempts: int) -> Fate:
    return Fate(AGAIN, reason) if attempts < TRIES else Fate(FAILED, f"{reason}, {attempts} tries")
