"""Why an occasion that was open is open no longer: served, expired, or its ground has gone."""

from __future__ import annotations

from datetime import date

from dealercrm.why import Why
from lifecycle.rules.facts import Facts
from lifecycle.rules.judging import Judgement
from lifecycle.rules.occasions import State

BY_MAINTENANCE = frozenset({"first_service", "maintenance"})
BY_ANY_VISIT = frozenset({"overdue_maintenance", "win_back"})


def closure(kind: str, cycle: str, closes_on: date, judgement: Judgement, facts: Facts, today: date) -> tuple[str, Why]:
    """(status, the fact that closed it) of an open row that the judgement no longer holds open."""
    for item in judgement.candidates:
        if item.kind == kind and item.cycle == cycle:
            if item.state is State.SERVED and item.answer:
                return "served", item.answer
            if item.state is State.EXPIRED:
                return "expired", Why("occasion.closed.expired", {"on": item.closes_on})
            return "obsolete", Why("occasion.closed.moved", {"on": item.opens_on})
    if judgement.place.stage == "ended":
        return "obsolete", judgement.place.why
    if kind == "data_check":
        answer = _checked(cycle, judgement, facts)
        if answer:
            return "served", answer
    served = _served_by_visit(kind, cycle, judgement, facts, today)
    if served:
        return "served", served
    if closes_on < today:
        return "expired", Why("occasion.closed.expired", {"on": closes_on})
    if kind == "service_feedback" and cycle in {f"visit:{visit.id}" for visit in facts.visits[:-1]}:
        return "obsolete", Why("occasion.closed.newer_visit", {"on": judgement.forecast.last_visit_on})
    reason = judgement.absent.get(kind)
    if reason is not None and reason.code == "occasion.none.probably_sold":
        return "obsolete", reason
    return "obsolete", Why("occasion.closed.gone")


def _checked(cycle: str, judgement: Judgement, facts: Facts) -> Why | None:
    """What we know now that was asked for; None where the question only fell away."""
    check, _, about = cycle.partition(":")
    if check == "contact":
        is_reached = any(point.dead_on is None for point in facts.points)
        return Why("occasion.served.contact") if is_reached else None
    read_on = judgement.forecast.driving.last_on
    if check == "odometer" and read_on and str(read_on) != about:
        return Why("occasion.served.reading", {"on": read_on})
    if check == "owner" and judgement.sold.cycle != about:
        return Why("occasion.served.still_owns", {"on": judgement.sold.since})
    return None


def _served_by_visit(kind: str, cycle: str, judgement: Judgement, facts: Facts, today: date) -> Why | None:
    """The first visit after the fact that opened the row, if that fact still stands."""
    if kind == "component_wear":
        group, _, cycle = cycle.partition(":")
        return _after(cycle, [(v.on, v.id) for v in facts.visits if group in v.works], facts, today)
    if kind in BY_ANY_VISIT:
        return _after(cycle, [(visit.on, visit.id) for visit in facts.visits if visit.is_ours], facts, today)
    if kind not in BY_MAINTENANCE:
        return None
    days = set(judgement.forecast.maintained_on)
    done = [(visit.on, visit.id) for visit in facts.visits if visit.is_ours and visit.on in days]
    answer = _after(cycle, done, facts, today)
    base = judgement.forecast.base
    if answer is None and base.cycle.startswith("elsewhere:"):
        return Why("occasion.served.elsewhere", {"on": base.on})
    return answer


def _after(cycle: str, visits: list[tuple[date, int]], facts: Facts, today: date) -> Why | None:
    if cycle.startswith("visit:"):
        number = int(cycle.removeprefix("visit:"))
        start = next(((visit.on, visit.id) for visit in facts.visits if visit.id == number), None)
        if start is None:
            return None
    else:
        start = (facts.started_on, 0)
    later = [on for on, number in sorted(visits) if (on, number) > start and on <= today]
    return Why("occasion.served.visit", {"on": later[0]}) if later else None
