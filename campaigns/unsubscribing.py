"""The way out of our emails: a signed link that anybody who got the mail may use, without a login."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.core import signing
from django.urls import reverse

from customers.models import Channel, ConsentEvent, Customer, Purpose
from dealercrm.accounts.models import Dealership

_SALT = "campaigns.unsubscribe"
VALID_FOR = timedelta(days=800)  # mail is kept for years; a way out that has expired is a closed door


class OptOut(NamedTuple):
    customer_id: int
    dealership_id: int


def opt_out_token(customer: Customer, dealership: Dealership) -> str:
    return signing.dumps([customer.pk, dealership.pk], salt=_SALT, compress=True)


def read_token(token: str) -> OptOut | None:
    """Whose link this is; None where it was made up, cut off or is too old."""
    try:
        customer_id, dealership_id = signing.loads(token, salt=_SALT, max_age=VALID_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return OptOut(customer_id, dealership_id)


def opt_out_line(customer: Customer, dealership: Dealership, language: str) -> str:
    """The last line of every marketing email."""
    link = settings.PUBLIC_URL + reverse("unsubscribe", args=[opt_out_token(customer, dealership)])
    if language == "ru":
        return f"Не хотите получать такие письма? Отписаться в один шаг: {link}"
    return f"No more mails like this? Unsubscribe in one step: {link}"


def withdraw(opt_out: OptOut, *, now: datetime) -> bool:
    """No more marketing or survey mails from this moment; False where nothing was left to withdraw."""
    events = ConsentEvent.objects.filter(customer_id=opt_out.customer_id)
    changed = False
    for purpose in (Purpose.MARKETING, Purpose.SURVEY):
        latest = (
            events.filter(purpose__in=["", purpose], channel__in=["", Channel.EMAIL]).order_by("-at", "-pk").first()
        )
        if latest is None or latest.is_given:
            ConsentEvent.objects.create(
                customer_id=opt_out.customer_id,
                purpose=purpose,
                channel=Channel.EMAIL,
                is_given=False,
                at=now,
                source="email",
                dealership_id=opt_out.dealership_id,
            )
            changed = True
    return changed
