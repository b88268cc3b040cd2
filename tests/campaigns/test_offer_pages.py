"""Managers write offers, put them in order, reckon break-even, and compare what became of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from campaigns.claiming import claim
from campaigns.completing import complete
from campaigns.models import Campaign, CampaignOffer, Offer, OfferEvent
from campaigns.revising import draft_of, revise, seen_of
from dealercrm.accounts.models import Dealership, Role, User
from tests.campaigns.building import planned_call
from tests.campaigns.test_offers_of_a_call import offer, price_works
from tests.factories import make_user

AsUser = Callable[[User], Client]
TYPED = {
    "kind": "discount", "name_en": "Brakes 12", "name_ru": "Тормоза 12", "percent": "12", "work_groups": "brakes",
    "days_valid": "7", "take_rate": "15", "anyway_share": "40", "margin": "5850",
}  # fmt: skip


@pytest.fixture
def call(north: Dealership, now: datetime) -> object:
    price_works(north)
    return planned_call(north, now)


def answered(north: Dealership, anna: User, now: datetime, outcome: str, **details: object) -> None:
    task = planned_call(north, now, name=f"Клиент {outcome} {OfferEvent.objects.count()}")
    held = claim(task.pk, anna, now=now)
    complete(task.pk, outcome=outcome, by=anna, epoch=held.epoch, now=now, details=details)


def test_the_list_says_each_offer_in_a_sentence(
    call: object, boris: User, as_user: AsUser, django_assert_max_num_queries: Any
) -> None:
    browser = as_user(boris)
    browser.get(reverse("offers"))
    with django_assert_max_num_queries(10):
        html = browser.get(reverse("offers")).content.decode()
    assert "The fixed price of the works that are due; 14 days to decide; needs a free time in the workshop." in html
    assert "10% off the works that are due; 7 days to decide; needs a free time in the workshop." in html


def test_an_outsider_sees_no_offer_of_north(call: object, south: Dealership, as_user: AsUser) -> None:
    manager = as_user(make_user("sasha", Role.MANAGER, south))
    assert "Fixed price" not in manager.get(reverse("offers")).content.decode()
    assert manager.get(reverse("offer", args=["fixed-price"])).status_code == 404
    assert manager.post(reverse("offer-edit", args=["fixed-price"]), TYPED).status_code == 404
    assert manager.post(reverse("campaign-offers", args=["maintenance"]), {"remove": "check-up"}).status_code == 404
    assert CampaignOffer.objects.current().filter(campaign__code="maintenance").count() == 2


def test_a_manager_writes_an_offer(call: object, north: Dealership, boris: User, as_user: AsUser) -> None:
    done = as_user(boris).post(reverse("offer-new"), TYPED)
    made = Offer.objects.get(code="brakes-12")
    assert done.headers["Location"] == reverse("offer", args=["brakes-12"])
    assert (made.dealership, made.percent, made.work_groups, made.take_rate, made.anyway_share) == (
        north, Decimal(12), ["brakes"], 0.15, 0.4,
    )  # fmt: skip
    as_user(boris).post(reverse("offer-new"), TYPED)
    assert Offer.objects.filter(code="brakes-12-2").exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"percent": ""}, "one of the two"),
        ({"amount": "500"}, "one of the two"),
        ({"kind": "bonus", "percent": ""}, "How much is it?"),
        ({"valid_from": "2026-04-01", "valid_until": "2026-03-01"}, "ends before it begins"),
        ({"take_rate": "130"}, "less than or equal to 100"),
        ({"name_ru": ""}, "required"),
    ],
)
def test_a_mistake_is_said_at_its_field(
    call: object, boris: User, as_user: AsUser, wrong: dict[str, str], said: str
) -> None:
    back = as_user(boris).post(reverse("offer-new"), TYPED | wrong)
    assert back.status_code == 422
    assert said in back.content.decode()


def test_an_offer_nobody_heard_of_is_changed_in_place(call: object, boris: User, as_user: AsUser) -> None:
    browser = as_user(boris)
    browser.post(reverse("offer-new"), TYPED)
    browser.post(reverse("offer-edit", args=["brakes-12"]), TYPED | {"percent": "11"})
    assert Offer.objects.get(code="brakes-12").percent == 11


def test_what_a_customer_heard_is_never_overwritten_and_campaigns_carry_the_next_version(
    call: object, north: Dealership, anna: User, boris: User, now: datetime, as_user: AsUser
) -> None:
    heard = offer("fixed-price")
    answered(north, anna, now, "thinks", offer=heard.pk)
    page = as_user(boris)
    changed = {
        "kind": "fixed_price", "name_en": "Our price", "name_ru": "Наша цена", "take_rate": "30", "anyway_share": "50",
    }  # fmt: skip
    page.post(reverse("offer-edit", args=["fixed-price"]), changed)
    heard.refresh_from_db()
    assert (heard.name_en, heard.version, heard.replaced_at is not None) == ("Fixed price", 1, True)
    following = offer("fixed-price")
    assert (following.version, following.name_en) == (2, "Our price")
    carried = CampaignOffer.objects.current().get(campaign__code="maintenance", position=1)
    assert carried.offer == following
    assert CampaignOffer.objects.filter(campaign=carried.campaign, offer=heard).get().ended_at is not None


def test_offers_of_a_campaign_are_put_in_order_and_history_stays(call: object, boris: User, as_user: AsUser) -> None:
    address, browser = reverse("campaign-offers", args=["maintenance"]), as_user(boris)

    def order() -> list[str]:
        rows = CampaignOffer.objects.current().filter(campaign__code="maintenance").order_by("position")
        return list(rows.values_list("offer__code", flat=True))

    html = browser.post(address, {"up": "check-up"}, headers={"HX-Request": "true"}).content.decode()
    assert order() == ["check-up", "fixed-price"]
    assert "fallback 1" in html
    browser.post(address, {"add": "works-10"})
    assert order() == ["check-up", "fixed-price", "works-10"]
    browser.post(address, {"remove": "fixed-price"})
    assert order() == ["check-up", "works-10"]
    browser.post(address, {"order": ["works-10", "nonsense", "check-up"]})
    assert order() == ["works-10", "check-up"]
    assert CampaignOffer.objects.filter(campaign__code="maintenance").exclude(ended_at=None).count() > 2


def test_installing_again_touches_no_offer_that_a_manager_chose(
    call: object, north: Dealership, boris: User, as_user: AsUser
) -> None:
    from campaigns.ready_made import install

    browser = as_user(boris)
    for code in ("fixed-price", "check-up"):
        browser.post(reverse("campaign-offers", args=["maintenance"]), {"remove": code})
    Offer.objects.filter(code="works-10").update(name_en="Our own words")
    before = set(CampaignOffer.objects.values_list("pk", "ended_at"))
    assert install(north) == 0
    assert set(CampaignOffer.objects.values_list("pk", "ended_at")) == before
    assert offer("works-10").name_en == "Our own words"


def test_the_next_version_of_a_campaign_starts_with_the_offers_of_the_one_before(
    call: object, boris: User, now: datetime
) -> None:
    old = Campaign.objects.get(code="maintenance")
    draft = draft_of(old)._replace(name_en="Service")
    new = revise(old, draft, seen=seen_of(old.dealership, old.code), by=boris, at=now)
    assert new.version == old.version + 1
    carried = CampaignOffer.objects.current().filter(campaign=new).order_by("position")
    assert list(carried.values_list("offer__code", flat=True)) == ["fixed-price", "check-up"]


def test_break_even_is_reckoned_from_typed_numbers(call: object, boris: User, as_user: AsUser) -> None:
    numbers = {
        "eligible": 1000, "holdout_share": 10, "contact_cost": 90, "reach_share": 42, "take_rate": 20,
        "anyway_share": 50, "cost": 400, "margin": 5850,
    }  # fmt: skip
    partial = {"HX-Request": "true", "HX-Target": "outlook"}
    html = as_user(boris).get(reverse("offer", args=["check-up"]), numbers, headers=partial).content.decode()
    assert "<strong>20</strong>" in html
    assert "of 900 contacted" in html
    assert "By these numbers it pays for itself." in html
    dear = as_user(boris).get(reverse("offer", args=["check-up"]), numbers | {"cost": 9000}, headers=partial)
    assert "it loses" in dear.content.decode()


def test_the_calculator_starts_with_the_numbers_of_the_campaign(
    call: object, boris: User, now: datetime, as_user: AsUser
) -> None:
    with time_machine.travel(now, tick=False):
        html = as_user(boris).get(reverse("offer", args=["fixed-price"])).content.decode()
    assert 'name="eligible" value="1"' in html
    assert 'name="reach_share" value="42"' in html


def test_offers_are_compared_with_their_intervals(
    call: object, north: Dealership, anna: User, boris: User, now: datetime, as_user: AsUser
) -> None:
    price, gift = offer("fixed-price").pk, offer("check-up").pk
    answered(north, anna, now, "thinks", offer=price)
    answered(north, anna, now, "booked", starts_at="2026-03-18T10:00", offer=gift, offers_refused=[price])
    answered(north, anna, now, "refused", reason="price", offer=gift, offers_refused=[price])
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        html = as_user(boris).get(reverse("campaign-offer-results", args=["maintenance"])).content.decode()
    assert "50% (9%–91%)" in html, "one of two took the gift"
    assert "0% (0%–56%)" in html, "nobody of three took the price"
    assert "not enough data" in html


def test_an_offer_that_was_taken_off_is_on_no_card_and_in_the_list(
    call: object, boris: User, as_user: AsUser, now: datetime
) -> None:
    as_user(boris).post(reverse("offer-state", args=["check-up"]), {"is_active": "0"})
    assert not offer("check-up").is_active
    assert 'class="pill">off' in as_user(boris).get(reverse("offers")).content.decode()
    as_user(boris).post(reverse("offer-state", args=["check-up"]), {"is_active": "1"})
    assert offer("check-up").is_active
