"""The monthly sheet of a store's staff: what each operator's calls came to, and what each advisor's visits earned.

Calls count in the month in which they were made, visits in the month for which they were booked. Every number here can
be opened: the same filters give its rows.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Case, Count, Q, QuerySet, Sum, When
from django.db.models.fields.json import KT
from django.utils.translation import gettext as _

from campaigns.models import CallResult, Credit, Outcome
from campaigns.rules.credit import OPEN, REFUSED
from campaigns.rules.outcomes import EFFECTS
from campaigns.sentences import refusal_label
from dealercrm.accounts.models import Dealership, User
from lifecycle.segments.exporting import safe
from vehicles.voice import month_span

UNREACHED = [name for name, effect in EFFECTS.items() if not effect.was_reached]
REACHED = ~Q(outcome__in=UNREACHED)
BOOKED = Q(outcome=Outcome.BOOKED)


class Reason(NamedTuple):
    """Why so many credits were refused."""

    code: str
    label: str
    number: int


@dataclass(slots=True)
class OperatorLine:
    """One operator's month."""

    user: User
    calls: int = 0
    reached: int = 0
    booked: int = 0
    came: int = 0
    open: int = 0
    refused: int = 0
    reasons: list[Reason] = field(default_factory=list)
    margin: Decimal = Decimal(0)
    praises: int = 0
    points: int = 0


class AdvisorLine(NamedTuple):
    """One advisor's month: visits that calls brought them, what those earned, good words about any visit of theirs."""

    name: str
    came: int
    margin: Decimal
    praises: int


def month_of(text: str, today: date) -> date:
    """The month that an address names, as its first day; the present one where it names none, or one to come."""
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        month = today
    return min(month, today).replace(day=1)


