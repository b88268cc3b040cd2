"""Campaigns without code: written in the browser, versioned, started and stopped, and planned as they stand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from campaigns.models import Campaign, CampaignChange, CampaignStep, ContactTask, Decision, NotReadyError, OutboxMessage
from campaigns.playbook import Playbook
from campaigns.ready_made import install
from campaigns.ready_made_offers import install_offers
from campaigns.stopping import take_off
from dealercrm.accounts.models import Dealership, User
from lifecycle.models import Segment, Standing
from tests.campaigns.building import customer_with_occasion, plan, planned_call

AsUser = Callable[[User], Client]


@pytest.fixture
def store(north: Dealership) -> Dealership:
    install(north)
    return north


@pytest.fixture
def browser(as_user: AsUser, boris: User, store: Dealership) -> Client:
    return as_user(boris)


def form_of(campaign: Campaign | None, **changes: Any) -> dict[str, Any]:
    """What a browser posts from the form of a campaign."""
    said: dict[str, Any] = {"do": "save", "seen": 0, "rank": 50, "holdout": 10, "name_en": "Pads", "name_ru": "Колодки"}
    steps: list[Any] = [{"channel": "call", "delay_days": 0, "text_en": "Hello, {name}!", "text_ru": "Здравствуйте!"}]
    if campaign is not None:
        said |= {"name_en": campaign.name_en, "name_ru": campaign.name_ru, "rank": campaign.rank}
        said["kinds"] = campaign.kinds
        said["seen"] = CampaignChange.objects.filter(campaign__code=campaign.code).count() and (
            CampaignChange.objects.filter(campaign__code=campaign.code).latest("pk").pk
        )
        steps = list(campaign.steps.values())
    for number, step in enumerate(changes.pop("steps", steps)):
        for name in ("channel", "delay_days", "subject_en", "subject_ru", "text_en", "text_ru"):
            said[f"step-{number}-{name}"] = step.get(name, "")
    return said | changes


def segment_of(store: Dealership, by: User, now: datetime, *stages: str) -> Segment:
    return Segment.objects.create(
        dealership=store,
        name="Some",
        definition={"of": "current", "all": [{"field": "stage", "op": "any", "values": list(stages)}], "but_not": []},
        created_by=by,
        created_at=now,
        changed_at=now,
    )


def standing_of(task_owner: Any, stage: str, today: date) -> None:
    Standing.objects.create(
        ownership=task_owner.ownership,
        customer=task_owner.customer,
        dealership=task_owner.dealership,
        stage=stage,
        substage="due",
        why={"code": "stage.test", "params": {}},
        since=today,
        facts_version=1,
        judged_on=today,
    )


def test_the_list_says_each_campaign_in_a_sentence_and_what_of_it_runs_today(
    browser: Client, store: Dealership, now: datetime, django_assert_max_num_queries: Any
) -> None:
    with time_machine.travel(now, tick=False):
        planned_call(store, now)
        with django_assert_max_num_queries(16):
            page = browser.get(reverse("campaigns")).content.decode()
    assert "Maintenance · all owners: call on the due day, email at once, call 3 days later; 10% held out." in page
    assert "0 of 1 done" in page


def test_a_campaign_that_ran_is_never_overwritten_a_change_makes_the_next_version(
    browser: Client, store: Dealership, now: datetime
) -> None:
    planned_call(store, now)
    first = Campaign.objects.get(code="maintenance")
    words = list(first.steps.values_list("pk", "text_en"))
    answer = browser.post(reverse("campaign-edit", args=["maintenance"]), form_of(first, name_en="Other", rank=3))
    assert answer.status_code == 302
    first.refresh_from_db()
    second = Campaign.objects.get(code="maintenance", version=2)
    assert (first.name_en, first.is_active, list(first.steps.values_list("pk", "text_en"))) == (
        "Maintenance", True, words,
    )  # fmt: skip
    assert (second.name_en, second.rank, second.is_active, second.steps.count()) == ("Other", 3, False, 3)
    assert second.salt == first.salt, "whoever is held out stays held out"
    assert second.kinds == ["maintenance"]
    change = CampaignChange.objects.get(campaign=second)
    assert [one["field"] for one in change.details] == ["name_en", "rank"]
    assert change.by is not None


def test_the_offers_of_a_campaign_go_with_it_to_its_next_version(browser: Client, store: Dealership) -> None:
    install_offers(store)
    first = Campaign.objects.get(code="maintenance")
    offers = list(first.campaign_offers.filter(ended_at=None).values_list("position", "offer"))
    browser.post(reverse("campaign-edit", args=["maintenance"]), form_of(first, name_en="Other"))
    second = Campaign.objects.get(code="maintenance", version=2)
    assert offers
    assert list(second.campaign_offers.values_list("position", "offer")) == offers


def test_a_draft_that_never_ran_is_changed_in_place(browser: Client, store: Dealership) -> None:
    first = Campaign.objects.get(code="maintenance")
    browser.post(reverse("campaign-edit", args=["maintenance"]), form_of(first, name_en="Other"))
    draft = Campaign.objects.get(code="maintenance", version=2)
    browser.post(reverse("campaign-edit", args=["maintenance"]), form_of(draft, name_en="Third"))
    assert list(Campaign.objects.filter(code="maintenance").values_list("version", "name_en").order_by("version")) == [
        (1, "Maintenance"),
        (2, "Third"),
    ]


def test_of_two_managers_who_save_at_once_the_second_is_told(browser: Client, store: Dealership) -> None:
    first = Campaign.objects.get(code="maintenance")
    opened = form_of(first, name_en="Mine")
    browser.post(reverse("campaign-edit", args=["maintenance"]), form_of(first, name_en="Theirs"))
    answer = browser.post(reverse("campaign-edit", args=["maintenance"]), opened)
    assert answer.status_code == 422
    assert "Somebody else saved this campaign" in answer.content.decode()
    assert Campaign.objects.get(code="maintenance", version=2).name_en == "Theirs"


def test_a_new_campaign_is_written_started_and_planned(
    browser: Client, store: Dealership, now: datetime, today: date
) -> None:
    with time_machine.travel(now, tick=False):
        answer = browser.post(reverse("campaign-new"), form_of(None, kinds=["component_wear"], rank=1))
        assert answer.status_code == 302, answer.content.decode()
        mine = Campaign.objects.get(code="pads")
        occasion = customer_with_occasion(store, "component_wear", today=today)
        plan(store, now)
        assert ContactTask.objects.get().step.campaign.code == "works", "the control: a draft answers nothing"
        ContactTask.objects.all().delete()
        browser.post(reverse("campaign-start", args=["pads"]), {"version": mine.version})
        plan(store, now)
    assert ContactTask.objects.get(occasion=occasion).step.campaign_id == mine.pk


def test_steps_are_added_moved_and_taken_out_without_saving(browser: Client, store: Dealership) -> None:
    first = Campaign.objects.get(code="maintenance")
    address = reverse("campaign-edit", args=["maintenance"])
    page = browser.post(address, form_of(first, do="add-sms")).content.decode()
    assert page.count('class="card campaign-step"') == 4
    page = browser.post(address, form_of(first, do="remove-1")).content.decode()
    assert page.count('class="card campaign-step"') == 2
    page = browser.post(address, form_of(first, do="up-1"), HTTP_HX_REQUEST="true").content.decode()
    assert page.index('<option value="email" selected') < page.index('<option value="call" selected')
    assert Campaign.objects.filter(code="maintenance").count() == 1


def test_mistakes_come_back_to_their_field(browser: Client, store: Dealership) -> None:
    address = reverse("campaign-new")
    step = {"channel": "email", "delay_days": 0, "text_en": "Dear {nmae}", "text_ru": "Да", "subject_en": "Hi"}
    page = browser.post(address, form_of(None, kinds=["maintenance"], steps=[step])).content.decode()
    assert "Nobody fills this place: nmae." in page
    assert "A letter needs a subject in both languages." in page
    assert "Choose at least one." in browser.post(address, form_of(None)).content.decode()
    page = browser.post(address, form_of(None, kinds=["birthday"])).content.decode()
    assert "Greetings are messages, never calls" in page
    assert "at least one step" in browser.post(address, form_of(None, kinds=["birthday"], steps=[])).content.decode()
    assert not Campaign.objects.filter(name_en="Pads").exists()


def test_another_version_takes_new_occasions_and_what_is_in_flight_finishes_on_its_own(
    store: Dealership, boris: User, now: datetime, today: date
) -> None:
    begun = planned_call(store, now, email="a@example.ru")
    begun.status, begun.outcome, begun.closed_at = "done", "no_answer", now
    begun.save()
    first = Campaign.objects.get(code="maintenance")
    second = _next_version(first, channel="call")
    second.start(by=boris, at=now)
    fresh = customer_with_occasion(store, today=today)
    plan(store, now + timedelta(minutes=1))
    assert ContactTask.objects.get(occasion=fresh).step.campaign_id == second.pk
    following = ContactTask.objects.filter(occasion=begun.occasion).exclude(pk=begun.pk).get()
    assert following.step.campaign_id == first.pk
    first.refresh_from_db()
    assert not first.is_active


def test_a_version_for_a_coming_day_lets_the_older_one_go_on_until_then(
    store: Dealership, boris: User, now: datetime, today: date
) -> None:
    first = Campaign.objects.get(code="maintenance")
    second = _next_version(first, channel="call", starts_on=today + timedelta(days=3))
    second.start(by=boris, at=now)
    assert _answers(store, "maintenance", today) == first.pk
    assert _answers(store, "maintenance", today + timedelta(days=2)) == first.pk
    assert _answers(store, "maintenance", today + timedelta(days=3)) == second.pk


def test_only_owners_in_its_segment_are_answered_and_the_next_by_rank_takes_the_others(
    store: Dealership, boris: User, now: datetime, today: date
) -> None:
    inside = customer_with_occasion(store, today=today)
    outside = customer_with_occasion(store, today=today)
    standing_of(inside, "retention", today)
    standing_of(outside, "dormant", today)
    mine = _next_version(Campaign.objects.get(code="maintenance"), channel="call", code="mine", version=1)
    mine.segment, mine.rank = segment_of(store, boris, now, "retention"), 1
    mine.save()
    mine.start(by=boris, at=now)
    plan(store, now)
    found = {task.occasion_id: task.step.campaign.code for task in ContactTask.objects.select_related("step__campaign")}
    assert found == {inside.pk: "mine", outside.pk: "maintenance"}


def test_one_query_a_chunk_asks_who_is_in_a_segment(
    store: Dealership, boris: User, now: datetime, today: date, django_assert_max_num_queries: Any
) -> None:
    mine = _next_version(Campaign.objects.get(code="maintenance"), channel="call", code="mine", version=1)
    mine.segment, mine.rank = segment_of(store, boris, now, "retention"), 1
    mine.save()
    mine.start(by=boris, at=now)
    for _number in range(12):
        standing_of(customer_with_occasion(store, today=today), "retention", today)
    with django_assert_max_num_queries(35):
        plan(store, now)
    assert ContactTask.objects.filter(step__campaign=mine).count() == 12


def test_stopping_takes_off_what_nobody_has_in_hand_and_nothing_else(
    browser: Client, store: Dealership, anna: User, now: datetime
) -> None:
    free = planned_call(store, now)
    taken = planned_call(store, now)
    promised = planned_call(store, now)
    other = planned_call(store, now, "overdue_maintenance")
    ContactTask.objects.filter(pk=taken.pk).update(
        status="claimed", claimed_by=anna, lease_until=now + timedelta(minutes=2), epoch=1
    )
    ContactTask.objects.filter(pk=promised.pk).update(promised_at=now + timedelta(hours=1))
    with time_machine.travel(now, tick=False):
        page = browser.get(reverse("campaign", args=["maintenance"])).content.decode()
        assert "Taken off the list: 1 calls, 0 messages. Left: 1 calls in hand, 1 promised calls." in page
        browser.post(reverse("campaign-stop", args=["maintenance"]))
    states = {task.pk: task.status for task in ContactTask.objects.all()}
    assert states == {free.pk: "cancelled", taken.pk: "claimed", promised.pk: "open", other.pk: "open"}
    free.refresh_from_db()
    assert free.closed_why["code"] == "closed.campaign_stopped"
    plan(store, now + timedelta(hours=1))
    assert ContactTask.objects.filter(kind="maintenance").count() == 3, "no other campaign answers it"


def test_what_a_stop_that_died_left_behind_the_next_night_takes_off(
    store: Dealership, boris: User, now: datetime
) -> None:
    call = planned_call(store, now)
    Campaign.objects.filter(code="maintenance").update(is_active=False)  # the process died before it took anything off
    plan(store, now + timedelta(hours=1))
    call.refresh_from_db()
    assert (call.status, call.closed_why["code"]) == ("cancelled", "closed.campaign_stopped")


def test_a_letter_of_a_stopped_campaign_is_not_sent_and_one_that_may_have_left_stands(
    store: Dealership, boris: User, now: datetime
) -> None:
    calls = [planned_call(store, now) for _number in range(2)]
    for call, status in zip(calls, ("queued", "sending"), strict=True):
        OutboxMessage.objects.create(
            task=call, dealership=store, customer=call.customer, channel="email", body="…", message_id=f"<{call.pk}>",
            status=status, not_before=now,
        )  # fmt: skip
    Campaign.objects.get(code="maintenance").stop(by=boris, at=now)
    assert [call.message.status for call in ContactTask.objects.order_by("pk")] == ["cancelled", "sending"]
    assert [call.status for call in ContactTask.objects.order_by("pk")] == ["cancelled", "open"]


def test_a_stopped_campaign_that_is_started_again_plans_anew(store: Dealership, boris: User, now: datetime) -> None:
    call = planned_call(store, now)
    campaign = Campaign.objects.get(code="maintenance")
    campaign.stop(by=boris, at=now)
    campaign.start(by=boris, at=now)
    plan(store, now + timedelta(minutes=1))
    again = ContactTask.objects.exclude(pk=call.pk).get()
    assert (again.occasion_id, again.attempt, again.status) == (call.occasion_id, 2, "open")
    assert take_off(campaign, at=now).calls == 1


def test_a_run_in_flight_of_a_stopped_campaign_is_not_continued(store: Dealership, boris: User, now: datetime) -> None:
    call = planned_call(store, now)
    ContactTask.objects.filter(pk=call.pk).update(status="done", outcome="no_answer", closed_at=now)
    Campaign.objects.get(code="maintenance").stop(by=boris, at=now)
    plan(store, now + timedelta(days=4), on=store.today(now) + timedelta(days=4))
    assert ContactTask.objects.count() == 1


def test_a_decision_that_waits_moves_with_its_occasion_to_the_version_that_answers_it(
    store: Dealership, boris: User, now: datetime, today: date
) -> None:
    occasion = customer_with_occasion(store, today=today, phone=None)
    plan(store, now)
    before = Decision.objects.get(occasion=occasion, step__position=1)
    second = _next_version(Campaign.objects.get(code="maintenance"), channel="call")
    second.start(by=boris, at=now)
    plan(store, now + timedelta(minutes=1))
    after = Decision.objects.get(occasion=occasion, step__position=1)
    assert (after.pk, after.step.campaign_id, after.gate) == (before.pk, second.pk, before.gate)


def test_a_campaign_that_could_reach_nobody_is_not_started(store: Dealership, boris: User, now: datetime) -> None:
    empty = Campaign.objects.create(
        dealership=store, code="empty", name_en="E", name_ru="Е", kinds=["maintenance"], is_active=False
    )
    with pytest.raises(NotReadyError) as refused:
        empty.start(by=boris, at=now)
    assert refused.value.why.code == "campaign.has_no_step"


def test_nobody_of_south_finds_a_campaign_of_north(as_user: AsUser, store: Dealership, clara: User) -> None:
    for name in ("campaign", "campaign-edit"):
        assert as_user(clara).get(reverse(name, args=["maintenance"])).status_code in {403, 404}


def _next_version(first: Campaign, *, channel: str, **fields: Any) -> Campaign:
    values = {"code": first.code, "version": first.version + 1, "rank": first.rank} | fields
    made = Campaign.objects.create(
        dealership=first.dealership, name_en="Next", name_ru="Дальше", kinds=first.kinds, is_active=False, **values
    )
    CampaignStep.objects.create(campaign=made, position=1, channel=channel, text_en="Hi", text_ru="Да")
    return made


def _answers(store: Dealership, kind: str, day: date) -> int:
    return Playbook.load(store, day).answering[kind][0].pk
