"""Why is this car where it is? The facts used, the forecasts, and every kind of occasion, open or not and why."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from dealercrm.accounts.models import User
from dealercrm.sentences import sentence
from dealercrm.why import Why
from lifecycle.evaluating import standing_values
from lifecycle.health_words import PartShown, parts_shown
from lifecycle.library import Library
from lifecycle.loading import Loaded, load_facts
from lifecycle.models import StageChange, Standing
from lifecycle.rules.clock import Clock
from lifecycle.rules.facts import Facts, known_on
from lifecycle.rules.judging import Judgement, judge
from lifecycle.rules.kinds import JUDGED
from lifecycle.rules.maintenance import works_due
from lifecycle.rules.occasions import Candidate, State
from lifecycle.sentences import kind_label, work_group_name
from lifecycle.telling import Hidden, Points, Told, facts_told, hidden_from, signs_told

ORDER = {State.OPEN: 0, State.AHEAD: 1, State.SERVED: 2, State.EXPIRED: 3}
FIRST_DAY, LAST_DAY = date(1980, 1, 1), date(2100, 1, 1)  # rules add years to the day they judge
AHEAD_DAYS = 730  # how far ahead the works of a car are listed


class Verdict(NamedTuple):
    """One kind on one day: a window with its state, or only the reason why there is none (`state` is "none")."""

    kind: str
    label: str
    state: str
    why: str
    reason: str
    candidate: Candidate | None


def day_of(text: str, today: date) -> date | None:
    """The day that an address asks for; today where it names none, None where it names no day that can be explained."""
    try:
        day = date.fromisoformat(text) if text else today
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None


class Work(NamedTuple):
    name: str
    due_on: date
    km: int | None


class Explanation(NamedTuple):
    """A judgement of one ownership as of a day, from the facts known now; nothing of it is stored.

    `said` is what stood on that day: the last entry of the journal, never recomputed. None before the first.
    """

    day: date
    facts: Facts
    judgement: Judgement
    standing: Standing
    verdicts: list[Verdict]
    works: list[Work]
    told: list[Told]
    health: list[PartShown]
    sold: list[Points]
    said: StageChange | None

    @property
    def is_as_said(self) -> bool:
        """Does the replay give what was said then? Where not, facts came late or were corrected."""
        place = self.judgement.place
        return self.said is not None and (self.said.to_stage, self.said.to_substage) == (place.stage, place.substage)

    @property
    def ratio(self) -> float:
        """R of DOMAIN section 3: days of silence / days of the interval."""
        current = self.judgement.forecast
        return (self.day - current.silent_since).days / current.interval_days

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
            "said_then": _said_json(self.said),
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
            "health": {
                "chance": standing.health,
                "parts": [{"part": one.label, "value": one.words, "points": one.points} for one in self.health],
            },
            "probably_sold": {
                "points": self.judgement.sold.points,
                "signs": [{"sign": one.label, "points": one.points} for one in self.sold],
            },
            "facts": [
                {"on": fact.on.isoformat(), "fact": fact.what, "label": fact.label, "words": fact.words}
                for fact in self.told
            ],
        }


def explain(ownership_id: int, day: date, library: Library | None = None, *, reader: User | None = None) -> Explanation:
    """Judge one ownership as of a day and keep the reasons. As many queries as a chunk of a night, and four.

    `reader`: whose eyes it is for; of stores that are not theirs only day and purpose are told.
    """
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
    verdicts += [Verdict(kind, kind_label(kind), "none", "", not_ruled, None) for kind in JUDGED if kind not in ruled]
    verdicts.sort(key=_verdict_order)
    until = date.fromordinal(day.toordinal() + AHEAD_DAYS)
    due_works = works_due(known, judgement.forecast, by=until)
    works = [Work(work_group_name(line.group), due.on, due.km) for line, due in due_works]
    return Explanation(
        day=day,
        facts=known,
        judgement=judgement,
        standing=Standing(**standing_values(row, judgement, library), since=day, judged_on=day),
        verdicts=verdicts,
        works=works,
        told=facts_told(known, hidden_from(reader, known) if reader else Hidden()),
        health=parts_shown(judgement.health.bands, judgement.health.points) if judgement.health else [],
        sold=signs_told(judgement.sold.parts),
        said=StageChange.objects.filter(ownership=ownership_id, on__lte=day).order_by("-on", "-pk").first(),
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


def _said_json(said: StageChange | None) -> dict[str, Any] | None:
    if said is None:
        return None
    return {
        "on": said.on.isoformat(),
        "stage": said.to_stage,
        "substage": said.to_substage,
        "why": sentence(said.why),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
