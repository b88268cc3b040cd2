"""The night run: writes differences, journals them, repeats harmlessly, goes on where it was stopped."""

from __future__ import annotations

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from dealercrm.accounts.models import Dealership, JobRun
from dealercrm.accounts.running import claim_chunk
from lifecycle.evaluating import evaluate
from lifecycle.library import Library
from lifecycle.models import JudgedBase, LifecyclePolicy, Occasion, StageChange, StageCount, Standing
from lifecycle.nights import _judge_chunk, start_night, work_on
from lifecycle.rules.judging import RULES_VERSION
from tests.factories import make_customer, make_ownership, make_vehicle, make_visit, moment
from vehicles.models import Complaint, Cover, Ownership, Touch


def night(store: Dealership, on: date, **options: bool) -> JobRun:
    run = start_night(store, on=on, now=moment(on, 3), by_hand=True, **options)
    assert run is not None
    work_on(run, clock=lambda: moment(on, 3))
    run.refresh_from_db()
    assert run.status == JobRun.Status.DONE, run.error
    return run


def place(ownership: Ownership) -> str:
    standing = Standing.objects.get(ownership=ownership)
    return f"{standing.stage}/{standing.substage}"


def a_car(store: Dealership, *, sold: date, **fields: object) -> Ownership:
    return make_ownership(make_customer(store), store, started_on=sold, **fields)  # type: ignore[arg-type]


def test_a_night_gives_a_new_car_its_stage_its_reason_and_its_occasion(north: Dealership, today: date) -> None:
    car = a_car(north, sold=today - timedelta(days=5))
    night(north, today)
    standing = Standing.objects.get(ownership=car)
    assert (standing.stage, standing.substage) == ("purchase", "courtesy_call_due")
    assert standing.why["code"] == "stage.purchase.courtesy_call_due"
    occasion = Occasion.objects.get(ownership=car, kind="courtesy_call")
    assert (occasion.opens_on, occasion.due_on, occasion.closes_on) == (
        today - timedelta(days=2), today - timedelta(days=2), today + timedelta(days=10),
    )  # fmt: skip
    assert occasion.purpose == "courtesy"


def test_a_move_is_journaled_with_its_reason_and_the_base_is_counted(north: Dealership, today: date) -> None:
    car = a_car(north, sold=today - timedelta(days=5))
    night(north, today)
    night(north, today + timedelta(days=40))
    assert [change.to_substage for change in StageChange.objects.filter(ownership=car)] == [
        "courtesy_call_due", "waiting",
    ]  # fmt: skip
    assert Standing.objects.get(ownership=car).since == today + timedelta(days=40)
    count = StageCount.objects.get(dealership=north, on=today + timedelta(days=40))
    assert (count.stage, count.substage, count.ownerships) == ("first_service", "waiting", 1)


def test_a_second_run_of_the_same_day_writes_nothing(north: Dealership, today: date) -> None:
    car = a_car(north, sold=today - timedelta(days=400))
    make_visit(car, today - timedelta(days=30), km=14000)
    night(north, today)
    before = list(Standing.objects.values()), list(Occasion.objects.values()), list(StageChange.objects.values())
    run = night(north, today, is_full=True)
    assert run.counts["judged"] == 1
    assert run.counts["standings"] == run.counts["moved"] == 0
    after = list(Standing.objects.values()), list(Occasion.objects.values()), list(StageChange.objects.values())
    assert before == after


def test_the_next_night_touches_only_what_is_due_or_changed(north: Dealership, today: date) -> None:
    calm = a_car(north, sold=today - timedelta(days=100))
    due = a_car(north, sold=today - timedelta(days=2))
    changed = a_car(north, sold=today - timedelta(days=100))
    night(north, today)
    make_visit(changed, today, km=4000)
    assert night(north, today + timedelta(days=1)).counts["judged"] == 2
    judged_on = dict(Standing.objects.values_list("ownership_id", "judged_on"))
    assert judged_on == {calm.pk: today, due.pk: today + timedelta(days=1), changed.pk: today + timedelta(days=1)}


def test_a_changed_policy_has_the_whole_store_judged_again(north: Dealership, today: date) -> None:
    a_car(north, sold=today - timedelta(days=100))
    night(north, today)
    LifecyclePolicy.objects.create(dealership=north, overrides={"interval_months": 6}, version=2)
    assert night(north, today).counts["judged"] == 1
    assert night(north, today).counts.get("judged", 0) == 0


def test_a_visit_closes_the_occasion_as_served_and_names_the_visit(north: Dealership, today: date) -> None:
    car = a_car(north, sold=today - timedelta(days=365))
    night(north, today)
    occasion = Occasion.objects.get(ownership=car, kind="first_service")
    assert occasion.status == "open"
    make_visit(car, today + timedelta(days=3), km=15000)
    night(north, today + timedelta(days=4))
    occasion.refresh_from_db()
    assert (occasion.status, occasion.closed_on) == ("served", today + timedelta(days=4))
    assert occasion.closed_why["params"]["on"] == (today + timedelta(days=3)).isoformat()
    assert place(car) == "retention/on_schedule"


