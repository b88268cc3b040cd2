"""The ways out of our messages: signed links that whoever got the message may use, without a login.

Two kinds. *Unsubscribe* takes one step (RFC 8058) and only ever withdraws, so it lives as long as people
keep mail. *Preferences* may also allow something, so its link ends sooner; each message brings a new one.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse

from customers.models import Channel, Customer, Purpose
from customers.rules.consent import last_word
from customers.rules.preferences import TOPICS, Choice, changes, choices
from dealercrm.accounts.models import Dealership

_SALT = "campaigns.unsubscribe"
_SALT_OF_PREFERENCES = "campaigns.preferences"
VALID_FOR = timedelta(days=800)  # mail is kept for years; a way out that has expired is a closed door
PREFERENCES_VALID_FOR = timedelta(days=180)
NEEDS_OPT_OUT = frozenset({Purpose.MARKETING.value, Purpose.SURVEY.value})
TEXT_VERSION = "preferences-1"  # what the page said when the box was ticked; raise it with its words


class OptOut(NamedTuple):
    customer_id: int
    dealership_id: int
    channel: str = Channel.EMAIL.value


def opt_out_token(customer: Customer | int, dealership: Dealership | int, channel: str = Channel.EMAIL) -> str:
    said = [_id(customer), _id(dealership), *([] if channel == Channel.EMAIL else [str(channel)])]
    return signing.dumps(said, salt=_SALT, compress=True)


def preferences_token(customer: Customer | int, dealership: Dealership | int) -> str:
    return signing.dumps([_id(customer), _id(dealership)], salt=_SALT_OF_PREFERENCES, compress=True)


def _id(row: Customer | Dealership | int) -> int:
    return row if isinstance(row, int) else row.pk


def read_token(token: str) -> OptOut | None:
    """Whose link this is; None where it was made up, cut off or is too old."""
    try:
        return OptOut(*signing.loads(token, salt=_SALT, max_age=VALID_FOR))
    except (signing.BadSignature, ValueError, TypeError):
        return None


def read_preferences_token(token: str) -> OptOut | None:
    """Whose page this is; None where the link was made up. SignatureExpired where it was ours and is too old."""
    try:
        return OptOut(*signing.loads(token, salt=_SALT_OF_PREFERENCES, max_age=PREFERENCES_VALID_FOR))
    except signing.SignatureExpired:
        raise
    except (signing.BadSignature, ValueError, TypeError):
        return None


def opt_out_link(customer: Customer | int, dealership: Dealership | int, channel: str = Channel.EMAIL) -> str:
    return settings.PUBLIC_URL + reverse("unsubscribe", args=[opt_out_token(customer, dealership, channel)])


def preferences_link(customer: Customer | int, dealership: Dealership | int) -> str:
    return settings.PUBLIC_URL + reverse("preferences", args=[preferences_token(customer, dealership)])


def closing_of(customer: Customer, dealership: Dealership, channel: str, purpose: str, language: str) -> str:
    """How every message ends: the way out where the law asks for one, and in a letter the page of preferences."""
    is_russian = language == "ru"
    if channel == Channel.EMAIL:
        lines = []
        if purpose in NEEDS_OPT_OUT:
            words = (
                "Не хотите получать такие письма? Отписаться в один шаг:"
                if is_russian
                else "No more mails like this? Unsubscribe in one step:"
            )
            lines.append(f"{words} {opt_out_link(customer, dealership)}")
        words = "О чём и как вам писать, решаете вы:" if is_russian else "You decide what we write about, and how:"
        lines.append(f"{words} {preferences_link(customer, dealership)}")
        return "\n\n" + "\n".join(lines)
    if purpose not in NEEDS_OPT_OUT:
        return ""
    if settings.ANSWERS.get(channel):
        return "\n" + ("Не писать: ответьте СТОП" if is_russian else "Reply STOP to end")
    return "\n" + ("Не писать: " if is_russian else "Stop: ") + opt_out_link(customer, dealership, channel)


@transaction.atomic
def withdraw(opt_out: OptOut, *, now: datetime, source: str = "email") -> bool:
    """No more marketing or surveys by this channel from this moment; False where nothing was left to withdraw.

    Under the customer's lock: a sender that asks the gates at this moment is done before, or sees it.
    """
    person = Customer.objects.held_person(opt_out.customer_id)
    if person.erased_at is not None:
        return False
    events = list(person.consent_events.all())
    changed = False
    for purpose in (Purpose.MARKETING, Purpose.SURVEY):
        latest = last_word(events, purpose, opt_out.channel)
        if latest is None or latest.is_given:
            person.withdraw_consent(
                purpose=purpose,
                channel=opt_out.channel,
                at=now,
                source=source,
                dealership=Dealership.objects.get(pk=opt_out.dealership_id),
            )
            changed = True
    return changed


@transaction.atomic
def choose(
    opt_out: OptOut, wanted: Collection[tuple[str, str]], shown: Collection[str], *, now: datetime
) -> list[Choice]:
    """Write what the customer chose on the page; the boxes that came out otherwise, each a word of its own."""
    person = Customer.objects.held_person(opt_out.customer_id)
    if person.erased_at is not None:
        return []
    changed = changes(choices(person.consent_events.all()), wanted, shown)
    _say(person, changed, opt_out, now)
    return changed


@transaction.atomic
def choose_nothing(opt_out: OptOut, *, now: datetime) -> list[Choice]:
    """Nothing at all but recalls: every topic by every channel, those without an address included."""
    person = Customer.objects.held_person(opt_out.customer_id)
    if person.erased_at is not None:
        return []
    stood = choices(person.consent_events.all())
    _say(person, [Choice(topic, "", False) for topic in TOPICS], opt_out, now)
    return [choice._replace(is_allowed=False) for choice in stood if choice.is_allowed]


def _say(person: Customer, said: Collection[Choice], opt_out: OptOut, now: datetime) -> None:
    store = Dealership.objects.get(pk=opt_out.dealership_id)
    for topic, channel, is_allowed in said:
        say = person.give_consent if is_allowed else person.withdraw_consent
        say(purpose=topic, channel=channel, at=now, source="web", text_version=TEXT_VERSION, dealership=store)
