"""A price that is promised and one that is usual are said in different words, in a script and in a letter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import time_machine

from campaigns.card import card_tasks, load_card
from campaigns.loading import Store
from campaigns.models import CampaignStep, ContactTask
from campaigns.ready_made_texts import TEXTS
from campaigns.rules.texts import places_in
from dealercrm.accounts.models import Dealership, User
from tests.campaigns.building import planned_call
from tests.campaigns.test_offers_of_a_call import price_works
from tests.factories import make_customer, make_ownership, make_visit

Script = Callable[[], str]


@pytest.fixture
def script(north: Dealership, anna: User, now: datetime) -> Script:
    def said() -> str:
        with time_machine.travel(now, tick=False):
            task = planned_call(north, now, email="ivanov@inbox.test")
            row = card_tasks(ContactTask.objects.all(), anna, now).get(pk=task.pk)
            return "\n".join(load_card(row, anna, Store.load(north, now), now).script)

    return said


def visits_that_cost(north: Dealership, today: date) -> None:
    for number in range(5):
        other = make_ownership(make_customer(north), north)
        make_visit(other, today - timedelta(days=60 + number), total=17000)


def test_a_price_of_the_list_is_promised(north: Dealership, today: date, script: Script) -> None:
    visits_that_cost(north, today)
    price_works(north)
    said = script()
    assert "18,400" in said
    assert "fixed" in said
    assert "usually" not in said


def test_what_others_paid_is_only_usual(north: Dealership, today: date, script: Script) -> None:
    visits_that_cost(north, today)
    said = script()
    assert "It usually costs" in said
    assert "17,000" in said
    assert "fixed" not in said


def test_without_either_nothing_is_said_of_money(script: Script) -> None:
    said = script()
    assert "costs" not in said


def test_a_script_with_one_place_for_both_still_names_what_is_usual(
    north: Dealership, anna: User, today: date, now: datetime
) -> None:
    """Texts that stores wrote before there was a second place."""
    visits_that_cost(north, today)
    with time_machine.travel(now, tick=False):
        task = planned_call(north, now, email="ivanov@inbox.test")
        CampaignStep.objects.filter(channel="call").update(text_en="About {price} here.", text_ru="Около {price}.")
        row = card_tasks(ContactTask.objects.all(), anna, now).get(pk=task.pk)
        said = load_card(row, anna, Store.load(north, now), now).script
    assert "17,000" in said[0]


def test_no_ready_made_letter_gives_an_estimate() -> None:
    letters = [words for texts in TEXTS.values() for words in (texts.email_en, texts.email_ru)]
    assert any("price" in places_in(words) for words in letters)
    assert not [words for words in letters if "usual_price" in places_in(words) or "usually" in words]
