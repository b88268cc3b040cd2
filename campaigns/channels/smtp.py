"""Django's SMTP backend that remembers where in the dialogue it is: the difference between "again" and "unknown"."""

from __future__ import annotations

import smtplib
from typing import Any

from django.core.mail.backends.smtp import EmailBackend as DjangosBackend

from campaigns.rules.relay import Step, step_of


class _Steps:
    """Mixed into smtplib's classes: which command the server was asked last, and whether the letter is out."""

    step: Step = Step.CONNECT

    def putcmd(self, cmd: str, args: str = "") -> None:
        self.step = step_of(cmd) or self.step
        super().putcmd(cmd, args)  # type: ignore[misc]

    def getreply(self) -> tuple[int, bytes]:
        code, words = super().getreply()  # type: ignore[misc]
        if self.step is Step.DATA and code == 354:
            self.step = Step.DOT  # what follows is the letter itself
        return code, words


class Smtp(_Steps, smtplib.SMTP):
    pass


class SmtpSsl(_Steps, smtplib.SMTP_SSL):
    pass


class EmailBackend(DjangosBackend):
    @property
    def connection_class(self) -> Any:
        return SmtpSsl if self.use_ssl else Smtp

    @property
    def step(self) -> Step:
        """Where the dialogue stands; `connect` where nobody answered yet."""
        connection: Any = self.connection or self._partial_connection  # type: ignore[attr-defined]
        return connection.step if connection is not None else Step.CONNECT

    def open(self) -> bool | None:
        """Up to the greeting, so that whatever fails here fails before any letter."""
        is_new = super().open()
        if self.connection is not None:
            self.connection.ehlo_or_helo_if_needed()
        return is_new
