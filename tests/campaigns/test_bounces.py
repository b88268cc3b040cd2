"""Letters that came back: what RFC 3464 says, read from standard input, a Maildir and an mbox."""

from __future__ import annotations

import io
import mailbox
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from hypothesis import given
from hypothesis import strategies as st

from campaigns.management.commands import read_bounces
from campaigns.models import OutboxMessage
from campaigns.rules.bounces import LARGEST, read_report
from campaigns.sending import send_due
from dealercrm.accounts.models import Dealership
from tests.campaigns.building import customer_with_occasion, plan

OURS = "<176.abc@crm.test>"


def notification(
    number: str = OURS,
    *,
    status: str = "5.1.1",
    action: str = "failed",
    returned: str = "message/rfc822",
    more: str = "",
) -> bytes:
    """As Postfix writes it."""
    return f"""From: MAILER-DAEMON@mx.test (Mail Delivery System)
To: bounces@crm.test
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=x"

--=x
Content-Type: text/plain; charset=utf-8

I'm sorry to have to inform you ...

--=x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.test
X-Postfix-Sender: rfc822; bounces@crm.test

Final-Recipient: rfc822; petrov@inbox.test
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} said the other side
{more}
--=x
Content-Type: {returned}

Message-ID: {number}
Subject: Insurance
To: petrov@inbox.test

Good day!

--=x--
""".replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    ("action", "status", "what"),
    [
        ("failed", "5.1.1", "bounced"),
        ("failed", "5.1.10", "bounced"),
        ("failed", "5.2.1", "bounced"),
        ("failed", "5.2.2", "undelivered"),
        ("failed", "5.7.1", "undelivered"),
        ("failed", "4.4.7", "undelivered"),
        ("failed", "4.1.1", "undelivered"),
        ("Failed", "nothing", "undelivered"),
        ("delayed", "4.4.1", ""),
        ("relayed", "2.0.0", ""),
        ("delivered", "2.0.0", "delivered"),
    ],
)
@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers"])
def test_what_a_status_means(action: str, status: str, what: str, returned: str) -> None:
    report = read_report(notification(status=status, action=action, returned=returned))
    assert report is not None
    assert (report.what, report.message_id) == (what, OURS)


def test_of_several_recipients_the_worst_counts() -> None:
    second = "\nFinal-Recipient: rfc822; b@inbox.test\nAction: failed\nStatus: 5.1.1\n"
    report = read_report(notification(action="delayed", status="4.4.1", more=second))
    assert report is not None
    assert report.what == "bounced"


def test_where_nothing_comes_back_the_letter_is_the_one_that_is_answered() -> None:
    cut = notification().replace(b"Message-ID: <176.abc@crm.test>", b"X-Nothing: here")
    assert read_report(cut) is None
    report = read_report(b"In-Reply-To: <176.abc@crm.test>\r\n" + cut)
    assert report is not None
    assert report.message_id == OURS


@pytest.mark.parametrize("raw", [b"", b"\x00\xff", b"Subject: hello\r\n\r\nI am on holiday", b"x" * (LARGEST + 1)])
def test_any_other_mail_is_no_report(raw: bytes) -> None:
    assert read_report(raw) is None


@given(st.data())
def test_a_torn_notification_never_raises(data: st.DataObject) -> None:
    raw = bytearray(notification())
    for _number in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=12))
    report = read_report(bytes(raw))
    assert report is None or report.what in {"bounced", "undelivered", "delivered", ""}


@pytest.fixture
def sent(north: Dealership, now: datetime) -> OutboxMessage:
    opens = {"opens_on": now.date(), "due_on": now.date() + timedelta(days=15)}
    customer_with_occasion(north, "insurance_renewal", today=now.date(), email="petrov@inbox.test", occasion=opens)
    plan(north, now)
    send_due(now=now)
    return OutboxMessage.objects.get(status="sent")


def piped(raw: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
    call_command("read_bounces")
    return capsys.readouterr().out.strip()


def test_a_mail_server_pipes_a_bounce_in_and_the_address_is_marked(
    sent: OutboxMessage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    point = sent.contact_point
    assert point is not None
    assert piped(notification(sent.message_id), monkeypatch, capsys) == "1 bounced"
    sent.refresh_from_db()
    point.refresh_from_db()
    assert (sent.error, point.is_usable) == ("bounced", False)
    assert piped(notification(sent.message_id), monkeypatch, capsys) == "1 bounced", "twice is harmless"


def test_a_full_mailbox_stands_at_the_letter_and_the_address_stays(
    sent: OutboxMessage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert piped(notification(sent.message_id, status="5.2.2"), monkeypatch, capsys) == "1 undelivered"
    sent.refresh_from_db()
    assert sent.error == "undelivered 5.2.2"
    assert sent.contact_point is not None
    assert sent.contact_point.is_usable


def test_a_maildir_is_read_once_and_what_is_about_nobody_is_counted(
    sent: OutboxMessage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    box = mailbox.Maildir(str(tmp_path / "box"), create=True)
    for raw in (notification(sent.message_id), notification("<other@elsewhere.test>"), b"Subject: hi\n\nhello"):
        box.add(raw)
    call_command("read_bounces", maildir=str(tmp_path / "box"))
    assert capsys.readouterr().out.strip() == "1 about no letter of ours, 1 bounced, 1 no report"
    call_command("read_bounces", maildir=str(tmp_path / "box"))
    assert capsys.readouterr().out.strip() == "nothing to read"
    assert len(mailbox.Maildir(str(tmp_path / "box"), create=False)) == 3, "nothing is thrown away"


def test_an_mbox_is_read_and_left_as_it_is(
    sent: OutboxMessage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mbox"
    box = mailbox.mbox(str(path))
    box.add(notification(sent.message_id, action="delayed", status="4.4.1"))
    box.add(notification(sent.message_id, action="delivered", status="2.0.0"))
    box.close()
    before = path.read_bytes()
    call_command("read_bounces", mbox=str(path))
    assert capsys.readouterr().out.strip() == "1 delivered, 1 not decided yet"
    assert path.read_bytes() == before
    sent.refresh_from_db()
    assert sent.delivered_at is not None


def test_a_database_that_is_away_tells_the_mail_server_to_come_again(
    sent: OutboxMessage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **kwargs: Any) -> bool:
        raise OperationalError("petrov@inbox.test")

    monkeypatch.setattr(read_bounces, "hear", away)
    box = mailbox.Maildir(str(tmp_path / "box"), create=True)
    box.add(notification(sent.message_id))
    with pytest.raises(CommandError) as refused:
        call_command("read_bounces", maildir=str(tmp_path / "box"))
    assert refused.value.returncode == 75
    assert "petrov" not in str(refused.value)
    monkeypatch.undo()
    call_command("read_bounces", maildir=str(tmp_path / "box"))
    sent.refresh_from_db()
    assert sent.error == "bounced", "it was not marked as read"
