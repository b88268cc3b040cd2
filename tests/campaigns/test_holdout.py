"""The control group: drawn once, kept back for good, and never where a contact is owed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import Assignment, Campaign, ContactPolicy, ContactTask, Decision, DecisionChange
from campaigns.ready_made import install
from customers.merging import merge, undo
from customers.models import Customer
from customers.rules.drawing import is_held_out
from dealercrm.accounts.models import Dealership, User
from lifecycle.models import Occasion
from tests.campaigns.building import make_occasion, plan
from tests.factories import make_customer, make_ownership

pytestmark = pytest.mark.holdout

CODES = ("insurance", "works", "maintenance", "win-back", "tyres", "overdue")
FIRST_ID = 910_000
_ids = count(FIRST_ID)


def customer_id(*held_out_of: str) -> int:
    """An id that the draw holds out of these campaigns (10%, globally 3%) and of no other of the list."""
    wanted = {code: code in held_out_of for code in CODES}
    for number in _ids:
        assert number < FIRST_ID + 1_000_000, "nobody is held out of all that"
        drawn = all(is_held_out(code, "v1", number, 0.1) == held for code, held in wanted.items())
        if drawn and is_held_out("global", "v1", number, 0.03) == ("global" in held_out_of):
            return number
    raise AssertionError


def occasion_for(store: Dealership, kind: str, today: date, *held_out_of: str, **fields: Any) -> Occasion:
    customer = make_customer(store, id=customer_id(*held_out_of), email=fields.pop("email", None))
    fields = {"is_safety_work": False, "evidence": {"in_warranty": False}} | fields
    return make_occasion(make_ownership(customer, store), kind, today=today, **fields)


def test_whom_the_draw_holds_out_is_not_contacted_and_the_decision_says_so(
    north: Dealership, today: date, now: datetime
) -> None:
    held = occasion_for(north, "component_wear", today, "works")
    asked = occasion_for(north, "component_wear", today)
    plan(north, now)
    assert ContactTask.objects.get().occasion == asked
    decision = Decision.objects.get(occasion=held)
    assert (decision.verdict, decision.gate, decision.eligible_on) == ("never", "holdout", None)
    rows = Assignment.objects.filter(campaign="works").order_by("is_held_out")
    assert [(row.customer_id, row.is_held_out) for row in rows] == [
        (asked.customer_id, False),
        (held.customer_id, True),
    ]
    for row in rows:
        assert (row.salt, row.share, row.assigned_on, row.dealership) == ("v1", 0.1, today, north)
        assert row.version is not None
        assert row.version.code == "works"
        assert row.occasion_id in {held.pk, asked.pk}


def test_the_draw_stays_where_it_fell(north: Dealership, today: date, now: datetime) -> None:
    held = occasion_for(north, "component_wear", today, "works")
    plan(north, now)
    Campaign.objects.filter(code="works").update(holdout_share=0.0)
    other_car = make_ownership(held.customer, north)
    later = now + timedelta(days=40)
    day = north.today(later)
    second = make_occasion(other_car, "declined_work", today=day, cycle="later", is_safety_work=False)
    plan(north, later)
    assert not ContactTask.objects.exists()
    assert Decision.objects.get(occasion=second).gate == "holdout"
    row = Assignment.objects.get(campaign="works")
    assert (row.assigned_on, row.occasion) == (today, held)


def test_a_held_out_occasion_is_settled_and_not_decided_again(north: Dealership, today: date, now: datetime) -> None:
    occasion_for(north, "component_wear", today, "works", email="a@inbox.test")
    for days in range(8):
        plan(north, now + timedelta(days=days))
    assert [change.gate for change in DecisionChange.objects.all()] == ["holdout"]
    assert not ContactTask.objects.exists()


def test_a_held_out_contact_gives_its_slot_to_no_other(north: Dealership, today: date, now: datetime) -> None:
    """The control hears as little of everything else as those who were called."""
    first = occasion_for(north, "overdue_maintenance", today, "overdue")
    second = make_occasion(first.ownership, "component_wear", today=today, is_safety_work=False)
    plan(north, now)
    assert not ContactTask.objects.exists()
    assert Decision.objects.get(occasion=second).gate == "more_valuable"
    assert plan(north, now + timedelta(minutes=5))["decisions"] == 0, "planning twice changes nothing"
    plan(north, now + timedelta(days=1))
    assert Decision.objects.get(occasion=second).gate == "contact_budget"
    plan(north, now + timedelta(days=3))
    assert ContactTask.objects.get().occasion == second, "three days later, as after a call"


def test_after_a_holdout_an_occasion_falls_through_to_no_other_campaign(
    north: Dealership, today: date, now: datetime
) -> None:
    occasion = occasion_for(north, "component_wear", today, "works")
    plan(north, now)
    Campaign.objects.filter(code="works").update(is_active=False)
    other = Campaign.objects.create(
        dealership=north, code="more-works", name_en="x", name_ru="x", kinds=[occasion.kind], holdout_share=0
    )
    other.steps.create(position=1, channel="call")
    plan(north, now + timedelta(days=5))
    assert not ContactTask.objects.exists()


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("recall", {}),
        ("complaint_follow_up", {}),
        ("appointment_confirmation", {}),
        ("no_show", {}),
        ("first_service", {"evidence": {"in_warranty": True}}),
        ("maintenance", {"evidence": {"in_warranty": True}}),
        ("maintenance", {"evidence": {}}),
        ("declined_work", {"is_safety_work": True}),
        ("seasonal_tyres", {"is_safety_work": True}),
    ],
)
def test_a_contact_that_is_owed_is_never_held_out(
    north: Dealership, today: date, now: datetime, kind: str, fields: dict[str, Any]
) -> None:
    install(north)
    Campaign.objects.update(holdout_share=0.5)
    ContactPolicy.objects.create(dealership=north, overrides={"global_holdout_share": 0.5})
    occasion_for(north, kind, today, "global", **fields)
    plan(north, now)
    assert ContactTask.objects.get().kind == kind
    assert not Assignment.objects.exists()


def test_the_control_group_of_all_hears_of_no_campaign_and_is_drawn_for_none(
    north: Dealership, today: date, now: datetime
) -> None:
    occasion = occasion_for(north, "component_wear", today, "global")
    plan(north, now)
    assert Decision.objects.get(occasion=occasion).why["code"] == "gate.held_out_of_all"
    row = Assignment.objects.get()
    assert (row.campaign, row.is_held_out, row.share) == ("global", True, 0.03)


def test_the_group_of_all_holds_at_every_store(
    north: Dealership, south: Dealership, today: date, now: datetime
) -> None:
    """South holds out nobody by its own policy; whom North drew stays drawn."""
    ContactPolicy.objects.create(dealership=south, overrides={"global_holdout_share": 0.0})
    first = occasion_for(north, "component_wear", today, "global")
    plan(north, now)
    first.customer.become_known_to(south, at=now)
    there = make_ownership(first.customer, south)
    second = make_occasion(there, "declined_work", today=today, is_safety_work=False)
    plan(south, now + timedelta(days=10), on=today + timedelta(days=10))
    assert Decision.objects.get(occasion=second).gate == "holdout"
    assert Assignment.objects.filter(campaign="global").count() == 1


def test_whoever_is_not_eligible_is_not_drawn(north: Dealership, today: date, now: datetime) -> None:
    occasion = occasion_for(north, "insurance_renewal", today, "insurance")
    occasion.customer.consent_events.all().delete()
    plan(north, now)
    assert not Assignment.objects.exists()
    assert "holdout" not in set(Decision.objects.values_list("gate", flat=True))


def test_whom_only_the_budget_keeps_away_is_drawn_all_the_same(north: Dealership, today: date, now: datetime) -> None:
    ContactPolicy.objects.create(dealership=north, overrides={"service_calls": 0})
    occasion = occasion_for(north, "component_wear", today)
    plan(north, now)
    assert Decision.objects.get().gate == "contact_budget"
    assert set(Assignment.objects.values_list("campaign", "occasion")) == {
        ("works", occasion.pk),
        ("global", occasion.pk),
    }


def test_a_cadence_under_way_is_not_cut_off_by_a_share_that_was_raised(
    north: Dealership, today: date, now: datetime
) -> None:
    install(north)
    Campaign.objects.filter(code="works").update(holdout_share=0)
    occasion = occasion_for(north, "component_wear", today, "works")
    plan(north, now)
    ContactTask.objects.update(status="done", outcome="thinks", closed_at=now)
    Campaign.objects.filter(code="works").update(holdout_share=0.1)
    plan(north, now + timedelta(days=4))
    assert ContactTask.objects.filter(occasion=occasion).count() == 2


def test_no_group_is_drawn_where_nothing_is_held_out(north: Dealership, today: date, now: datetime) -> None:
    install(north)
    Campaign.objects.update(holdout_share=0)
    ContactPolicy.objects.create(dealership=north, overrides={"global_holdout_share": 0})
    occasion_for(north, "component_wear", today, "works", "global")
    plan(north, now)
    assert ContactTask.objects.count() == 1
    assert not Assignment.objects.exists()


class TestMerging:
    """One person on two cards."""

    @pytest.fixture
    def cards(self, north: Dealership, today: date, now: datetime) -> Callable[..., tuple[Customer, Customer]]:
        def make(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[Customer, Customer]:
            one = occasion_for(north, "component_wear", today - timedelta(days=9), *first)
            plan(north, now - timedelta(days=9))
            other = occasion_for(north, "component_wear", today, *second)
            plan(north, now)
            return other.customer, one.customer

        return make

    def test_one_contacted_and_one_held_out_is_set_aside(
        self, north: Dealership, now: datetime, boris: User, cards: Any
    ) -> None:
        kept, gone = cards((), ("works",))
        journal = merge(kept.pk, gone.pk, by=boris, store=north, now=now)
        rows = Assignment.objects.filter(campaign="works")
        assert not rows.measured().exists()
        assert rows.get(customer=kept).is_mixed
        assert [note["code"] for note in journal.notes if "assign" in note["code"]] == ["merge.assignments_set_aside"]
        undo(journal.pk, by=boris, now=now)
        assert rows.measured().count() == 2

    def test_both_contacted_counts_once_since_the_first_day(
        self, north: Dealership, today: date, now: datetime, boris: User, cards: Any
    ) -> None:
        kept, gone = cards((), ())
        merge(kept.pk, gone.pk, by=boris, store=north, now=now)
        row = Assignment.objects.filter(campaign="works").measured().get()
        assert (row.customer, row.assigned_on) == (kept, today - timedelta(days=9))

    def test_a_draw_of_the_merged_card_alone_goes_with_the_person(
        self, north: Dealership, today: date, now: datetime, boris: User
    ) -> None:
        held = occasion_for(north, "component_wear", today, "works")
        plan(north, now)
        kept = make_customer(north, id=customer_id())
        merge(kept.pk, held.customer_id, by=boris, store=north, now=now)
        assert Assignment.objects.filter(campaign="works").measured().get().customer == kept
        second = make_occasion(make_ownership(kept, north), "declined_work", today=today, is_safety_work=False)
        plan(north, now + timedelta(days=10))
        assert Decision.objects.get(occasion=second).gate == "holdout"

    def test_who_is_set_aside_is_contacted_like_everybody(
        self, north: Dealership, today: date, now: datetime, boris: User, cards: Any
    ) -> None:
        kept, gone = cards((), ("works",))
        merge(kept.pk, gone.pk, by=boris, store=north, now=now)
        ContactTask.objects.update(status="done", outcome="done", closed_at=now)
        car = make_ownership(kept, north)
        again = make_occasion(car, "declined_work", today=today, cycle="again", is_safety_work=False)
        plan(north, now + timedelta(days=10))
        assert ContactTask.objects.get(occasion=again).status == "open"


def test_a_manager_reads_who_was_held_out_and_why(
    north: Dealership, today: date, now: datetime, boris: User, as_user: Callable[[User], Client], time_machine_at: Any
) -> None:
    occasion_for(north, "component_wear", today, "works")
    plan(north, now)
    time_machine_at(now.isoformat())
    page = as_user(boris).get(reverse("not-contacted"), {"gate": "holdout"}).content.decode()
    assert "Kept back on purpose" in page
    assert "control group" in page


def test_a_call_that_a_draw_placed_weighs_what_it_is_worth_when_the_day_is_planned_again(
    north: Dealership, today: date, now: datetime
) -> None:
    ContactPolicy.objects.create(dealership=north, overrides={"random_share": 1.0})
    for _ in range(12):
        first = occasion_for(north, "overdue_maintenance", today)
        make_occasion(first.ownership, "component_wear", today=today, is_safety_work=False)
    plan(north, now)
    assert set(ContactTask.objects.values_list("is_by_chance", "propensity")) == {(True, 1.0)}
    assert plan(north, now + timedelta(minutes=5))["decisions"] == 0
