"""Reasons to check what we know: is the car still theirs, does anything reach them, how far has it driven?"""

from __future__ import annotations

from dealercrm.why import Why
from lifecycle.rules.calendar import add_days
from lifecycle.rules.occasions.candidate import Candidate, Case, Found, candidate
from lifecycle.rules.stages import dormant_from

NOTHING_TO_CHECK = Why("occasion.none.nothing_to_check")
UNTIL_REACHED = 3650  # it stands until something reaches them; the day only keeps it from staying for ever


def data_check(case: Case) -> Found:
    """One row per thing to check: a car that is probably sold, a customer nobody can reach, an old mileage."""
    found = [*_still_owns(case), *_reached_nowhere(case), *_odometer(case)]
    return tuple(found) or NOTHING_TO_CHECK


def _still_owns(case: Case) -> list[Candidate | None]:
    """Above the line this question comes before all other talk; whatever answers it starts the count anew.

    It is asked while the suspicion is fresh: nobody is called about a car that slipped away years ago.
    """
    sold = case.sold
    risen_on = sold.reached_on(case.values.probably_sold_line)
    if risen_on is None:
        return []
    risen_on = max(risen_on, sold.since)  # the usual term may have passed long before
    said = {"points": sold.points, "on": sold.since}
    evidence = {"check": "owner", "points": sold.points, "signs": [part.code for part in sold.parts]}
    window = case.values.window_data_check
    code, cycle = "occasion.data_check.owner", f"owner:{sold.cycle}"
    return [candidate(case, "data_check", cycle, risen_on, window, said, evidence=evidence, code=code)]


def _reached_nowhere(case: Case) -> list[Candidate | None]:
    """No phone and no address is left that reaches anybody; asked for once, however many cars they own."""
    facts = case.facts
    if not facts.is_main_car or any(point.dead_on is None for point in facts.points):
        return []
    since = max([point.dead_on for point in facts.points if point.dead_on], default=facts.started_on)
    since = max(since, facts.started_on)
    opens, due, _ = case.values.window_data_check
    window, evidence = (opens, due, UNTIL_REACHED), {"check": "contact"}
    code, cycle = "occasion.data_check.contact", f"contact:{since}"
    return [candidate(case, "data_check", cycle, since, window, {"on": since}, evidence=evidence, code=code)]


def _odometer(case: Case) -> list[Candidate | None]:
    """The last good reading is so old that the mileage is a guess. Whoever sleeps by then is won back as a whole."""
    read_on = case.forecast.driving.last_on
    since = read_on or case.facts.started_on
    opens_on = add_days(since, case.values.data_check_odometer_days)
    if opens_on >= dormant_from(case.forecast, case.values):
        return []
    cycle = f"odometer:{read_on}" if read_on else "odometer:sale"
    window, evidence = case.values.window_data_check, {"check": "odometer"}
    code = "occasion.data_check.odometer"
    return [candidate(case, "data_check", cycle, opens_on, window, {"on": since}, evidence=evidence, code=code)]
