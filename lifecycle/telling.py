"""What an explanation is made of, in words: the facts that were used, and the signs with their points."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from dealercrm.accounts.models import User
from dealercrm.accounts.templatetags.dealercrm import day as dated
from dealercrm.sentences import sentence, shown, worded
from lifecycle.rules.facts import Facts, Visit
from lifecycle.rules.selling import Part
from lifecycle.sentences import inside, kind_label, work_group_name
from vehicles.models import Appointment, Cover, Ownership, RepairOrder, Touch


class Told(NamedTuple):
    """One fact as a line of the list; `is_aside` where it is known and says nothing about this ownership."""

    on: date
    what: str
    label: str
    words: str
    is_aside: bool = False


class Points(NamedTuple):
    """One sign of a score, and what it weighs."""

    label: str
    points: int


class Hidden(NamedTuple):
    """Facts of stores whose rows the reader does not see: of those only day and purpose are told."""

    visits: frozenset[int] = frozenset()
    touches: frozenset[int] = frozenset()
    bookings: frozenset[int] = frozenset()


def hidden_from(user: User, facts: Facts) -> Hidden:
    """Three queries, none for one who sees every store."""
    if user.sees_all_dealerships:
        return Hidden()

    def foreign(model: Any, ids: Collection[int]) -> frozenset[int]:
        rows = model.objects.filter(pk__in=list(ids)).exclude(dealership__in=user.dealership_ids)
        return frozenset(rows.values_list("pk", flat=True))

    return Hidden(
        foreign(RepairOrder, [fact.id for fact in facts.visits]),
        foreign(Touch, [fact.id for fact in facts.touches]),
        foreign(Appointment, [fact.id for fact in facts.bookings]),
    )


def facts_told(facts: Facts, hidden: Hidden) -> list[Told]:
    """Every fact that was known on the day, the latest first."""
    return sorted(_told(facts, hidden), key=lambda fact: (fact.on, fact.what, fact.words), reverse=True)


def _told(facts: Facts, hidden: Hidden) -> Iterator[Told]:
    yield Told(facts.started_on, "sale", _("Ownership"), str(Ownership.Acquired(facts.acquired).label))
    if facts.ended_on:
        yield Told(facts.ended_on, "end", _("Ownership"), _label(Ownership.EndReason, facts.end_reason))
    for bought_on in facts.later_purchases:
        yield Told(bought_on, "sale", _("Another car"), _("bought from us"))
    for visit in facts.visits:
        yield Told(visit.on, "visit", _("Visit"), _visit(visit, hidden), is_aside=not visit.is_ours)
    for reading in facts.readings:
        words = _("%(km)s km") % {"km": shown(reading.km)}
        if reading.is_doubted:
            words = _("%(reading)s, not believed beside the others") % {"reading": words}
        yield Told(reading.on, "reading", _("Odometer"), words, is_aside=reading.is_doubted)
    for cover in facts.covers:
        words = ", ".join(filter(None, [cover.product, _("ends on %(on)s") % {"on": dated(cover.ends_on)}]))
        yield Told(cover.starts_on or cover.ends_on, "cover", _label(Cover.Kind, cover.kind), words)
    yield from _talk(facts, hidden)


def _talk(facts: Facts, hidden: Hidden) -> Iterator[Told]:
    for booking in facts.bookings:
        words = _label(Appointment.Purpose, booking.purpose)
        if booking.id not in hidden.bookings:
            words = f"{words}, {_label(Appointment.Status, booking.status)}"
        yield Told(booking.on, "booking", _("Appointment"), words)
    for touch in facts.touches:
        words = kind_label(touch.topic) if touch.topic else ""
        if touch.id not in hidden.touches and touch.outcome:
            words = ": ".join(filter(None, [words, worded("outcome", touch.outcome)]))
        yield Told(touch.on, "touch", _("Contact") if touch.is_outgoing else _("Contacted us"), words)
    for refusal in facts.refusals:
        words = kind_label(refusal.topic) if refusal.topic else _("every topic")
        if refusal.until:
            words = _("%(topic)s, until %(on)s") % {"topic": words, "on": dated(refusal.until)}
        yield Told(refusal.on, "refusal", _("Refusal"), words)
    for complaint in facts.complaints:
        words = _("open")
        if complaint.resolved_on:
            words = _("solved on %(on)s") % {"on": dated(complaint.resolved_on)}
        yield Told(complaint.opened_on, "complaint", _("Complaint"), words, is_aside=not complaint.is_about_this)
    for recall in facts.recalls:
        words = f"{recall.code}: {recall.title}" if recall.title else recall.code
        if recall.done_on:
            words = _("%(recall)s, done on %(on)s") % {"recall": words, "on": dated(recall.done_on)}
        yield Told(recall.since, "recall", _("Recall"), words)
    for answer in facts.answers:
        yield Told(answer.on, "answer", _("How was it?"), _("%(score)s of 10") % {"score": answer.score})
    for point in facts.points:
        if point.dead_on:
            words = _("phone") if point.kind == "phone" else _("email")
            yield Told(point.dead_on, "contact", _("Reaches nobody"), words)


def _visit(visit: Visit, hidden: Hidden) -> str:
    if visit.id in hidden.visits:
        return _("at another store")
    words = [inside(work_group_name(code)) for code in visit.works]
    if visit.declined:
        works = ", ".join(inside(work_group_name(code)) for code in visit.declined)
        words.append(_("declined: %(works)s") % {"works": works})
    if not visit.is_ours:
        words.append(_("by an earlier or later owner"))
    if visit.is_internal:
        words.append(_("internal"))
    return ", ".join(words) or "—"


def _label(choices: Any, code: str) -> str:
    return str(choices(code).label) if code in choices.values else code


def signs_told(parts: Iterable[Part]) -> list[Points]:
    """The signs that a car is probably sold, as sentences with their weight."""
    return [Points(sentence(part.why.as_json()), part.points) for part in parts]