def month_after(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def month_before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


def calls_of_month(store: Dealership, month: date) -> QuerySet[CallResult]:
    since, until = month_span(month, store)
    return CallResult.objects.counting().filter(task__dealership=store, at__gte=since, at__lt=until)


def operator_lines(store: Dealership, month: date, *, only: User | None = None) -> list[OperatorLine]:
    """Everybody who works the list, and whoever has a number in this month; the most points first. Five queries."""
    calls = calls_of_month(store, month)
    entries = Credit.objects.filter(dealership=store).of_month(month)
    last = Credit.objects.filter(dealership=store).last_of_month(month).of_visits().filter(verdict__in=[OPEN, REFUSED])
    if only is not None:
        calls, entries, last = calls.filter(by=only), entries.of_operator(only), last.of_operator(only)
    made = (
        calls.order_by()
        .values("by")
        .annotate(calls=Count("pk"), reached=Count("pk", filter=REACHED), booked=Count("pk", filter=BOOKED))
    )
    earned = (
        entries.filter(operator__isnull=False)
        .order_by()
        .values("operator")
        .annotate(came=Sum("visits"), praises_=Sum("praises"), points_=Sum("points"), margin_=Sum("margin"))
    )
    refused: dict[int, Counter[str]] = defaultdict(Counter)
    waits: Counter[int] = Counter()
    said = last.order_by().values_list("operator", "verdict", KT("why__code")).annotate(number=Count("pk"))
    for operator, verdict, code, number in said:
        if verdict == OPEN:
            waits[operator] += number
        else:
            refused[operator][code] += number
    found = {row["by"]: row for row in made}
    given = {row["operator"]: row for row in earned}
    people = [only] if only is not None else _people(store, {*found, *given, *refused, *waits})
    lines = []
    for user in people:
        one: Mapping[str, Any] = found.get(user.pk, {})
        got: Mapping[str, Any] = given.get(user.pk, {})
        reasons = [Reason(code, refusal_label(code), number) for code, number in refused[user.pk].most_common()]
        lines.append(
            OperatorLine(
                user,
                calls=one.get("calls", 0),
                reached=one.get("reached", 0),
                booked=one.get("booked", 0),
                came=got.get("came", 0),
                open=waits[user.pk],
                refused=sum(reason.number for reason in reasons),
                reasons=reasons,
                margin=got.get("margin_", Decimal(0)),
                praises=got.get("praises_", 0),
                points=got.get("points_", 0),
            )
        )
    return sorted(lines, key=lambda line: (-line.points, -line.calls, str(line.user)))


def _people(store: Dealership, ids: Iterable[int | None]) -> list[User]:
    known = list(store.operators())
    others = {pk for pk in ids if pk} - {user.pk for user in known}
    return [*known, *User.objects.filter(pk__in=others)]


def advisor_lines(store: Dealership, month: date) -> list[AdvisorLine]:
    """Advisors with an entry in this month; the most visits first. One query."""
    entries = Credit.objects.filter(dealership=store).of_month(month).exclude(advisor="").order_by()
    rows = entries.values_list("advisor").annotate(Sum("visits"), Sum("margin"), Sum("praises"))
    return sorted((AdvisorLine(*row) for row in rows), key=lambda line: (-line.came, -line.praises, line.name))


def total_of(lines: Iterable[OperatorLine]) -> dict[str, Any]:
    """The sums over the operators."""
    names = ("calls", "reached", "booked", "came", "open", "refused", "margin", "praises", "points")
    lines = list(lines)
    return {name: sum(getattr(line, name) for line in lines) for name in names}


CALL_ROWS = {"calls": Q(), "reached": REACHED, "booked": BOOKED}
# Entries whose sum is the number, corrections among them.
SUM_ROWS = {
    "came": ~Q(visits=0),
    "margin": ~Q(margin=0),
    "praises": ~Q(praises=0),
    "points": ~Q(points=0),
}
LAST_ROWS = {"refused": Q(verdict=REFUSED), "open": Q(verdict=OPEN)}


def entries_behind(rows: QuerySet[Credit], month: date, what: str, reason: str = "") -> QuerySet[Credit]:
    """The entries behind a number of the sheet, newest first. `rows`: of one store, and of whom they are asked."""
    credits = Credit.objects.filter(pk__in=rows.values("pk"))
    if what in LAST_ROWS:
        found = credits.last_of_month(month).of_visits().filter(LAST_ROWS[what])
        found = found.filter(why__code=reason) if reason else found
    else:
        found = credits.of_month(month).filter(SUM_ROWS[what])
    return found.select_related("customer", "operator", "result__task").order_by("-event_on", "-pk")


def own_entries(store: Dealership, month: date, user: User) -> QuerySet[Credit]:
    """What a month's sheet says of one operator's bookings and of the praise that followed: refused ones first."""
    rows = Credit.objects.filter(dealership=store).of_operator(user).last_of_month(month)
    order = Case(When(verdict=REFUSED, then=0), When(verdict=OPEN, then=1), default=2)
    return rows.select_related("customer").order_by(order, "-event_on", "-pk")


def as_csv(operators: list[OperatorLine], advisors: list[AdvisorLine]) -> str:
    """Both tables as a spreadsheet opens them; no text can be taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(
        [
            _("Who"), _("Role"), _("Calls"), _("Reached"), _("Booked"), _("Came"), _("Still open"), _("Refused"),
            _("Why refused"), _("Margin"), _("Good reviews"), _("Points"),
        ]
    )  # fmt: skip
    for line in operators:
        why = "; ".join(f"{reason.label}: {reason.number}" for reason in line.reasons)
        writer.writerow(
            [
                safe(str(line.user)), _("operator"), line.calls, line.reached, line.booked, line.came, line.open,
                line.refused, safe(why), line.margin, line.praises, line.points,
            ]
        )  # fmt: skip
    for one in advisors:
        writer.writerow([safe(one.name), _("advisor"), "", "", "", one.came, "", "", "", one.margin, one.praises, ""])
    return "\ufeff" + text.getvalue()
