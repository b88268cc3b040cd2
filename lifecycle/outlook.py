"""What one car will need and how far it will have driven: forecast afresh from the facts known now, nothing stored."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from lifecycle.library import Library
from lifecycle.loading import load_facts
from lifecycle.rules.calendar import add_months
from lifecycle.rules.clock import Clock
from lifecycle.rules.facts import known_on
from lifecycle.rules.maintenance import Forecast, forecast
from lifecycle.rules.needs import Stop, needs
from lifecycle.rules.odometer import Ahead, ahead
from lifecycle.sentences import work_group_name
from vehicles.models import Ownership
from vehicles.pricing import prices_at
from vehicles.rules.pricing import FixedPrice, fixed_price

MONTHS = 24
CONE_MONTHS = 12


class Need(NamedTuple):
    """A visit to come, its works in words, and what they cost at the home store."""

    stop: Stop
    works: list[str]
    price: FixedPrice

    @property
    def promised(self) -> Decimal | None:
        """The price that may be promised: None where a work has none."""
        return self.price.amount if self.price.is_whole else None


class Outlook(NamedTuple):
    forecast: Forecast
    needs: list[Need]
    odometer: list[Ahead]


def outlook(ownership: Ownership, today: date) -> Outlook:
    """The next 24 months of one car at its home store's prices. As many queries as a chunk of a night, and one."""
    library = Library()
    row = load_facts([ownership.pk], library)[0]
    values = library.values(row.dealership_id, row.facts.category)
    known = known_on(row.facts, Clock(today))
    current = forecast(known, values, library.calibration)
    prices = prices_at(ownership.home_store_id, [ownership.vehicle.make_id])
    stops = [] if known.ended_on else needs(known, current, values, today=today, until=add_months(today, MONTHS))
    vehicle = ownership.vehicle
    found = [
        Need(
            stop,
            [work_group_name(group) for group in stop.works],
            fixed_price(stop.works, vehicle.make_id, vehicle.model_id, stop.on, prices),
        )
        for stop in stops
    ]
    return Outlook(current, found, _cone(current, today))


def _cone(current: Forecast, today: date) -> list[Ahead]:
    """By months, from the last believed reading to a year from today."""
    start = current.driving.last_on
    if start is None:
        return []
    end = add_months(max(today, start), CONE_MONTHS)
    months = (end.year - start.year) * 12 + end.month - start.month
    return ahead(current.driving, sorted({*[min(add_months(start, month), end) for month in range(months + 1)], end}))
