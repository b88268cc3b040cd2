"""A text of a step as its readers meet it: what is unclear in it, and how it reads for a real customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns.deciding import works_of
from campaigns.models import CampaignStep
from campaigns.pricing import fixed_quote
from campaigns.rules.clarity import About, Remark, remarks, unknown_in
from campaigns.rules.plays import play_of
from campaigns.rules.sms import Length, length_of
from campaigns.rules.texts import PLACES, render
from campaigns.unsubscribing import closing_of
from campaigns.wording import language_of, words_for
from customers.models import Channel, Customer
from dealercrm.accounts.models import Dealership, User
from dealercrm.sentences import sentence
from lifecycle.models import Occasion
from lifecycle.rules.kinds import KINDS
from vehicles.models import WorkGroup
from vehicles.pricing import prices_at

LANGUAGES = ("ru", "en")
MEANINGS: dict[str, Promise] = {
    "name": _("first name and patronymic, as the customer is addressed"),
    "car": _("make and model"),
    "plate": _("number plate"),
    "store": _("name of the store"),
    "operator": _("who calls; only in scripts"),
    "due_on": _("when the work is due"),
    "until": _("when the policy, warranty or contract ends, else the last day of the reason"),
    "last_visit_on": _("day of the last visit"),
    "price": _("fixed price of the works; the line is left out where there is none"),
    "usual_price": _("what such works usually cost here, where no price is fixed; only in scripts"),
    "works": _("the works it is about"),
    "policy": _("name of the policy or contract"),
    "appointment_at": _("day and hour of the appointment"),
    "visit_link": _("where the customer moves the visit or calls it off"),
    "km": _("mileage at which it is due"),
    "holiday": _("the public holiday of a greeting"),
}


class Said(NamedTuple):
    """One remark as it is shown: the field it is about, the sentence, and the words it means."""

    field: str
    language: str
    sentence: str
    quote: str
    is_blocking: bool


class Proof(NamedTuple):
    remarks: list[Said]

    def errors(self) -> dict[str, str]:
        """field -> why the text cannot be saved: the first blocking remark of each."""
        found: dict[str, str] = {}
        for remark in self.remarks:
            if remark.is_blocking:
                found.setdefault(remark.field, remark.sentence)
        return found


class Shown(NamedTuple):
    """A text with the places filled. `length` only for a text message."""

    language: str
    is_own: bool  # the language this customer is written to in
    subject: str
    body: str
    length: Length | None


class Preview(NamedTuple):
    """`number` of `found` customers with such a reason; without any there is nobody to show."""

    customer: Customer | None
    number: int
    found: int
    texts: list[Shown]

    @property
    def next(self) -> int:
        return (self.number + 1) % self.found if self.found else 0

    @property
    def previous(self) -> int:
        return (self.number - 1) % self.found if self.found else 0


def about_of(step: CampaignStep) -> About:
    """What the rule of clarity asks about a step. The way out is added when a message is written."""
    kinds = [KINDS[kind] for kind in step.campaign.kinds if kind in KINDS]
    return About(
        channel=step.channel,
        purposes=frozenset(kind.purpose.value for kind in kinds),
        kinds=frozenset(step.campaign.kinds),
        has_way_out=bool(settings.PUBLIC_URL),
        is_greeting=bool(kinds) and all(kind.is_message_only for kind in kinds),
    )


def proof_of(step: CampaignStep, words: Mapping[str, str]) -> Proof:
    """Everything that is unclear in these words of a step, Russian first; what blocks saving leads."""
    about = about_of(step)
    found: list[Said] = []
    for language in LANGUAGES:
        subject, text = words.get(f"subject_{language}", ""), words.get(f"text_{language}", "")
        found += [_said(f"subject_{language}", language, subject, remark) for remark in unknown_in(subject)]
        found += [
            _said(f"text_{language}", language, text, remark)
            for remark in remarks(text, language, about, subject=subject)
        ]
    return Proof(sorted(found, key=lambda said: not said.is_blocking))


def _said(field: str, language: str, text: str, remark: Remark) -> Said:
    quote = text[remark.start : remark.end]
    return Said(field, language, sentence(remark.why.as_json()), quote, remark.is_blocking)


def places_of() -> list[tuple[str, Promise]]:
    """Every place with its meaning, in the order in which people look for them."""
    return [(name, MEANINGS[name]) for name in MEANINGS if name in PLACES]


def preview_of(step: CampaignStep, words: Mapping[str, str], store: Dealership, user: User, number: int) -> Preview:
    """The text as the `number`-th customer with such a reason would get it, in both languages."""
    rows = Occasion.objects.for_user(user).open().filter(dealership=store, kind__in=step.campaign.kinds)
    rows = rows.filter(customer__erased_at=None).order_by("pk")
    count = rows.count()
    if not count:
        return Preview(None, 0, 0, [])
    number %= count
    occasion = rows.select_related("customer", "ownership__vehicle__model__make", "ownership__vehicle__make")[number]
    texts = [_shown(step, words, occasion, store, user, language) for language in LANGUAGES]
    return Preview(occasion.customer, number, count, texts)


def _shown(
    step: CampaignStep, words: Mapping[str, str], occasion: Occasion, store: Dealership, user: User, language: str
) -> Shown:
    values = _values(occasion, store, user, language)
    body = render(words.get(f"text_{language}", ""), values)
    if step.channel != Channel.CALL:
        body += closing_of(occasion.customer, store, step.channel, occasion.purpose, language)
    return Shown(
        language=language,
        is_own=language_of(occasion.customer, store) == language,
        subject=render(words.get(f"subject_{language}", ""), values),
        body=body,
        length=length_of(body) if step.channel == Channel.SMS else None,
    )


def _values(occasion: Occasion, store: Dealership, user: User, language: str) -> dict[str, str]:
    """A place that nobody fills is shown as it was typed."""
    now = timezone.now()
    vehicle = occasion.ownership.vehicle
    works = {group.code: group for group in WorkGroup.objects.all()}
    named = works_of(occasion) or play_of(occasion.kind).works
    price = fixed_quote(vehicle, named, store.today(now), prices_at(store, [vehicle.make_id]))
    return _AsTyped(
        words_for(
            occasion,
            customer=occasion.customer,
            ownership=occasion.ownership,
            store=store,
            language=language,
            works=works,
            price=price.amount if price else None,
            operator=user.get_full_name() or user.username,
        )
    )


class _AsTyped(dict[str, str]):
    def get(self, name: Any, default: Any = None) -> Any:
        return super().get(name, default) if name in self else f"{{{name}}}"

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"
