"""People around a customer: their household, their firm and its people, and who is probably one of them.

What a person confirmed makes a party group: everybody whom confirmed pairs join. A suggestion comes from the nightly
look (customers/suggesting.py) or, for a phone or an INN, from this moment.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from customers.finding import cards_of, find_customers
from customers.models import Customer, DuplicatePair, RelatedPair
from customers.models.pair import pair_values
from customers.rules.related import kind_of
from dealercrm.why import Why

if TYPE_CHECKING:
    from dealercrm.accounts.models import User

MOST = 20
Status = RelatedPair.Status


@dataclass(frozen=True, slots=True)
class Around:
    """Somebody around: how they belong, whether a person said so, and why we think so.

    `via` is who stands between, for members of the group who are related to a related one.
    """

    customer: Customer
    kind: str
    status: str
    reasons: list[dict[str, Any]] = field(default_factory=list)
    via: Customer | None = None

    @property
    def kind_words(self) -> str:
        return str(RelatedPair.Kind(self.kind).label)

    @property
    def is_confirmed(self) -> bool:
        return self.status == Status.CONFIRMED


def people_around(customer: Customer, user: User) -> list[Around]:
    """Confirmed ones first, then suggestions, whom this user may see; at most MOST. About ten queries."""
    own = set(cards_of([customer.pk]))
    pairs = list(RelatedPair.objects.with_any(own))
    others = {_other(pair, own): pair for pair in pairs}
    seen = find_customers(user, others)
    found: dict[int, Around] = {}
    for pk, pair in sorted(others.items(), key=lambda item: (item[1].status != Status.CONFIRMED, -item[1].points)):
        person = seen.get(pk)
        if person is not None and person.is_living and person.pk != customer.pk:
            found.setdefault(person.pk, Around(person, pair.kind, pair.status, pair.reasons))
    known = {one.customer.pk for one in found.values()} | {customer.pk}
    group = _group([one.customer for one in found.values() if one.is_confirmed], known, user)
    now = _right_now(customer, user, known | {one.customer.pk for one in group})
    shown = [one for one in found.values() if one.status != Status.DISMISSED]
    return [
        *(one for one in shown if one.is_confirmed), *group, *(one for one in shown if not one.is_confirmed), *now
    ][:MOST]  # fmt: skip


def perhaps_the_same(customer: Customer, user: User) -> list[tuple[DuplicatePair, Customer]]:
    """Open questions whether somebody is this customer once more. Two queries."""
    rows = DuplicatePair.objects.for_user(user).living().filter(status=DuplicatePair.Status.SUGGESTED)
    pairs = rows.with_any([customer.pk]).select_related("first", "second").order_by("-points", "pk")
    return [(pair, pair.other(customer.pk)) for pair in pairs[:MOST]]


def relate(one: Customer, other: Customer, status: str, *, by: User, at: datetime) -> RelatedPair:
    """Somebody who knows them says whether they belong together; the answer may be given anew."""
    with transaction.atomic():
        pair, _is_new = RelatedPair.objects.get_or_create(
            **pair_values(one.pk, other.pk),
            defaults={
                "kind": kind_of(one.kind, other.kind),
                "found_at": at,
                "reasons": [{**Why("related.by_hand").as_json(), "points": 0}],
            },
        )
        if pair.status != status:
            answer = pair.confirm if status == Status.CONFIRMED else pair.dismiss
            answer(by=by, at=at)
    return pair


def _other(pair: RelatedPair, own: set[int]) -> int:
    return pair.second_id if pair.first_id in own else pair.first_id


def _group(confirmed: list[Customer], known: set[int], user: User) -> list[Around]:
    """Confirmed relations of those who are confirmed, step by step; three queries a step."""
    found: list[Around] = []
    waiting, known = list(confirmed), set(known)
    while waiting and len(found) < MOST:
        between = {card: person for person in waiting for card in cards_of([person.pk])}
        pairs = RelatedPair.objects.with_any(between).filter(status=Status.CONFIRMED)
        links = {}
        for pair in pairs:
            for mine, other in ((pair.first_id, pair.second_id), (pair.second_id, pair.first_id)):
                if mine in between and other not in between:
                    links[other] = (between[mine], pair)
        waiting = []
        for pk, person in find_customers(user, links).items():
            if person.pk not in known and person.is_living:
                known.add(person.pk)
                via, pair = links[pk]
                found.append(Around(person, pair.kind, pair.status, pair.reasons, via))
                waiting.append(person)
    return found


def _right_now(customer: Customer, user: User, known: Iterable[int]) -> list[Around]:
    """Who shares a phone or the INN since the last nightly look. A suspected duplicate is not suggested as kin."""
    rows = Customer.objects.for_user(user).living().around(customer).exclude(pk__in=list(known))
    people = list(rows.prefetch_related("contact_points")[:MOST])
    if not people:
        return []
    pairs = DuplicatePair.objects.with_any([customer.pk]).filter(status=DuplicatePair.Status.SUGGESTED)
    suspected = {pk for pair in pairs for pk in (pair.first_id, pair.second_id)}
    values = {point.value for point in customer.contact_points.all()}
    found = []
    for person in people:
        if person.pk in suspected:
            continue
        reasons = []
        if any(point.value in values for point in person.contact_points.all()):
            reasons.append(Why("related.same_phone").as_json())
        if customer.inn and person.inn == customer.inn:
            reasons.append(Why("related.same_inn").as_json())
        found.append(Around(person, kind_of(customer.kind, person.kind), Status.SUGGESTED, reasons))
    return found
