"""Reasons that the car gives: scheduled maintenance, worn parts, declined work, long silence."""

from __future__ import annotations

from bisect import bisect_left
from datetime import date
from functools import cache
from itertools import accumulate

from dealercrm.why import Why
from lifecycle.rules.calendar import add_days
from lifecycle.rules.maintenance import about, works_due, works_of
from lifecycle.rules.occasions.candidate import Candidate, Case, Found, candidate, dated
from lifecycle.rules.policy import season
from lifecycle.rules.stages import dormant_from

MOST_YEARS = 60  # of one ownership
NEVER_HERE = Why("occasion.none.never_here")
NOT_BOUGHT_HERE = Why("occasion.none.not_bought_here")
SWITCHED_OFF = Why("occasion.none.switched_off")
NO_RECALL = Why("occasion.none.no_recall")
FIRST_SERVICE_FIRST = Why("occasion.none.first_service_first")
WITH_MAINTENANCE = Why("occasion.none.with_maintenance")
NOTHING_DECLINED = Why("occasion.none.nothing_declined")


def recall(case: Case) -> Found:
    """One per recall that lists the car, until it is done; an owner who came later is told as well."""
    if not case.facts.recalls:
        return NO_RECALL
    return tuple(
        [
            candidate(
                case,
                "recall",
                f"recall:{one.code}",
                max(one.since, case.facts.started_on),
                case.values.window_recall,
                {"code": one.code, "title": one.title},
                evidence={"recall": one.code, "title": one.title},
                is_safety_work=True,
                answer=Why("occasion.served.recall", {"on": one.done_on}) if one.done_on else None,
            )
            for one in case.facts.recalls
        ]
    )


def first_service(case: Case) -> Found:
    """The first scheduled maintenance after a sale; afterwards `maintenance` takes over."""
    if not case.facts.bought_from_us:
        return NOT_BOUGHT_HERE
    answer = None
    if case.forecast.maintained_on:
        answer = Why("occasion.served.visit", {"on": case.forecast.maintained_on[0]})
        return (
            candidate(
                case,
                "first_service",
                "sale",
                case.forecast.maintained_on[0],
                case.values.window_first_service,
                {"due_on": case.forecast.maintained_on[0], "due_km": None},
                answer=answer,
            ),
        )
    if case.forecast.base.cycle != "sale":
        return Why("occasion.none.done_elsewhere", {"on": case.forecast.base.on})
    return (_maintenance(case, "first_service"),)


def maintenance(case: Case) -> Found:
    """The next scheduled maintenance; its cycle is the last one, here or elsewhere."""
    if case.facts.bought_from_us and case.forecast.base.cycle == "sale":
        return FIRST_SERVICE_FIRST
    if case.forecast.last_visit_on is None and not case.facts.bought_from_us:
        return NEVER_HERE
    return (_maintenance(case, "maintenance"),)


def _maintenance(case: Case, kind: str) -> Candidate | None:
    current, due = case.forecast, case.forecast.due
    window = case.values.window_first_service if kind == "first_service" else case.values.window_maintenance
    said = {"due_on": due.on, "due_km": about(due.km), "last_on": current.base.on}
    found = candidate(case, kind, current.base.cycle, due.on, window, said)
    if found is None:
        return None
    until = current.warranty_until
    works = works_due(case.facts, current, by=add_days(due.on, case.values.component_wear_apart_days))
    evidence = {
        "works": [line.group for line, _ in works],
        "last_on": current.base.on.isoformat(),
        "due_km": due.km,
        "due_from": due.first_on.isoformat(),
        "due_to": due.last_on.isoformat(),
        "in_warranty": bool(until and due.on <= until),
    }
    late = case.facts.market.warranty_late_days
    if evidence["in_warranty"] and late is not None:
        evidence["deadline_on"] = add_days(due.on, late).isoformat()
    return found._replace(evidence=evidence, is_safety_work=any(line.is_safety for line, _ in works))


def overdue_maintenance(case: Case) -> Found:
    """R has passed the line to overdue: the last call before the car falls asleep."""
    current, values = case.forecast, case.values
    said: dict[str, date | int]
    if not current.maintained_on and case.facts.bought_from_us and current.last_visit_on is None:
        code, said = "occasion.overdue_maintenance.never", {"on": current.silent_since}
    elif current.last_visit_on is None:
        return NEVER_HERE
    else:
        code, said = "", {"on": current.silent_since, "days": current.interval_days}
    opens_on = current.ratio_on(values.ratio_overdue)
    dates = (
        opens_on,
        add_days(opens_on, values.overdue_maintenance_due_days),
        add_days(dormant_from(current, values), -1),
    )
    found = dated(case, "overdue_maintenance", current.last_visit_cycle, dates, said, code=code)
    return (_of_a_silent_one(found, case),)


def _of_a_silent_one(found: Candidate | None, case: Case) -> Candidate | None:
    """Since when nobody came, and what the missed visit would have held: the operator names its price."""
    if found is None:
        return None
    current = case.forecast
    works = works_due(case.facts, current, by=add_days(current.due.on, case.values.component_wear_apart_days))
    evidence = {
        "works": [line.group for line, _ in works],
        "last_on": current.silent_since.isoformat(),
        "interval_days": current.interval_days,
    }
    return found._replace(evidence=evidence)


