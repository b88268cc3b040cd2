"""What a mail server writes back when a letter could not be delivered: delivery status notifications (RFC 3464).

    action       status              means
    failed       5.1.x, 5.2.1        bounced: nobody lives there, the address is marked
    failed       other 5.x, 4.x      undelivered: full, refused as spam, given up; the address may live
    failed       none that is read   undelivered: nothing is said about the address
    delivered    any                 delivered
    delayed, relayed, expanded       nothing yet

A letter is known by our Message-ID, from the headers of the letter that the notification returns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, message_from_string, policy
from email.errors import MessageError
from email.message import Message
from typing import Any, NamedTuple

from campaigns.rules.hooks import Event
from campaigns.rules.relay import is_about_address

LARGEST = 5_000_000  # octets; a notification returns the letter, and ours are small
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_NUMBER = re.compile(r"<[^<>\s]{3,118}>")
_ORDER = ("bounced", "undelivered", "delivered")


class Report(NamedTuple):
    """One notification about one letter of ours, or of anybody who sends by the same server."""

    what: str  # bounced, undelivered, delivered; empty: nothing is decided yet
    message_id: str
    status: str

    def as_event(self) -> Event:
        return Event(self.what, self.message_id.strip("<>"), text=self.status)


def read_report(raw: bytes) -> Report | None:
    """What a mail says about a letter; None where it is no notification, or names no letter. Never raises.

    Of several recipients the worst counts: our letters have one.
    """
    if len(raw) > LARGEST:
        return None
    try:
        mail = message_from_bytes(raw, policy=policy.compat32)
        number = _letter_of(mail)
        found = [_of_recipient(fields) for fields in _recipients(mail)]
    except (MessageError, ValueError, LookupError, AttributeError, TypeError):  # whoever wrote it is not our server
        return None
    if not found or not number:
        return None
    decided = [one for one in found if one[0]]
    what, status = min(decided, key=lambda one: _ORDER.index(one[0])) if decided else ("", found[0][1])
    return Report(what, number, status)


def _recipients(mail: Message) -> Iterator[Message]:
    """The blocks of fields about a recipient; the block about the letter as a whole has no action."""
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            blocks: Any = part.get_payload()
            yield from (block for block in blocks if isinstance(block, Message) and block["Action"])


def _of_recipient(fields: Message) -> tuple[str, str]:
    action = str(fields["Action"]).strip().lower()
    said = _STATUS.search(str(fields["Status"] or "")) or _STATUS.search(str(fields["Diagnostic-Code"] or ""))
    status = said.group() if said else ""
    if action == "delivered":
        return "delivered", status
    if action != "failed":
        return "", status
    if said and said[1] == "5" and is_about_address(said[2], said[3]):
        return "bounced", status
    return "undelivered", status


def _letter_of(mail: Message) -> str:
    """The Message-ID of the letter that came back, whole or only its headers; else what the notification answers."""
    for part in mail.walk():
        kind = part.get_content_type()
        if kind == "message/rfc822" and part is not mail:
            inner: Any = part.get_payload()
            returned = inner[0] if isinstance(inner, list) and inner else None
        elif kind == "text/rfc822-headers":
            text: Any = part.get_payload(decode=True)
            returned = message_from_string(text.decode("utf-8", "replace")) if text else None
        else:
            continue
        if returned is not None and (number := _number(returned["Message-ID"])):
            return number
    return _number(mail["In-Reply-To"]) or _number(mail["References"])


def _number(header: Any) -> str:
    found = _NUMBER.search(str(header or ""))
    return found.group() if found else ""
