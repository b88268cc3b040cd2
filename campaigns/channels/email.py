"""Email through Django's backend: SMTP in production, a file or the console in the demo, anymail where it is set up."""

from __future__ import annotations

from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils import timezone, translation

from campaigns.channels.senders import sender_of
from campaigns.models import OutboxMessage
from campaigns.rules.invitation import as_icalendar
from campaigns.rules.relay import SendError, of_smtp_error, of_status
from campaigns.unsubscribing import NEEDS_OPT_OUT, opt_out_link
from campaigns.visit_letters import VISIT_BOOKED, calendar_entry
from campaigns.wording import language_of
from vehicles.models import VisitRequest


def open_relay() -> Any:
    """A connection that stands; an error here means that nothing was sent."""
    relay = get_connection()
    relay.open()
    return relay


def send(message: OutboxMessage, relay: Any) -> None:
    """Hand one letter over under its own Message-ID; SendError says what the other side made of it."""
    letter = _letter(message, relay)
    try:
        taken = letter.send()
    except Exception as error:
        failure = _read(error, relay)
        if failure is not None:
            raise failure from error
        return
    if not taken:
        raise SendError("no recipient", permanent=True)
    status = getattr(letter, "anymail_status", None)
    if status is not None and isinstance(status.message_id, str):
        OutboxMessage.objects.filter(pk=message.pk).update(provider_id=status.message_id[:120])


def _read(error: Exception, relay: Any) -> SendError | None:
    status = getattr(error, "status_code", None)  # anymail: a provider's HTTP interface
    if isinstance(status, int):
        return of_status(status, is_idempotent=False)
    return of_smtp_error(error, getattr(relay, "step", None))


def _letter(message: OutboxMessage, relay: Any) -> EmailMessage:
    _, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    sender = sender_of(message)
    name = sender.name if sender and sender.name else message.dealership.name
    letter = EmailMessage(
        subject=message.subject,
        body=message.body,
        from_email=formataddr((name, sender.address if sender and sender.address else address)),
        to=[message.address] if message.address else [],
        reply_to=[sender.reply_to] if sender and sender.reply_to else None,
        headers=headers_of(message),
        connection=relay,
    )
    if invitation := _invitation(message):
        letter.attach("visit.ics", invitation, "text/calendar")
    return letter


def _invitation(message: OutboxMessage) -> str:
    """The file for the calendar that goes with a letter about a visit; empty with any other."""
    number = message.task.occasion.evidence.get("visit_request") if message.task.kind == VISIT_BOOKED else None
    if not number:
        return ""
    asked = VisitRequest.objects.select_related("dealership", "appointment").filter(pk=number).first()
    if asked is None:
        return ""
    with translation.override(language_of(message.customer, message.dealership)):
        now = timezone.now()
        return as_icalendar(calendar_entry(asked, now=now), now=now)


def headers_of(message: OutboxMessage) -> dict[str, str]:
    """Our Message-ID, and for what the customer may have had enough of the way out in one click (RFC 8058).

    The mail server must sign both List-Unsubscribe lines with DKIM, else mail programs show no button.
    """
    headers = {"Message-ID": message.message_id}
    if message.purpose in NEEDS_OPT_OUT:
        link = opt_out_link(message.customer_id, message.dealership_id)
        headers["List-Unsubscribe"] = f"<{link}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers
