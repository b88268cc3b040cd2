"""Take what mail servers report about our letters: piped in by the server, or from a Maildir or an mbox."""

from __future__ import annotations

import mailbox
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from campaigns.hearing import hear
from campaigns.rules.bounces import LARGEST, read_report
from customers.models import Channel

TRY_AGAIN = 75  # EX_TEMPFAIL: the mail server keeps the mail and pipes it in later


class Command(BaseCommand):
    help = "Read delivery status notifications (RFC 3464): one from standard input, or all of a Maildir or an mbox."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--maildir", help="mails in new/ and unread ones in cur/ are read and marked as read")
        parser.add_argument("--mbox", help="every mail is read; reading it again changes nothing")

    def handle(self, *args: Any, maildir: str | None = None, mbox: str | None = None, **options: Any) -> None:
        if maildir and mbox:
            raise CommandError("Name a Maildir or an mbox, not both.")
        for path in filter(None, (maildir, mbox)):
            if not Path(path).exists():
                raise CommandError(f"There is nothing at {path}.")
        now = timezone.now()
        mails = _of_maildir(maildir) if maildir else _of_mbox(mbox) if mbox else _of_input()
        try:
            counts = take(mails, now)
        except DatabaseError as error:  # named by its kind only: its text may quote a row
            raise CommandError(f"database: {type(error).__name__}", returncode=TRY_AGAIN) from error
        said = ", ".join(f"{number} {what}" for what, number in sorted(counts.items()))
        self.stdout.write(said or "nothing to read")


def take(mails: Iterable[bytes], now: datetime) -> Counter[str]:
    """Do what each mail reports; counts by what it was. Twice is harmless."""
    counts: Counter[str] = Counter()
    for raw in mails:
        report = read_report(raw)
        if report is None:
            counts["no report"] += 1
        elif not report.what:
            counts["not decided yet"] += 1
        else:
            is_ours = hear(Channel.EMAIL.value, report.as_event(), now=now)
            counts[report.what if is_ours else "about no letter of ours"] += 1
    return counts


def _of_input() -> Iterator[bytes]:
    yield sys.stdin.buffer.read(LARGEST + 1)


def _of_mbox(path: str) -> Iterator[bytes]:
    box = mailbox.mbox(path, create=False)
    for key in box.iterkeys():
        yield box.get_bytes(key)
    box.close()


def _of_maildir(path: str) -> Iterator[bytes]:
    """A mail is marked as read after its report was taken, so that one that was not taken is read again."""
    box = mailbox.Maildir(path, create=False)
    for key in list(box.iterkeys()):
        mail = box.get_message(key)
        if "S" in mail.get_flags():
            continue
        yield box.get_bytes(key)
        mail.set_subdir("cur")
        mail.add_flag("S")
        box[key] = mail
    box.close()
