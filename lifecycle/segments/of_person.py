"""Fields of the customer: who they are, how to reach them, what they allow."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Channel, ConsentEvent, ContactPoint, Customer, Purpose
from lifecycle.rules.calendar import add_months
from lifecycle.rules.segments import Op
from lifecycle.segments.field import NOBODY, Asked, Field, Topic, Unit, choice, flag, labelled, number

HERE = Topic.PERSON
MOST_CITIES = 200


def _cities() -> list[tuple[str, str]]:
    """The most frequent cities of the whole group, by name; others may still be named over the API."""
    rows = Customer.objects.exclude(city="").order_by().values_list("city").annotate(number=Count("pk"))
    return [(city, city) for city in sorted(city for city, _number in rows.order_by("-number", "city")[:MOST_CITIES])]


def _reached_by(kind: str) -> Callable[[Asked], Q]:
    def narrow(asked: Asked) -> Q:
        return Q(customer_id__in=ContactPoint.objects.usable().filter(kind=kind).values("customer_id"))

    return narrow


def _consents() -> list[tuple[str, str]]:
    purposes = [Purpose.MARKETING, Purpose.SURVEY, Purpose.SERVICE]
    pairs = [(purpose, channel) for purpose in purposes for channel in Channel]
    return labelled((f"{one}/{by}", f"{one.label} · {by.label}") for one, by in pairs)


def _allowed(asked: Asked) -> Q:
    found = NOBODY
    for value in asked.values:
        purpose, _slash, channel = value.partition("/")
        found |= ConsentEvent.objects.allowing(purpose, channel, "customer_id")
    return found


def _age(asked: Asked) -> Q:
    path = "customer__birth_on"
    if asked.op == Op.UNKNOWN:
        return Q(**{f"{path}__isnull": True})
    found = Q(**{f"{path}__isnull": False})
    if asked.low is not None:
        found &= Q(**{f"{path}__lte": add_months(asked.today, -12 * asked.low)})
    if asked.high is not None:
        found &= Q(**{f"{path}__gt": add_months(asked.today, -12 * (asked.high + 1))})
    return found


def _city_known(asked: Asked) -> Q:
    return ~Q(customer__city="")


FIELDS: tuple[Field, ...] = (
    choice("customer_kind", HERE, _("Person or company"), lambda: labelled(Customer.Kind.choices), "customer__kind"),
    flag(
        "premium", HERE, _("Premium customer"), _("Not a premium customer"), lambda asked: Q(customer__is_premium=True)
    ),
    choice("city", HERE, _("City"), _cities, "customer__city", is_free_text=True),
    flag("has_city", HERE, _("The city is known"), _("The city is not known"), _city_known),
    number("person_age", HERE, _("Age of the person"), Unit.YEARS, _age, unknown=_("Birth date not known"), most=120),
    flag(
        "has_phone", HERE, _("Has a phone that works"), _("No phone that works"), _reached_by(ContactPoint.Kind.PHONE)
    ),
    flag(
        "has_email", HERE, _("Has an email that works"), _("No email that works"), _reached_by(ContactPoint.Kind.EMAIL)
    ),
    choice("consent", HERE, _("May be contacted for"), _consents, _allowed),
)
