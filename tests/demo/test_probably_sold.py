"""The probably-sold score against the truth of a demo world that nobody developed with."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from dealercrm.demo.seeding import Report, write_demo
from lifecycle.library import Library
from lifecycle.loading import load_facts
from lifecycle.rules.judging import judge

TODAY = date(2026, 3, 16)


@pytest.mark.django_db
def test_most_cars_above_the_line_are_sold_and_most_sold_cars_are_above_it(now: datetime, tmp_path: Path) -> None:
    demo = write_demo(vehicles=600, seed=4711, today=TODAY, now=now, var_dir=tmp_path, report=Report())
    library = Library()
    above: list[bool] = []
    below: list[bool] = []
    for row in load_facts(list(demo.ownerships), library):
        values = library.values(row.dealership_id, row.facts.category)
        judgement = judge(row.facts, values, TODAY)
        if judgement.place.stage in {"", "ended"}:
            continue
        sold_on = str(demo.truth.sold_on[row.ownership_id - demo.ownerships.start])
        is_sold = "" < sold_on <= TODAY.isoformat()
        (above if judgement.sold.points >= values.probably_sold_line else below).append(is_sold)
    precision, recall = sum(above) / len(above), sum(above) / (sum(above) + sum(below))
    base = (sum(above) + sum(below)) / (len(above) + len(below))
    assert precision >= 0.75
    assert precision >= base + 0.3
    assert recall >= 0.5
