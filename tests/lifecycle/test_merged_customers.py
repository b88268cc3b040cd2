"""After a merge the night says of the one who was kept what it would have said of one card all the time."""

from __future__ import annotations

from datetime import date, timedelta

from customers.merging import gather_stragglers, merge, undo
from dealercrm.accounts.models import Dealership, User
from lifecycle.models import Occasion, Standing
from tests.factories import make_customer, make_ownership, make_vehicle, make_visit, moment
from tests.lifecycle.test_night import night, place


def test_a_car_filed_under_two_cards_is_one_customer_in_retention_after_the_merge_and_two_after_the_undo(
    north: Dealership, boris: User, today: date
) -> None:
    keep, other = make_customer(north), make_customer(north)
    car = make_vehicle()
    earlier = make_ownership(
        keep, north, vehicle=car, started_on=date(2023, 6, 1), ended_on=date(2025, 3, 1), end_reason="sold"
    )
    make_visit(earlier, date(2024, 5, 20), km=15_000)
    later = make_ownership(other, north, vehicle=car, started_on=date(2025, 3, 1), acquired="elsewhere")
    make_visit(later, date(2025, 4, 10), km=27_000)
    night(north, today)
    before = {car.pk: place(car) for car in (earlier, later)}
    assert before[earlier.pk] == "ended/sold"
    journal = merge(keep.pk, other.pk, by=boris, store=north, now=moment(today, 11))
    night(north, today + timedelta(days=1))
    assert Standing.objects.get(ownership=earlier).stage == "retention"
    assert Standing.objects.get(ownership=earlier).last_visit_on == date(2025, 4, 10)
    assert Standing.objects.get(ownership=later).stage == ""
    assert not Occasion.objects.open().filter(ownership=later).exists()
    assert gather_stragglers() == 0, "what the night derives is nobody's late fact"
    undo(journal.pk, by=boris, now=moment(today, 12))
    night(north, today + timedelta(days=1), is_full=True)
    assert {car.pk: place(car) for car in (earlier, later)} == before