def test_a_voided_order_takes_its_effects_back(north: Dealership, today: date) -> None:
    car = a_car(north, sold=today - timedelta(days=365))
    night(north, today)
    order = make_visit(car, today, km=15000)
    night(north, today + timedelta(days=1))
    assert Occasion.objects.get(ownership=car, kind="first_service").status == "served"
    order.voided_at = moment(today)
    order.save()
    order.reading.delete()
    Ownership.objects.note_new_facts([car.pk])
    night(north, today + timedelta(days=2))
    occasion = Occasion.objects.get(ownership=car, kind="first_service")
    assert (occasion.status, occasion.closed_on) == ("open", None)
    assert place(car) == "first_service/overdue"


def test_an_occasion_that_nobody_answered_expires_once_and_stays_expired(north: Dealership, today: date) -> None:
    car = a_car(north, sold=today - timedelta(days=10))
    night(north, today)
    night(north, today + timedelta(days=20))
    occasion = Occasion.objects.get(ownership=car, kind="courtesy_call")
    assert (occasion.status, occasion.closed_why["code"]) == ("expired", "occasion.closed.expired")
    LifecyclePolicy.objects.create(dealership=north, overrides={"window_courtesy_call": [3, 3, 90]}, version=2)
    night(north, today + timedelta(days=21))
    occasion.refresh_from_db()
    assert occasion.status == "expired"


def test_a_sold_car_ends_and_what_was_open_becomes_obsolete(north: Dealership, today: date) -> None:
    car = a_car(north, sold=today - timedelta(days=365))
    night(north, today)
    car.end("sold", on=today)
    night(north, today + timedelta(days=1))
    assert place(car) == "ended/sold"
    assert {row.status for row in Occasion.objects.filter(ownership=car)} == {"obsolete"}


def test_a_complaint_about_one_car_blocks_the_dormant_other_one(north: Dealership, today: date) -> None:
    customer = make_customer(north)
    silent = make_ownership(customer, north, started_on=today - timedelta(days=680))
    other = make_ownership(customer, north, started_on=today - timedelta(days=60), vehicle=make_vehicle())
    night(north, today)
    assert place(silent) == "dormant/quiet"
    Complaint.objects.create(
        dealership=north, customer=customer, ownership=other, opened_at=moment(today), text="rattles"
    )
    Ownership.objects.note_new_facts([other.pk])
    night(north, today + timedelta(days=1))
    assert place(silent) == "dormant/blocked_by_complaint"


def test_a_second_car_is_a_fact_about_the_first(north: Dealership, today: date) -> None:
    """A purchase inside the buying window answers it, though nothing about the first car changed."""
    customer = make_customer(north)
    first = make_ownership(customer, north, started_on=today - timedelta(days=36 * 30 + 15))
    night(north, today)
    assert place(first) == "repeat_purchase/window_open"
    make_ownership(customer, north, started_on=today, vehicle=make_vehicle())
    night(north, today + timedelta(days=1))
    assert not place(first).startswith("repeat_purchase")
    assert Occasion.objects.get(ownership=first, kind="repurchase").status == "served"


def test_work_done_elsewhere_resets_its_own_clock_and_not_the_overdue_ratio(north: Dealership, today: date) -> None:
    car = a_car(north, sold=today - timedelta(days=330))
    night(north, today)
    Touch.objects.create(
        customer=car.customer, ownership=car, dealership=north, at=moment(today), channel="call", purpose="service",
        topic="first_service", outcome="done_elsewhere", was_reached=True,
    )  # fmt: skip
    Ownership.objects.note_new_facts([car.pk])
    night(north, today + timedelta(days=1))
    standing = Standing.objects.get(ownership=car)
    assert standing.due_on is not None
    assert standing.due_on > today + timedelta(days=300)
    assert standing.last_visit_on is None
    assert Occasion.objects.get(ownership=car, kind="first_service").status == "served"


def test_the_number_of_queries_does_not_grow_with_the_chunk(north: Dealership, today: date) -> None:
    def queries(number: int) -> int:
        cars = [a_car(north, sold=today - timedelta(days=400)) for _ in range(number)]
        for car in cars:
            make_visit(car, today - timedelta(days=390), km=900, declined=("brakes",))
            Cover.objects.create(
                dealership=north, vehicle=car.vehicle, kind="insurance", ends_on=today + timedelta(days=20)
            )
        library = Library()
        with CaptureQueriesContext(
            connection,
        ) as captured:
            evaluate([car.pk for car in cars], day=today, now=moment(today), library=library)
        return len(captured)

    few, many = queries(2), queries(12)
    assert few == many <= 25


