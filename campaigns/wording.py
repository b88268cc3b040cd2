"""The words of a contact: texts of a step filled with what is known of this customer and this car."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import formats, translation

from campaigns.deciding import works_of
from campaigns.models import CampaignStep
from campaigns.rules.texts import render
from customers.models import Customer
from dealercrm.accounts.links import BOOK, NPS, VISIT, WELCOME, public_url
from dealercrm.accounts.models import Dealership
from lifecycle.models import Occasion
from lifecycle.sentences import inside
from vehicles.models import Ownership, WorkGroup

if TYPE_CHECKING:
    from campaigns.offering import Made

PRICED = frozenset({"fixed_price", "discount"})
_RUSSIAN_COUNTRIES = frozenset({"RU", "BY", "KZ", "KG"})
_MONTHS_RU = (
    "января", "февраля", "марта", "апреля", "мая", "июня",
    "июля", "августа", "сентября", "октября", "ноября", "декабря",
)  # fmt: skip


def language_of(customer: Customer, store: Dealership) -> str:
    """The language we write to this customer in: their own, else that of the store's country."""
    if customer.language:
        return "ru" if customer.language.startswith("ru") else "en"
    return default_language(store)


def default_language(store: Dealership) -> str:
    """The language of a customer of whom none is known: that of the store's country."""
    return "ru" if store.country in _RUSSIAN_COUNTRIES else "en"


def text_of(step: CampaignStep, language: str, values: Mapping[str, str]) -> tuple[str, str]:
    """(subject, text) of a step in a language, with the places filled; in the other one where it has no text."""
    russian, english = (step.subject_ru, step.text_ru), (step.subject_en, step.text_en)
    mine, other = (russian, english) if language == "ru" else (english, russian)
    subject, text = mine if mine[1].strip() else other
    return render(subject, values), render(text, values)


def words_for(
    occasion: Occasion,
    *,
    customer: Customer,
    ownership: Ownership | None,
    store: Dealership,
    language: str,
    works: Mapping[str, WorkGroup],
    price: Decimal | None = None,
    usual_price: Decimal | None = None,
    operator: str = "",
    appointment_at: datetime | None = None,
    offer: Made | None = None,
) -> dict[str, str]:
    """Every place of `rules/texts.py` with its value; an empty one where nothing is known.

    The due date that a customer hears is that of the work, not the day we meant to call.
    """
    vehicle = ownership.vehicle if ownership else None
    said = {**occasion.evidence, **occasion.why.get("params", {})}
    named = [works[code] for code in works_of(occasion) if code in works]
    if appointment_at is None and said.get("starts_at"):
        appointment_at = datetime.fromisoformat(str(said["starts_at"]))
    last_on = _date(said.get("last_on") or said.get("declined_on"))
    with translation.override(language):
        return {
            "name": customer.spoken_name,
            "car": vehicle.title if vehicle else "",
            "plate": vehicle.plate if vehicle else "",
            "store": store.name,
            "operator": operator,
            "due_on": spoken_date(_date(said.get("due_on")) or occasion.due_on, language),
            "until": spoken_date(_date(said.get("ends_on")) or occasion.closes_on, language),
            "last_visit_on": spoken_date(last_on, language) if last_on else "",
            "price": money(price, store.currency) if price else "",
            "usual_price": money(usual_price, store.currency) if usual_price else "",
            "works": ", ".join(inside(group.name_ru if language == "ru" else group.name_en) for group in named),
            "policy": str(said.get("product") or ""),
            "appointment_at": spoken_moment(appointment_at, store, language) if appointment_at else "",
            "offer": promise_in_words(offer, store, language) if offer else "",
            "offer_price": money(offer.price, store.currency) if offer and offer.price is not None else "",
            "offer_until": spoken_date(offer.until, language) if offer else "",
            "holiday": str(said.get(f"holiday_{language}") or ""),
            **_links(occasion, ownership),
            "km": formats.number_format(said["due_km"], force_grouping=True) if said.get("due_km") else "",
        }


def promise_in_words(made: Made, store: Dealership, language: str) -> str:
    """An offer as it is said and written: its name, price where there is one, and last day."""
    with translation.override(language):
        until = spoken_date(made.until, language)
        until = f"до {until}" if language == "ru" else f"until {until}"
        said = made.offer.named(language)
        if made.price is not None and made.offer.kind in PRICED:
            said = f"{said}: {money(made.price, store.currency)}"
        words = made.offer.said(language)
        return f"{said}, {until}. {words}".strip() if words else f"{said}, {until}"


def _links(occasion: Occasion, ownership: Ownership | None) -> dict[str, str]:
    """Where the customer answers, books and reads without a login; signed, and good for a while."""
    asked = occasion.evidence.get("visit_request")
    visit = occasion.evidence.get("visit") if occasion.kind == "service_feedback" else None
    return {
        "nps_link": public_url("nps", NPS.sign(int(visit))) if visit else "",
        "visit_link": public_url("visit", VISIT.sign(int(asked))) if asked else "",
        "book_link": public_url("book-car", BOOK.sign(ownership.pk)) if ownership else "",
        "welcome_link": public_url("welcome", WELCOME.sign(ownership.pk)) if ownership else "",
    }


def spoken_date(day: date, language: str) -> str:
    """16 March / 16 марта: a date as it is said aloud."""
    if language == "ru":
        return f"{day.day} {_MONTHS_RU[day.month - 1]}"
    return f"{day.day} {day:%B}"


def spoken_moment(at: datetime, store: Dealership, language: str) -> str:
    local = at.astimezone(store.zone)
    joined = "в" if language == "ru" else "at"
    return f"{spoken_date(local.date(), language)} {joined} {local:%H:%M}"


def money(amount: Decimal, currency: str) -> str:
    """Whole units with the currency's sign, the number never breaking from its unit."""
    sign = {"RUB": "₽", "EUR": "€", "USD": "$"}.get(currency, currency)
    shown = formats.number_format(amount.quantize(Decimal(1)), use_l10n=True, force_grouping=True)
    return f"{shown}\u00a0{sign}".replace(" ", "\u00a0")


def _date(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None