def win_back(case: Case) -> Found:
    """R has reached dormant: ask why, and bring the customer back. Goes on inside repeat purchase."""
    current = case.forecast
    if current.last_visit_on is None and not case.facts.bought_from_us:
        return NEVER_HERE
    said = {"on": current.silent_since, "days": current.interval_days}
    asleep_from = dormant_from(current, case.values)
    found = candidate(case, "win_back", current.last_visit_cycle, asleep_from, case.values.window_win_back, said)
    return (_of_a_silent_one(found, case),)


def component_wear(case: Case) -> Found:
    """Works of the schedule that fall due apart from a maintenance; those near one are done with it."""
    if case.forecast.last_visit_on is None and not case.facts.bought_from_us:
        return NEVER_HERE
    asleep_from = dormant_from(case.forecast, case.values)
    if case.only_open and case.clock.lies_behind(add_days(asleep_from, max(case.values.window_component_wear))):
        return WITH_MAINTENANCE  # whatever fell due before they fell asleep has closed
    maintained_from = add_days(case.forecast.due.on, -case.values.component_wear_apart_days)
    maintained_to = add_days(case.forecast.due.on, case.values.component_wear_apart_days)
    found = []
    for line, base, due in works_of(case.facts, case.forecast):
        if line.is_maintenance or maintained_from <= due.on <= maintained_to:
            continue
        if due.on >= asleep_from:  # whoever sleeps by then is won back as a whole, not by a part
            continue
        found.append(
            candidate(
                case,
                "component_wear",
                f"{line.group}:{base.cycle}",
                due.on,
                case.values.window_component_wear,
                {"group": line.group, "due_on": due.on, "last_on": base.on},
                evidence={"works": [line.group], "due_km": due.km},
                is_safety_work=line.is_safety,
            )
        )
    return tuple(found) or WITH_MAINTENANCE


def declined_work(case: Case) -> Found:
    """Recommended at a visit and not done: asked again after a month, safety works after a week."""
    found = []
    visits = case.facts.visits
    for index, visit in enumerate(visits):
        if not visit.declined or not visit.is_ours:
            continue
        for group in dict.fromkeys(visit.declined):
            done = next((later.on for later in visits[index + 1 :] if group in later.works), None)
            is_safety = group in case.facts.safety_groups
            opens, due, closes = case.values.window_declined_work
            if is_safety:
                opens = due = case.values.declined_safety_work_days
            found.append(
                candidate(
                    case,
                    "declined_work",
                    f"visit:{visit.id}:{group}",
                    visit.on,
                    (opens, due, closes),
                    {"group": group, "on": visit.on, "is_safety": is_safety},
                    evidence={"works": [group], "declined_on": visit.on},
                    is_safety_work=is_safety,
                    answer=Why("occasion.served.work", {"on": done, "group": group}) if done else None,
                )
            )
    return tuple(found) or NOTHING_DECLINED


def seasonal_tyres(case: Case) -> Found:
    """The change of tyres in the season of the store's region; tyres changed shortly before it count as well."""
    facts, values = case.facts, case.values
    if case.forecast.last_visit_on is None and not facts.bought_from_us:
        return NEVER_HERE
    if not values.are_tyres_seasonal:
        return SWITCHED_OFF
    asleep_from = dormant_from(case.forecast, values)
    ends, seasons, earliest = _tyre_seasons(facts.started_on.year, values.tyres_spring, values.tyres_autumn)
    first = bisect_left(ends, facts.started_on)
    asleep = bisect_left(earliest, asleep_from, first)  # from this one on they are asleep when a season opens
    if asleep < len(seasons) and (asleep == first or case.clock.lies_behind(ends[asleep - 1])):
        return Why("occasion.none.asleep_by_then", {"on": seasons[asleep][1]})  # whatever seasons come and go
    name, opens_on, closes_on = seasons[max(first, case.clock.first_ahead(ends))]
    if opens_on >= asleep_from:
        return Why("occasion.none.asleep_by_then", {"on": opens_on})
    early = add_days(opens_on, -values.tyres_early_days)
    done = [visit.on for visit in facts.visits if "tyres" in visit.works and early <= visit.on <= closes_on]
    due_on = add_days(opens_on, (closes_on - opens_on).days // 2)
    return (
        dated(
            case,
            "seasonal_tyres",
            f"season:{opens_on.year}:{name}",
            (opens_on, due_on, closes_on),
            {"opens_on": opens_on, "closes_on": closes_on},
            {"works": ["tyres"]},
            is_safety_work="tyres" in facts.safety_groups,
            answer=Why("occasion.served.work", {"on": done[-1], "group": "tyres"}) if done else None,
            code=f"occasion.seasonal_tyres.{name}",
        ),
    )


@cache
def _tyre_seasons(
    year: int, spring: tuple[int, ...], autumn: tuple[int, ...]
) -> tuple[list[date], list[tuple[str, date, date]], list[date]]:
    """The last days of all seasons from a year on, the seasons, and the first day of each or any later one.

    In order of time, by their last days.
    """
    found = [
        (name, *season(later, spec))
        for later in range(year, year + MOST_YEARS)
        for name, spec in (("spring", spring), ("autumn", autumn))
    ]
    found.sort(key=lambda one: one[2])
    earliest = [*accumulate([opens_on for _, opens_on, _ in reversed(found)], min)][::-1]
    return [ends_on for _, _, ends_on in found], found, earliest