def test_a_store_counts_and_judges_its_own_cars_only(north: Dealership, south: Dealership, today: date) -> None:
    ours, theirs = a_car(north, sold=today), a_car(south, sold=today)
    night(north, today)
    assert set(Standing.objects.values_list("ownership_id", flat=True)) == {ours.pk}
    night(south, today)
    assert Standing.objects.get(ownership=theirs).dealership == south


def test_a_run_that_was_stopped_goes_on_where_it_stopped(
    north: Dealership, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lifecycle.nights.CHUNK", 2)
    for _ in range(5):
        a_car(north, sold=today - timedelta(days=5))
    run = start_night(north, on=today, now=moment(today, 3))
    assert run is not None
    assert claim_chunk(run, now=moment(today, 3)) is not None  # its worker dies here
    again = start_night(north, on=today, now=moment(today, 4))
    assert again == run
    work_on(run, clock=lambda: moment(today, 4))
    run.refresh_from_db()
    assert (run.status, run.counts["judged"], Standing.objects.count()) == ("done", 5, 5)
    assert start_night(north, on=today, now=moment(today, 5)) is None


def test_the_command_reports_what_it_did_and_names_an_unknown_store(north: Dealership) -> None:
    a_car(north, sold=date(2026, 1, 10))
    out = StringIO()
    call_command("run_lifecycle", "--date", "2026-03-16", "--dealership", "north", stdout=out)
    assert "north 2026-03-16: judged 1" in out.getvalue()
    out = StringIO()
    call_command("run_lifecycle", "--date", "2026-03-16", stdout=out)
    assert "nothing was due" in out.getvalue()
    with pytest.raises(CommandError, match="north"):
        call_command("run_lifecycle", "--dealership", "west")


def test_a_number_of_a_category_holds_for_its_customers_only(north: Dealership, today: date) -> None:
    person, firm = a_car(north, sold=today - timedelta(days=270)), a_car(north, sold=today - timedelta(days=270))
    Customer.objects.filter(pk=firm.customer_id).update(kind="company", company_name="ООО Ромашка")
    LifecyclePolicy.of(north).of_category("corporate").change({"window_first_service": [-60, -30, 60]})
    evaluate([person.pk, firm.pk], day=today, now=moment(today), library=Library())
    opened = Occasion.objects.open().filter(kind="first_service")
    assert [row.ownership_id for row in opened] == [firm.pk]


def test_a_new_policy_that_changes_nothing_for_a_car_does_not_touch_its_standing(
    north: Dealership, today: date
) -> None:
    """That the base holds by the new numbers too is said once, when everybody has been judged by them."""
    car = a_car(north, sold=today - timedelta(days=400))
    night(north, today)
    before = Standing.objects.values().get(ownership=car)
    LifecyclePolicy.objects.create(dealership=north, version=7)
    counts = night(north, today + timedelta(days=1)).counts
    assert (counts["judged"], counts["standings"], counts["moved"]) == (1, 0, 0)
    assert Standing.objects.values().get(ownership=car) == before
    assert JudgedBase.objects.versions_of(north.pk) == (7, RULES_VERSION, 0)
    assert not night(north, today + timedelta(days=1)).counts.get("judged")


def test_a_run_that_stops_half_way_leaves_nobody_out(
    north: Dealership, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until everybody is judged by the new policy, each standing speaks for itself."""
    monkeypatch.setattr("lifecycle.nights.CHUNK", 1)
    for _ in range(3):
        a_car(north, sold=today - timedelta(days=400))
    night(north, today)
    LifecyclePolicy.objects.create(dealership=north, version=7)
    run = start_night(north, on=today, now=moment(today, 3), by_hand=True)
    assert run is not None
    assert JudgedBase.objects.versions_of(north.pk) is None
    JobRun.objects.filter(pk=run.pk).update(status="failed")
    assert night(north, today + timedelta(days=1)).counts["judged"] == 3
    assert JudgedBase.objects.versions_of(north.pk) == (7, RULES_VERSION, 0)


def test_a_policy_that_is_saved_during_a_run_is_judged_by_in_the_next(
    north: Dealership, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second chunk is worked by another process, which reads the newer policy: the base is not said to hold."""
    monkeypatch.setattr("lifecycle.nights.CHUNK", 1)
    for _ in range(2):
        a_car(north, sold=today - timedelta(days=400))
    night(north, today)
    LifecyclePolicy.objects.create(dealership=north, version=7)
    run = start_night(north, on=today, now=moment(today, 3), by_hand=True)
    assert run is not None
    first = claim_chunk(run, now=moment(today, 3))
    assert first is not None
    _judge_chunk(run, first, Library(), now=moment(today, 3))
    LifecyclePolicy.objects.update(version=8)
    assert work_on(run, clock=lambda: moment(today, 4))
    assert JudgedBase.objects.versions_of(north.pk) is None
    assert night(north, today + timedelta(days=1)).counts["judged"] == 2
    assert JudgedBase.objects.versions_of(north.pk) == (8, RULES_VERSION, 0)
