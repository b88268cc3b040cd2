"""Look through all customers for people filed twice and for people who belong together; write what is new.

The whole base is compared each time (about fifteen seconds for 100,000 customers), because what a name proves
depends on how common it is among all. Only differences are written: a new pair, other points, a suggestion that no
longer holds. What a person has decided stays. Facts of the rooms above come in as plain pairs: see
vehicles/duplicates.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from customers.models import ContactPoint, Customer, DuplicatePair, RelatedPair
from customers.rules.duplicates import Base, Card, card_of, find
from customers.rules.names import fold
from customers.rules.related import find_related
from dealercrm.accounts.writing import insert_many, update_fields

CHUNK = 5000
WRONG_NUMBER = "wrong_number"

Ids = tuple[int, int]


@dataclass(frozen=True)
class Garages:
    """What the room above knows: whose cars are whose, and who brings the car of another."""

    cars: Mapping[int, frozenset[int]] = field(default_factory=dict)
    brought: Iterable[Ids] = ()
    are_known: bool = False  # False: nobody looked, and no history proves nothing


def load_cards(garages: Garages) -> dict[int, Card]:
    """Every living customer as a card to compare. Three queries for each five thousand."""
    cards: dict[int, Card] = {}
    last = 0
    while rows := _rows_after(last):
        last = rows[-1]["pk"]
        phones, emails = _contacts([row["pk"] for row in rows])
        for row in rows:
            pk = row["pk"]
            cars = garages.cars.get(pk, frozenset())
            cards[pk] = card_of(
                pk, row["kind"], row["last_name"], row["first_name"], row["middle_name"], row["company_name"],
                row["inn"], birth_on=row["birth_on"], sex=row["sex"], city=fold(row["city"]),
                phones=frozenset(phones.get(pk, ())), emails=frozenset(emails.get(pk, ())),
                cars=cars, has_history=bool(cars) or not garages.are_known,
            )  # fmt: skip
    return cards


def _rows_after(last: int) -> list[Any]:
    rows = Customer.objects.living().filter(pk__gt=last).order_by("pk")
    return list(
        rows.values(
            "pk", "kind", "last_name", "first_name", "middle_name", "company_name", "inn", "birth_on", "sex", "city"
        )[:CHUNK]
    )  # fmt: skip


def _contacts(ids: list[int]) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    """Phones and emails by customer. One that was dropped from a card still tells whose it was; a wrong one not."""
    phones: dict[int, list[str]] = {}
    emails: dict[int, list[str]] = {}
    points = ContactPoint.objects.filter(customer__gte=ids[0], customer__lte=ids[-1]).exclude(
        invalid_reason=WRONG_NUMBER
    )
    for customer_id, kind, value in points.values_list("customer_id", "kind", "value"):
        by_kind = phones if kind == ContactPoint.Kind.PHONE else emails if kind == ContactPoint.Kind.EMAIL else None
        if by_kind is not None:
            by_kind.setdefault(customer_id, []).append(value)
    return phones, emails


class Suggestions(NamedTuple):
    """What a look through the base found, by pair of ids: the columns of the rows to be."""

    customers: int
    duplicates: dict[Ids, dict[str, Any]]
    related: dict[Ids, dict[str, Any]]


def look_through(garages: Garages) -> Suggestions:
    """Compare everybody; reads only. Seconds for a large base, so no transaction is open meanwhile."""
    cards = load_cards(garages)
    base = Base()
    base.add(cards.values())
    duplicates = {
        (match.first, match.second): {
            "points": round(match.points),
            "reasons": [reason.as_json() for reason in match.reasons],
        }
        for match in find(cards, base)
    }
    related = {
        (kin.first, kin.second): {
            "kind": kin.kind,
            "points": kin.points,
            "reasons": [reason.as_json() for reason in kin.reasons],
        }
        for kin in find_related(cards, brought=garages.brought, except_for=frozenset(duplicates))
    }
    return Suggestions(len(cards), duplicates, related)


@transaction.atomic
def write_suggestions(found: Suggestions, *, now: datetime) -> Counter[str]:
    """Bring both kinds of suggestions up to date; how many are new, changed, gone and open."""
    counts = Counter({"customers": found.customers})
    survivors = _survivors()
    decided = _decided(DuplicatePair, survivors) | _noticed()
    duplicates = {pair: values for pair, values in found.duplicates.items() if pair not in decided}
    counts.update(_write(DuplicatePair, duplicates, now=now, noun="duplicates"))
    decided = _decided(RelatedPair, survivors)
    related = {pair: values for pair, values in found.related.items() if pair not in decided}
    counts.update(_write(RelatedPair, related, now=now, noun="related"))
    return counts


def _survivors() -> dict[int, int]:
    """{merged card: who stands for it today}, through every later merge."""
    into = dict(Customer.objects.exclude(merged_into=None).values_list("pk", "merged_into_id"))

    def last(pk: int) -> int:
        while pk in into:
            pk = into[pk]
        return pk

    return {pk: last(pk) for pk in into}


def _decided(model: type[DuplicatePair] | type[RelatedPair], survivors: Mapping[int, int]) -> set[Ids]:
    """Pairs that a person has answered; an answer about a merged card holds for the one that was kept."""
    rows: Any = model._default_manager.exclude(status="suggested").values_list("first_id", "second_id")
    pairs = ((survivors.get(one, one), survivors.get(two, two)) for one, two in rows)
    return {(min(pair), max(pair)) for pair in pairs}


def _noticed() -> set[Ids]:
    """Pairs that a person noticed wait for an answer whatever the rules find."""
    return set(DuplicatePair.objects.exclude(noticed_by=None).values_list("first_id", "second_id"))


def _write(
    model: type[DuplicatePair] | type[RelatedPair], found: Mapping[Ids, dict[str, Any]], *, now: datetime, noun: str
) -> dict[str, int]:
    """Add what is new, correct what counts otherwise now, and forget suggestions that no longer hold."""
    fields = ["kind", "points", "reasons"] if model is RelatedPair else ["points", "reasons"]
    open_rows: Any = model._default_manager.filter(status="suggested")
    if model is DuplicatePair:
        open_rows = open_rows.filter(noticed_by=None)
    known = {
        (row["first_id"], row["second_id"]): row for row in open_rows.values("pk", "first_id", "second_id", *fields)
    }
    fresh = [
        model(first_id=pair[0], second_id=pair[1], found_at=now, **values)
        for pair, values in found.items()
        if pair not in known
    ]
    changes = {
        row["pk"]: values
        for pair, row in known.items()
        if (values := found.get(pair)) and any(row[name] != values[name] for name in fields)
    }
    gone = [row["pk"] for pair, row in known.items() if pair not in found]
    insert_many(fresh)
    update_fields(model, changes)
    for first in range(0, len(gone), 1000):
        model._default_manager.filter(pk__in=gone[first : first + 1000], status="suggested").delete()
    return {
        f"{noun}_new": len(fresh), f"{noun}_changed": len(changes), f"{noun}_gone": len(gone),
        f"{noun}_open": len(found),
    }  # fmt: skip
