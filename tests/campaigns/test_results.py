"""What campaigns earned: measured on everyone drawn, said once on the planned day, by nobody seen before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.loading import Store
from campaigns.measuring import measure, measured_worths, progress_of, subjects_of, write_verdicts
from campaigns.models import Assignment, Campaign, CampaignVerdict
from campaigns.ready_made import install
from campaigns.rules.verdicts import Result
from campaigns.tasks import sweep_verdicts
from customers.models import Customer
from dealercrm.accounts.models import Dealership, User
from tests.campaigns.building import customer_with_occasion, planned_call
from tests.factories import make_customer, make_ownership, make_visit, moment
from vehicles.models import Cover, Touch

DRAWN = date(2025, 10, 1)
PLANNED = date(2026, 3, 16)


@pytest.fixture
def works(north: Dealership) -> Campaign:
    install(north)
    Campaign.objects.filter(code="works").update(verdict_on=PLANNED)
    return Campaign.objects.get(code="works")


def drawn(store: Dealership, *, is_held_out: bool, on: date = DRAWN, code: str = "works", **fields: Any) -> Customer:
    customer = make_customer(store)
    Assignment.objects.create(
        dealership=store, campaign=code, salt="v1", share=0.5, customer=customer, is_held_out=is_held_out,
        assigned_on=on, **fields,
    )  # fmt: skip
    return customer


def comes(customer: Customer, store: Dealership, on: date, **fields: Any) -> None:
    make_visit(make_ownership(customer, store), on, **fields)


def called(customer: Customer, store: Dealership, on: date, *, topic: str = "component_wear", cost: int = 90) -> None:
    Touch.objects.create(
        customer=customer, dealership=store, at=moment(on), channel="call", purpose="service", topic=topic,
        cost=Decimal(cost),
    )  # fmt: skip


def result_of(store: Dealership, code: str = "works", *, as_of: date = PLANNED) -> Result:
    loaded = Store.load(store, moment(as_of))
    [subject] = [one for one in subjects_of(store, loaded) if one.code == code]
    return measure(store, subject, loaded, as_of=as_of)


@pytest.mark.usefixtures("works")
def test_everyone_drawn_counts_reached_or_not(north: Dealership) -> None:
    asked = [drawn(north, is_held_out=False) for _ in range(4)]
    held = [drawn(north, is_held_out=True) for _ in range(4)]
    for customer in asked[:3]:
        called(customer, north, DRAWN + timedelta(days=2))
    comes(asked[0], north, DRAWN + timedelta(days=10), total=10_000)
    comes(asked[3], north, DRAWN + timedelta(days=10), total=20_000)  # nobody ever called
    comes(held[0], north, DRAWN + timedelta(days=10), total=8_000)
    found = result_of(north)
    assert (found.asked.came, found.asked.size, found.held.came, found.held.size) == (2, 4, 1, 4)
    assert found.asked.margin == pytest.approx(15_000 / 4), "half of the total is margin"
    assert found.asked.cost == pytest.approx(3 * 90 / 4)
    assert found.held.cost == 0


@pytest.mark.usefixtures("works")
def test_only_what_falls_within_the_horizon_counts(north: Dealership) -> None:
    customer = drawn(north, is_held_out=False)
    drawn(north, is_held_out=True)
    comes(customer, north, DRAWN - timedelta(days=1))
    comes(customer, north, DRAWN + timedelta(days=90))
    called(customer, north, DRAWN + timedelta(days=90))
    assert (result_of(north).asked.came, result_of(north).asked.cost) == (0, 0)
    comes(customer, north, DRAWN)
    assert result_of(north).asked.came == 1


@pytest.mark.usefixtures("works")
def test_whose_horizon_is_not_over_does_not_count_yet(north: Dealership) -> None:
    drawn(north, is_held_out=False, on=PLANNED - timedelta(days=90))
    drawn(north, is_held_out=False, on=PLANNED - timedelta(days=89))
    assert result_of(north).asked.size == 1
    [works] = [one for one in progress_of(north, Store.load(north, moment(PLANNED)), PLANNED) if one.size]
    assert (works.size, works.complete) == (2, 1)


@pytest.mark.usefixtures("works")
def test_set_aside_and_merged_cards_do_not_count(north: Dealership) -> None:
    drawn(north, is_held_out=False, is_mixed=True)
    gone = drawn(north, is_held_out=True)
    Customer.objects.filter(pk=gone.pk).update(merged_into=drawn(north, is_held_out=True))
    found = result_of(north)
    assert (found.asked.size, found.held.size) == (0, 1)


@pytest.mark.usefixtures("works")
def test_currencies_are_never_summed(north: Dealership, south: Dealership) -> None:
    Dealership.objects.filter(pk=south.pk).update(currency="KZT")
    customer = drawn(north, is_held_out=False)
    comes(customer, north, DRAWN + timedelta(days=5), total=10_000)
    make_visit(customer.ownerships.get(), DRAWN + timedelta(days=9), dealership=south, total=900_000)
    called(customer, south, DRAWN + timedelta(days=5), cost=4000)
    found = result_of(north)
    assert (found.asked.came, found.asked.margin, found.asked.cost) == (1, 5_000, 0)


@pytest.mark.usefixtures("works")
def test_voided_orders_are_no_visits_and_internal_ones_earn_nothing(north: Dealership) -> None:
    voided, internal = drawn(north, is_held_out=False), drawn(north, is_held_out=False)
    comes(voided, north, DRAWN + timedelta(days=5), voided_at=moment(PLANNED))
    comes(internal, north, DRAWN + timedelta(days=5), pay_type="internal")
    assert (result_of(north).asked.came, result_of(north).asked.margin) == (1, 0)


@pytest.mark.usefixtures("works")
def test_insurance_is_measured_by_policies_and_not_by_visits(north: Dealership) -> None:
    one, other = (drawn(north, is_held_out=False, code="insurance") for _ in range(2))
    comes(one, north, DRAWN + timedelta(days=5))
    car = make_ownership(other, north)
    Cover.objects.create(
        dealership=north, vehicle=car.vehicle, ownership=car, kind="insurance", number="1",
        starts_on=DRAWN + timedelta(days=40), ends_on=DRAWN + timedelta(days=405),
    )  # fmt: skip
    found = result_of(north, "insurance")
    assert (found.asked.came, found.net) == (1, None)


@pytest.mark.usefixtures("works")
def test_all_contacting_together_counts_every_contact(north: Dealership) -> None:
    customer = drawn(north, is_held_out=False, code="global")
    called(customer, north, DRAWN + timedelta(days=5), topic="insurance_renewal")
    called(customer, north, DRAWN + timedelta(days=6), topic="maintenance")
    assert result_of(north, "global").asked.cost == 180


@pytest.mark.usefixtures("works")
@pytest.mark.parametrize("people", [3, 9])
def test_measuring_asks_the_same_number_of_queries_for_any_number_of_customers(
    north: Dealership, people: int, django_assert_num_queries: Any
) -> None:
    for _ in range(people):
        comes(drawn(north, is_held_out=False), north, DRAWN + timedelta(days=5))
    store = Store.load(north, moment(PLANNED))
    [subject] = [one for one in subjects_of(north, store) if one.code == "works"]
    with django_assert_num_queries(4):
        measure(north, subject, store, as_of=PLANNED)


class TestVerdict:
    """Said once, on the planned day."""

    @pytest.fixture(autouse=True)
    def campaign(self, works: Campaign, north: Dealership) -> None:
        for number in range(60):
            customer = drawn(north, is_held_out=number % 2 == 1)
            if number % 2 == 0 or number < 20:
                comes(customer, north, DRAWN + timedelta(days=20))

    def test_no_verdict_falls_before_its_day(self, north: Dealership) -> None:
        assert write_verdicts(north, now=moment(PLANNED - timedelta(days=1))) == 0
        assert not CampaignVerdict.objects.exists()

    def test_the_verdict_falls_on_its_day_and_is_never_said_again(
        self, north: Dealership, time_machine_at: Callable[[str], None]
    ) -> None:
        time_machine_at("2026-03-16T04:00:00+03:00")
        sweep_verdicts()
        verdict = CampaignVerdict.objects.get()
        assert (verdict.campaign, verdict.planned_on, verdict.word, verdict.currency) == (
            "works", PLANNED, "earns", "RUB",
        )  # fmt: skip
        assert verdict.result.uplift is not None
        assert verdict.result.uplift.value == pytest.approx(20 / 30)
        make_visit(make_ownership(drawn(north, is_held_out=True), north), DRAWN)
        sweep_verdicts()
        assert CampaignVerdict.objects.get().figures == verdict.figures

    def test_a_missed_day_is_caught_up_with_the_figures_of_the_planned_day(self, north: Dealership) -> None:
        drawn(north, is_held_out=True, on=PLANNED - timedelta(days=88))
        assert write_verdicts(north, now=moment(PLANNED + timedelta(days=3))) == 1
        verdict = CampaignVerdict.objects.get()
        assert (verdict.planned_on, verdict.result.held.size) == (PLANNED, 30)

    def test_a_campaign_without_a_planned_day_gets_one(self, north: Dealership) -> None:
        Campaign.objects.update(verdict_on=None)
        assert write_verdicts(north, now=moment(DRAWN + timedelta(days=179))) == 0
        assert write_verdicts(north, now=moment(DRAWN + timedelta(days=180))) == 1

    def test_looking_again_every_week_is_no_further_verdict(self, north: Dealership) -> None:
        write_verdicts(north, now=moment(PLANNED))
        Campaign.objects.update(verdict_on=PLANNED + timedelta(days=7))
        assert write_verdicts(north, now=moment(PLANNED + timedelta(days=7))) == 0
        assert write_verdicts(north, now=moment(PLANNED + timedelta(days=90))) == 1
        assert CampaignVerdict.objects.count() == 2

    def test_the_page_tells_nobody_who_is_ahead_before_the_day(
        self, boris: User, as_user: Callable[[User], Client], time_machine_at: Callable[[str], None]
    ) -> None:
        time_machine_at("2026-03-15T12:00:00+03:00")
        browser = as_user(boris)
        page = browser.get(reverse("campaign-result", args=["works"])).content.decode()
        assert "No verdict before its day" in page
        assert "come only because" not in page
        assert '<th class="num">Came</th>' not in page
        assert "no verdict yet" in browser.get(reverse("campaign-results")).content.decode()

    def test_the_page_says_it_in_plain_words_with_the_numbers_and_a_chart(
        self, north: Dealership, boris: User, as_user: Callable[[User], Client], time_machine_at: Callable[[str], None]
    ) -> None:
        write_verdicts(north, now=moment(PLANNED))
        time_machine_at("2026-03-20T12:00:00+03:00")
        browser = as_user(boris)
        page = browser.get(reverse("campaign-result", args=["works"])).content.decode()
        assert "Of 100 such customers 67 come only because we call (between" in page
        assert "uplift-interval" in page
        assert "<desc" in page
        assert "It earns." in browser.get(reverse("campaign-results")).content.decode()

    def test_not_enough_is_said_as_readily_as_a_win(
        self, north: Dealership, boris: User, as_user: Callable[[User], Client], time_machine_at: Callable[[str], None]
    ) -> None:
        Assignment.objects.filter(
            pk__in=list(Assignment.objects.order_by("-pk").values_list("pk", flat=True)[:56])
        ).delete()
        write_verdicts(north, now=moment(PLANNED))
        assert CampaignVerdict.objects.get().word == "not_enough"
        time_machine_at("2026-03-20T12:00:00+03:00")
        page = as_user(boris).get(reverse("campaign-results")).content.decode()
        assert "more customers are needed" in page

    def test_every_number_leads_to_its_customers(
        self, north: Dealership, boris: User, as_user: Callable[[User], Client], time_machine_at: Callable[[str], None]
    ) -> None:
        time_machine_at("2026-03-20T12:00:00+03:00")
        browser = as_user(boris)
        drawn(north, is_held_out=True, is_mixed=True)
        counts = {
            group: browser.get(reverse("campaign-assignments", args=["works"]), {"group": group})
            .context["page"].paginator.count
            for group in ("", "asked", "held", "counted", "aside")
        }  # fmt: skip
        assert counts == {"": 60, "asked": 30, "held": 30, "counted": 60, "aside": 1}

    def test_what_was_measured_orders_the_list_and_stands_on_the_card(
        self,
        north: Dealership,
        today: date,
        now: datetime,
        anna: User,
        as_user: Callable[[User], Client],
        time_machine_at: Callable[[str], None],
    ) -> None:
        for assignment in Assignment.objects.filter(is_held_out=False):
            called(assignment.customer, north, DRAWN)
        write_verdicts(north, now=moment(PLANNED))
        [worth] = set(measured_worths(north).values())
        assert worth == pytest.approx(20 / 30 * 6000)
        assert set(measured_worths(north)) == {"component_wear", "declined_work"}
        task = planned_call(north, now, "component_wear")
        waited = 1 + 0.25 * 7 / 28  # it opened a week ago and closes in three
        assert task.priority == pytest.approx(worth / 4 * waited, rel=0.01), "per minute; due today"
        time_machine_at(now.isoformat())
        page = as_user(anna).get(reverse("call-worth", args=[task.pk])).content.decode()
        assert "Of 100 such customers 67 come only because we call, about 4,000" in page
        assert "Useful until" in page

    def test_a_stranger_reads_no_results_of_north(
        self, north: Dealership, south: Dealership, clara: User, as_user: Callable[[User], Client]
    ) -> None:
        write_verdicts(north, now=moment(PLANNED))
        browser = as_user(clara)
        assert browser.get(reverse("campaign-result", args=["works"])).status_code == 403
        for name in ("campaign-results", "campaign-assignments"):
            assert browser.get(f"/api/v1/{name}/").json()["results"] == []

    def test_the_api_gives_the_verdict_with_its_figures(
        self, north: Dealership, boris: User, as_user: Callable[[User], Client]
    ) -> None:
        write_verdicts(north, now=moment(PLANNED))
        [row] = as_user(boris).get("/api/v1/campaign-results/?verdict=earns").json()["results"]
        assert (row["campaign"], row["verdict"], row["figures"]["asked"]["came"]) == ("works", "earns", 30)
        assert as_user(boris).post("/api/v1/campaign-results/", {}).status_code in {403, 405}


def test_the_list_of_results_costs_five_queries(
    north: Dealership, today: date, boris: User, as_user: Callable[[User], Client], django_assert_max_num_queries: Any
) -> None:
    customer_with_occasion(north, today=today)
    browser = as_user(boris)
    browser.get(reverse("campaign-results"))
    with django_assert_max_num_queries(14):
        browser.get(reverse("campaign-results"))
