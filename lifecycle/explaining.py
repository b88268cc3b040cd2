"""Why is this car where it is? The facts used, the forecasts, and every kind of occasion, open or not and why."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from dealercrm.sentences import sentence
from dealercrm.why import Why
from lifecycle.evaluating import standing_values
from lifecycle.loading import Library, Loaded, load_facts
from lifecycle.models import Standing
from lifecycle.rules.clock import Clock
from lifecycle.rules.facts import Facts, known_on
from lifecycle.rules.judging import Judgement, judge
from lifecycle.rules.kinds import KINDS
from lifecycle.rules.maintenance import works_due
from lifecycle.rules.occasions import Candidate, State
from lifecycle.sentences import kind_label, work_group_name

ORDER = {State.OPEN: 0, State.AHEAD: 1, State.SERVED: 2, State.EXPIRED: 3}
AHEAD_DAYS = 730  # how far ahead the works of a car are listed


class Verdict(NamedTuple):
    """One kind on one day: a window with its state, or only the reason why there is none (`state` is "none")."""

    kind: str
    label: str
    state: str
    why: str
    reason: str
    candidate: Candidate | None


class Work(NamedTuple):
    name: str
    due_on: date
    km: int | None


class Explanation(NamedTuple):
    """A judgement of one ownership as of a day, from the facts known now; nothing of it is stored."""

    day: date
    facts: Facts
    judgement: Judgement
    standing: Standing
    verdicts: list[Verdict]
    works: list[Work]

    @property
    def current(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if verdict.state in {"open", "ahead"}]

    @property
    def settled(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if verdict.state in {"served", "expired"}]

    @property
    def absent(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if verdict.candidate is None]

    def as_json(self) -> dict[str, Any]:
        standing = self.standing
        return {
            "ownership": standing.ownership_id,
            "date": self.day.isoformat(),
            "stage": standing.stage,
            "substage": standing.substage,
            "why": sentence(standing.why),
            "evaluate_on": _iso(standing.evaluate_on),
            "forecasts": {
                "last_visit_on": _iso(standing.last_visit_on),
                "interval_days": standing.interval_days,
                "due_on": _iso(standing.due_on),
                "due_from": _iso(standing.due_from),
                "due_to": _iso(standing.due_to),
                "due_km": standing.due_km,
                "km_per_year": standing.km_per_year,
                "odometer_km": standing.odometer_km,
                "odometer_on": _iso(standing.odometer_on),
                **standing.forecasts,
            },
            "works": [{"work": work.name, "due_on": _iso(work.due_on), "km": work.km} for work in self.works],
            "occasions": [_verdict_json(verdict) for verdict in self.verdicts],
            "facts": {
                "acquired": self.facts.acquired,
                "started_on": self.facts.started_on.isoformat(),
                "ended_on": _iso(self.facts.ended_on),
                "visits": [
                    {
                        "on": visit.on.isoformat(),
                        "works": visit.works,
                        "declined": visit.declined,
                        "ours": visit.is_ours,
                    }
                    for visit in self.facts.visits
                ],
                "readings": [{"on": reading.on.isoformat(), "km": reading.km} for reading in self.facts.readings],
                "covers": [{"kind": cover.kind, "ends_on": cover.ends_on.isoformat()} for cover in self.facts.covers],
                "appointments": [{"on": one.on.isoformat(), "status": one.status} for one in self.facts.bookings],
                "touches": len(self.facts.touches),
                "open_complaints": sum(one.resolved_on is None for one in self.facts.complaints),
            },
        }


def explain(ownership_id: int, day: date, library: Library | None = None) -> Explanation:
    """Judge one ownership as of a day and keep the reasons. As many queries as a chunk of a night."""
    library = library or Library()
    row: Loaded = load_facts([ownership_id], library)[0]
    values = library.values(row.dealership_id, row.facts.category)
    judgement = judge(row.facts, values, day, library.calibration)
    known = known_on(row.facts, Clock(day))
    verdicts = [_verdict(item) for item in judgement.candidates]
    verdicts += [
        Verdict(kind, kind_label(kind), "none", "", sentence(why.as_json()), None)
        for kind, why in judgement.absent.items()
    ]
    ruled = {verdict.kind for verdict in verdicts}
    not_ruled = sentence(Why("occasion.none.not_ruled").as_json())
    verdicts += [Verdict(kind, kind_label(kind), "none", "", not_ruled, None) for kind in KINDS if kind not in ruled]
    verdicts.sort(key=_verdict_order)
    until = date.fromordinal(day.toordinal() + AHEAD_DAYS)
    works = [Work(work_group_name(line.group), due.on, due.km) for line, due in works_due(judgement.forecast, by=until)]
    return Explanation(
        day=day,
        facts=known,
        judgement=judgement,
        standing=Standing(**standing_values(row, judgement, library), since=day, judged_on=day),
        verdicts=verdicts,
        works=works,
    )


def _verdict(item: Candidate) -> Verdict:
    reasons = {
        State.OPEN: Why("occasion.state.open", {"on": item.closes_on}),
        State.AHEAD: Why("occasion.closed.moved", {"on": item.opens_on}),
        State.EXPIRED: Why("occasion.closed.expired", {"on": item.closes_on}),
        State.SERVED: item.answer or Why("occasion.closed.gone"),
    }
    return Verdict(
        item.kind,
        kind_label(item.kind),
        item.state.value,
        sentence(item.why.as_json()),
        sentence(reasons[item.state].as_json()),
        item,
    )


def _verdict_order(verdict: Verdict) -> tuple[int, date, str]:
    item = verdict.candidate
    if item is None:
        return 4, date.max, verdict.kind
    return ORDER[item.state], item.due_on, verdict.kind


def _verdict_json(verdict: Verdict) -> dict[str, Any]:
    item = verdict.candidate
    found: dict[str, Any] = {"kind": verdict.kind, "state": verdict.state, "reason": verdict.reason}
    if item is not None:
        found |= {
            "why": verdict.why,
            "cycle": item.cycle,
            "opens_on": item.opens_on.isoformat(),
            "due_on": item.due_on.isoformat(),
            "closes_on": item.closes_on.isoformat(),
        }
    return found


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
