"""What it costs not to know something: the contacts that do not come about for want of a phone, an email, a consent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Count, OuterRef, QuerySet, Subquery

from campaigns.models import ContactPolicy, Decision
from campaigns.rules.lacking import field_lacking, margin_of_contact
from dealercrm.accounts.models import Dealership
from vehicles.models import RepairOrder

MOST_PEOPLE = 12


class Lack(NamedTuple):
    """So many reasons to talk came to nothing, and the margin that was to be expected of them."""

    what: str
    number: int
    margin: Decimal


class Lacking(NamedTuple):
    """Of one store: by the field that is missing, and by who handled the car's last visit and could have asked."""

    dealership: Dealership
    fields: list[Lack]
    advisors: list[Lack]

    @property
    def number(self) -> int:
        return sum(lack.number for lack in self.fields)

    @property
    def margin(self) -> Decimal:
        return sum((lack.margin for lack in self.fields), Decimal(0))


def lacking_at(dealership: Dealership, decisions: QuerySet[Decision]) -> Lacking:
    """The decisions of a store that only a missing field made. Two queries.

    A customer who said no lacks nothing: only where nobody ever asked is a consent missing.
    """
    values = ContactPolicy.of(dealership).values()
    last_visit = RepairOrder.objects.standing().filter(ownership=OuterRef("occasion__ownership"))
    advisor = last_visit.order_by("-opened_on", "-pk").values("advisor")[:1]
    rows = (
        decisions.filter(gate__in=["no_contact_point", "no_consent"])
        .order_by()
        .annotate(advisor=Subquery(advisor))
        .values_list("gate", "why__code", "step__channel", "occasion__kind", "advisor")
        .annotate(number=Count("pk"))
    )
    fields: dict[str, list[Any]] = defaultdict(lambda: [0, 0.0])
    advisors: dict[str, list[Any]] = defaultdict(lambda: [0, 0.0])
    for gate, code, channel, kind, handled_by, number in rows:
        field = field_lacking(gate, code, channel)
        if field is None:
            continue
        margin = number * margin_of_contact(kind, values)
        for total in (fields[field], advisors[handled_by or ""]):
            total[0] += number
            total[1] += margin
    return Lacking(dealership, _by_margin(fields), _by_margin(advisors)[:MOST_PEOPLE])


def _by_margin(totals: dict[str, list[Any]]) -> list[Lack]:
    lacks: Iterable[Lack] = (
        Lack(what, number, Decimal(str(round(margin)))) for what, (number, margin) in totals.items()
    )
    return sorted(lacks, key=lambda lack: (-lack.margin, lack.what))
