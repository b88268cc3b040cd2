"""RFM, the value of 24 months and the loyalty level."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from lifecycle.rules.calibration import Spend
from lifecycle.rules.facts import AnswerFact, ComplaintFact, Facts, Market, Visit
from lifecycle.rules.judging import Judgement, judge
from lifecycle.rules.worth import Worth, spend_of_a_visit
from tests.rules.lifecycle.histories import CALIBRATED, SOLD, VALUES, facts, serviced

LAST = date(2025, 3, 1)
YEARLY = serviced(date(2023, 3, 1), date(2024, 3, 1), LAST)


def calibrated(known: Facts, today: date) -> Judgement:
    return judge(known, VALUES, today, CALIBRATED)


def worth(today: date, **fields: Any) -> Worth:
    found = calibrated(facts(**fields), today).worth
    assert found is not None
    return found


def test_visits_of_24_months_are_counted_and_the_oldest_leaves_on_its_day() -> None:
    assert worth(LAST, visits=YEARLY).visits == 2  # the one of exactly 24 months ago has left
    assert worth(LAST - timedelta(days=1), visits=YEARLY[:2]).visits == 2
    assert worth(date(2027, 3, 1), visits=YEARLY).visits == 0


@pytest.mark.parametrize(("days", "recency"), [(100, 5), (370, 4), (460, 3), (640, 2), (920, 1)])
def test_recency_follows_the_bands_of_the_overdue_ratio(days: int, recency: int) -> None:
    """The due interval of this car is a year: 15,000 km a year and 15,000 km or 12 months."""
    assert worth(LAST + timedelta(days=days), visits=YEARLY).r == recency


def test_frequency_compares_visits_with_those_that_fell_due() -> None:
    assert worth(LAST + timedelta(days=5), visits=YEARLY).f == 5
    assert worth(LAST + timedelta(days=5), visits=YEARLY[-1:]).f == 3
    assert worth(LAST + timedelta(days=5)).f == 1


def test_margin_is_per_owned_year_and_stands_in_fifths_of_the_price_class() -> None:
    paid = tuple(visit._replace(paid=20_000) for visit in YEARLY)  # 30,000 of margin in three years
    assert worth(LAST, visits=paid).m == 4
    assert worth(LAST + timedelta(days=900), visits=paid).m == 3
    assert worth(LAST).m == 1
    chinese = Market(price_class="chinese", km_per_year=15000)
    assert worth(LAST, visits=paid, market=chinese).m is None  # no calibration has seen enough of them


def test_the_value_of_24_months_is_the_chance_times_visits_times_spend() -> None:
    visits = (Visit(1, LAST, ("maintenance",), paid=20_000),)
    judgement = calibrated(facts(visits=visits), LAST + timedelta(days=30))
    assert judgement.health is not None
    assert judgement.worth is not None
    spend = CALIBRATED.spend["mass"]
    a_year = spend.visits_per_interval * 365 / judgement.forecast.interval_days
    check = (6.0 * 7000 + 6.0 * 20_000) / (6.0 + 3.0)  # Gamma-Gamma of one visit
    second = spend.retention[judgement.health.bands[3]]
    assert judgement.worth.value == pytest.approx(
        judgement.health.chance / 100 * a_year * check * (1 + second), rel=0.005
    )
    assert judgement.worth.value is not None
    assert judgement.worth.value % 100 == 0  # three digits: it is a forecast


def test_nothing_is_said_of_the_value_where_nobody_has_seen_what_visits_cost() -> None:
    judgement = judge(facts(visits=YEARLY), VALUES, LAST)
    assert judgement.worth is not None
    assert judgement.worth.value is None


def test_the_expected_spend_lies_between_the_class_and_the_customer() -> None:
    spend = Spend(p=6.25, q=3.74, gamma=15.44, visits_per_interval=1, retention=())
    assert spend_of_a_visit(spend, []) < spend_of_a_visit(spend, [90]) < spend_of_a_visit(spend, [90] * 5) < 90


def test_an_open_complaint_makes_unhappy_and_is_remembered_for_half_a_year() -> None:
    day = LAST + timedelta(days=10)
    known = facts(visits=YEARLY, complaints=(ComplaintFact(1, day, None),))
    assert calibrated(known, day).loyalty == "unhappy"
    settled = facts(visits=YEARLY, complaints=(ComplaintFact(1, day, day),))
    assert calibrated(settled, day + timedelta(days=30)).loyalty == "unhappy"
    assert calibrated(settled, day + timedelta(days=200)).loyalty == "loyal"


def test_the_last_answer_makes_an_advocate_or_an_unhappy_customer_for_two_years() -> None:
    day = LAST + timedelta(days=10)
    promoter = facts(visits=YEARLY, answers=(AnswerFact(day - timedelta(days=300), 2), AnswerFact(day, 9)))
    assert calibrated(promoter, day).loyalty == "advocate"
    assert calibrated(promoter, day + timedelta(days=740)).loyalty == "neutral"
    assert calibrated(facts(visits=YEARLY, answers=(AnswerFact(day, 6),)), day).loyalty == "unhappy"
    assert calibrated(facts(visits=YEARLY, answers=(AnswerFact(day, 8),)), day).loyalty == "loyal"


def test_who_bought_here_again_or_has_come_for_years_is_loyal() -> None:
    assert calibrated(facts(visits=YEARLY), LAST + timedelta(days=20)).loyalty == "loyal"
    assert calibrated(facts(), SOLD + timedelta(days=200)).loyalty == "neutral"
    assert calibrated(facts(cars_bought=2), SOLD + timedelta(days=200)).loyalty == "loyal"
    second = facts(later_purchases=(SOLD + timedelta(days=300),))
    assert calibrated(second, SOLD + timedelta(days=299)).loyalty == "neutral"
    assert calibrated(second, SOLD + timedelta(days=300)).loyalty == "loyal"


def test_who_recommends_us_is_an_advocate_unless_the_last_answer_or_a_complaint_says_otherwise() -> None:
    day = LAST + timedelta(days=10)
    assert calibrated(facts(referrals=(day,)), day).loyalty == "advocate"
    assert calibrated(facts(referrals=(day,)), day + timedelta(days=740)).loyalty == "neutral"
    assert calibrated(facts(referrals=(day,)), day - timedelta(days=1)).loyalty == "neutral", "not known yet"
    assert calibrated(facts(referrals=(day,), answers=(AnswerFact(day, 8),)), day).loyalty == "advocate"
    assert calibrated(facts(referrals=(day,), answers=(AnswerFact(day, 3),)), day).loyalty == "unhappy"
    assert calibrated(facts(referrals=(day,), complaints=(ComplaintFact(1, day, None),)), day).loyalty == "unhappy"
