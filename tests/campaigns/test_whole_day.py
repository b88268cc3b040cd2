"""A day as a whole: minutes of a campaign, announcements, blasts that wait for a word, and what-if equals the plan."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from campaigns import settling
from campaigns.claiming import claim_next
from campaigns.loading import Store
from campaigns.models import (
    Campaign,
    CampaignStep,
    ContactPolicy,
    ContactTask,
    Decision,
    DecisionChange,
    HeldPlan,
    OutboxMessage,
)
from campaigns.outlook import outlook_of
from campaigns.previewing import what_if
from campaigns.ready_made import install
from campaigns.running import plan_store
from campaigns.tasks import sweep_planning
from customers.models import ContactPoint
from dealercrm.accounts.alarming import raise_alarms
from dealercrm.accounts.health import alarm_of
from dealercrm.accounts.models import Dealership, User
from lifecycle.models import Occasion, Standing
from tests.campaigns.building import customer_with_occasion
from tests.factories import make_customer, make_ownership, moment
from vehicles.models import Complaint, Refusal

AsUser = Callable[[User], Client]


@pytest.fixture
def store(north: Dealership) -> Dealership:
    install(north)
    return north


def night(store: Dealership, on: date, *, hour: int = 3) -> None:
    """The planning of a night as it runs: chunks, then the day as a whole."""
    now = moment(on, hour)
    run = plan_store(store, on=on, now=now, by_hand=True, clock=lambda: now)
    assert run is not None
    run.refresh_from_db()
    assert run.status == "done", run.error


def owner(store: Dealership, today: date, **person: Any) -> Any:
    ownership = make_ownership(make_customer(store, **person), store)
    Standing.objects.create(
        ownership=ownership, customer=ownership.customer, dealership=store, stage="retention", substage="due",
        why={"code": "stage.test", "params": {}}, since=today, facts_version=1, judged_on=today,
    )  # fmt: skip
    return ownership


def announcement(store: Dealership, by: User, at: datetime, channel: str = "email", **fields: Any) -> Campaign:
    made = Campaign.objects.create(
        dealership=store, code="moving", name_en="We move", name_ru="Переезд", kinds=["announcement"],
        holdout_share=0, is_active=False, **fields,
    )  # fmt: skip
    CampaignStep.objects.create(
        campaign=made, position=1, channel=channel, subject_en="We move", subject_ru="Мы переезжаем",
        text_en="Good day, {name}!", text_ru="Здравствуйте, {name}!",
    )  # fmt: skip
    made.start(by=by, at=at)
    return made


def policy(store: Dealership, **values: Any) -> None:
    ContactPolicy.of(store).change(values)


def by_email(store: Dealership, today: date, number: int) -> list[Any]:
    return [owner(store, today, email=f"{index}@example.ru") for index in range(number)]


# ---------------------------------------------------------------- minutes of a campaign


def test_the_most_valuable_calls_take_the_minutes_of_a_campaign_and_the_others_wait(
    store: Dealership, today: date
) -> None:
    Campaign.objects.filter(code="maintenance").update(minutes_a_day=8)  # two calls of four minutes
    found = [
        customer_with_occasion(store, today=today, occasion={"closes_on": today + timedelta(days=days)})
        for days in (40, 3, 20, 2)
    ]
    night(store, today)
    called = set(ContactTask.objects.filter(is_released=True).values_list("occasion", flat=True))
    assert called == {found[1].pk, found[3].pk}, "what closes first is worth most"
    waits = Decision.objects.get(occasion=found[0])
    assert (waits.verdict, waits.gate, waits.eligible_on) == ("wait", "campaign_minutes", today + timedelta(days=1))
    assert ContactTask.objects.count() == 2, "nobody has seen the others: their rows are gone"


def test_the_same_day_planned_again_gives_a_campaign_no_further_minutes(store: Dealership, today: date) -> None:
    Campaign.objects.filter(code="maintenance").update(minutes_a_day=8)
    for _number in range(5):
        customer_with_occasion(store, today=today)
    night(store, today)
    night(store, today, hour=11)
    assert ContactTask.objects.count() == 2
    journal = DecisionChange.objects.filter(gate="campaign_minutes").count()
    night(store, today + timedelta(days=1))
    assert ContactTask.objects.count() == 2, "the two of yesterday still stand on the list"
    assert DecisionChange.objects.filter(gate="campaign_minutes").count() == journal == 3, "no verdict has changed"


# ---------------------------------------------------------------- announcements


def test_an_announcement_tells_each_customer_once_within_the_same_budget(
    store: Dealership, boris: User, today: date
) -> None:
    told = owner(store, today, email="a@example.ru")
    second = make_ownership(told.customer, store)
    Standing.objects.create(
        ownership=second, customer=told.customer, dealership=store, stage="retention", substage="due",
        why={"code": "stage.test", "params": {}}, since=today, facts_version=1, judged_on=today,
    )  # fmt: skip
    silent = owner(store, today, email="b@example.ru", consents=False)
    announcement(store, boris, moment(today, 1))
    night(store, today)
    night(store, today + timedelta(days=1))
    assert list(Occasion.objects.filter(kind="announcement").values_list("customer", "cycle").order_by("customer")) == [
        (told.customer_id, "moving"),
        (silent.customer_id, "moving"),
    ]
    task = ContactTask.objects.get()
    assert (task.customer_id, task.purpose, task.is_released) == (told.customer_id, "marketing", True)
    assert OutboxMessage.objects.get().subject in {"We move", "Мы переезжаем"}
    assert Decision.objects.get(customer=silent.customer).gate == "no_consent"


def test_a_new_version_of_an_announcement_tells_nobody_twice(store: Dealership, boris: User, today: date) -> None:
    by_email(store, today, 2)
    first = announcement(store, boris, moment(today, 1))
    night(store, today)
    ContactTask.objects.update(status="done", closed_at=moment(today, 10))
    second = Campaign.objects.create(
        dealership=store, code="moving", version=2, name_en="We move!", name_ru="Переезд!", kinds=first.kinds,
        is_active=False, starts_on=today, holdout_share=0,
    )  # fmt: skip
    CampaignStep.objects.create(campaign=second, position=1, channel="email", text_en="Hi", text_ru="Да")
    second.start(by=boris, at=moment(today, 11))
    late = owner(store, today, email="late@example.ru")
    night(store, today + timedelta(days=1))
    assert ContactTask.objects.filter(step__campaign=second).get().customer_id == late.customer_id


def test_the_night_of_the_lifecycle_leaves_announcements_alone_and_their_time_ends(
    store: Dealership, boris: User, today: date
) -> None:
    from lifecycle.nights import start_night, work_on

    owner(store, today, email="a@example.ru")
    announcement(store, boris, moment(today, 1))
    night(store, today)
    run = start_night(store, on=today, now=moment(today, 4))
    assert run is not None
    work_on(run)
    assert Occasion.objects.get(kind="announcement").status == "open"
    night(store, today + timedelta(days=9))
    assert Occasion.objects.get(kind="announcement").status == "expired"


def test_a_stopped_announcement_that_is_started_again_reaches_whom_it_had_not_reached(
    store: Dealership, boris: User, today: date
) -> None:
    by_email(store, today, 2)
    campaign = announcement(store, boris, moment(today, 1))
    night(store, today)
    told = ContactTask.objects.earliest("pk")
    ContactTask.objects.filter(pk=told.pk).update(status="done", closed_at=moment(today, 9))
    campaign.stop(by=boris, at=moment(today, 10))
    assert not Occasion.objects.open().filter(kind="announcement").exists()
    campaign.start(by=boris, at=moment(today, 11))
    night(store, today + timedelta(days=1))
    open_ones = ContactTask.objects.filter(status="open")
    assert [task.customer_id for task in open_ones] != [told.customer_id]
    assert open_ones.count() == 1


# ---------------------------------------------------------------- the guard against a blast


def test_a_blast_waits_for_a_manager_and_goes_on_by_itself_after_the_word(
    store: Dealership, boris: User, today: date, as_user: AsUser
) -> None:
    policy(store, blast_floor=3, blast_share=0.05)
    by_email(store, today, 8)
    confirmation = customer_with_occasion(store, "appointment_confirmation", today=today)
    announcement(store, boris, moment(today, 1))
    night(store, today)
    assert not OutboxMessage.objects.exists(), "nothing of it is even written"
    assert set(ContactTask.objects.filter(is_released=True).values_list("occasion", flat=True)) == {confirmation.pk}
    held = HeldPlan.objects.get()
    assert (held.campaign_code, held.contacts, held.base, held.most) == ("moving", 8, 8, 3)
    browser = as_user(boris)
    with time_machine.travel(moment(today, 8), tick=False):
        sweep_planning()
        assert not OutboxMessage.objects.exists(), "no sweep lets it go"
        page = browser.get(reverse("campaigns")).content.decode()
        assert "would contact 8 of 8 customers today" in page
        browser.post(reverse("confirm-plan", args=[held.pk]))
        sweep_planning()
        sweep_planning()
    assert OutboxMessage.objects.count() == 8
    assert not ContactTask.objects.filter(is_released=False).exists()
    assert not HeldPlan.objects.waiting().exists()


def test_without_the_guard_everything_leaves(store: Dealership, boris: User, today: date) -> None:
    """The control: the same day with a share of one, or a floor above it."""
    policy(store, blast_floor=3, blast_share=1)
    by_email(store, today, 8)
    announcement(store, boris, moment(today, 1))
    night(store, today)
    assert OutboxMessage.objects.count() == 8
    assert not HeldPlan.objects.exists()


def test_many_small_campaigns_are_a_blast_together(store: Dealership, today: date) -> None:
    policy(store, blast_floor=3, blast_share=0)
    for number in range(2):
        Campaign.objects.create(
            dealership=store, code=f"c{number}", name_en="C", name_ru="К", rank=1, holdout_share=0,
            kinds=["birthday", "public_holiday"][number : number + 1],
        )  # fmt: skip
        CampaignStep.objects.create(
            campaign=Campaign.objects.get(code=f"c{number}"), position=1, channel="email", text_en="Hi", text_ru="Да"
        )
        for index in range(2):
            customer_with_occasion(
                store, ["birthday", "public_holiday"][number], today=today, email=f"{number}{index}@example.ru"
            )
    night(store, today)
    assert HeldPlan.objects.get().campaign_code == ""
    assert not OutboxMessage.objects.exists()


def test_a_day_in_two_parts_is_still_one_day(store: Dealership, boris: User, today: date) -> None:
    policy(store, blast_floor=3, blast_share=0)
    by_email(store, today, 3)
    announcement(store, boris, moment(today, 1))
    night(store, today)
    assert OutboxMessage.objects.count() == 3
    by_email(store, today, 1)
    night(store, today, hour=11)
    assert OutboxMessage.objects.count() == 3
    assert HeldPlan.objects.get().contacts == 4


def test_a_held_call_of_an_announcement_cannot_be_taken(
    store: Dealership, anna: User, boris: User, today: date
) -> None:
    policy(store, blast_floor=1, blast_share=0)
    by_email(store, today, 2)
    announcement(store, boris, moment(today, 1), channel="call")
    night(store, today)
    assert ContactTask.objects.count() == 2
    assert claim_next(anna, store, now=moment(today, 11)) is None
    held = HeldPlan.objects.get()
    held.confirm(by=boris, at=moment(today, 11))
    with time_machine.travel(moment(today, 11), tick=False):
        sweep_planning()
    assert claim_next(anna, store, now=moment(today, 11)) is not None


def test_a_held_day_is_told_loudly_to_managers_and_is_quiet_after_the_word(
    store: Dealership, boris: User, today: date
) -> None:
    boris.email = "boris@example.ru"
    boris.save()
    policy(store, blast_floor=1, blast_share=0)
    by_email(store, today, 4)
    announcement(store, boris, moment(today, 1))
    night(store, today)
    alarm = alarm_of([store], moment(today, 5))
    assert alarm is not None
    assert [night.held_back for night in alarm.nights] == [4]
    assert [one.reason for one in raise_alarms(moment(today, 5))] == ["held back"]
    assert mail.outbox[-1].to == ["boris@example.ru"]
    HeldPlan.objects.get().confirm(by=boris, at=moment(today, 8))
    with time_machine.travel(moment(today, 8), tick=False):
        sweep_planning()
    assert alarm_of([store], moment(today, 8)) is None


def test_what_a_death_left_behind_is_handed_out_by_the_next_sweep(
    store: Dealership, boris: User, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_email(store, today, 2)
    announcement(store, boris, moment(today, 1))

    def died(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(settling, "_hand_out", died)
        with pytest.raises(KeyboardInterrupt):
            night(store, today)
    assert not OutboxMessage.objects.exists(), "the control: it died before anything was handed out"
    with time_machine.travel(moment(today, 8), tick=False):
        sweep_planning()
    assert OutboxMessage.objects.count() == 2


def test_a_word_against_letters_between_the_plan_and_the_confirmation_is_heard(
    store: Dealership, boris: User, today: date
) -> None:
    policy(store, blast_floor=1, blast_share=0)
    people = by_email(store, today, 3)
    announcement(store, boris, moment(today, 1))
    night(store, today)
    ContactPoint.objects.get(customer=people[0].customer, kind="email").mark_invalid("bounced", at=moment(today, 7))
    HeldPlan.objects.get().confirm(by=boris, at=moment(today, 8))
    with time_machine.travel(moment(today, 8), tick=False):
        sweep_planning()
    assert OutboxMessage.objects.count() == 2
    assert ContactTask.objects.get(customer=people[0].customer).status == "cancelled"


# ---------------------------------------------------------------- what-if equals the plan


def random_day(store: Dealership, by: User, today: date, seed: int) -> None:
    """A small base in which most gates are shut for somebody, and something is on the list already."""
    draw = random.Random(seed)
    kinds = ("maintenance", "overdue_maintenance", "insurance_renewal", "birthday", "declined_work", "win_back",
             "courtesy_call", "service_feedback")  # fmt: skip
    for number in range(14):
        email = f"{seed}-{number}@example.ru" if draw.random() < 0.7 else None
        phone = "" if draw.random() < 0.85 else None
        ownership = owner(store, today, email=email, phone=phone, consents=draw.random() < 0.8)
        for kind in draw.sample(kinds, draw.choice((1, 1, 2))):
            from tests.campaigns.building import make_occasion

            make_occasion(
                ownership, kind, today=today, opens_on=today - timedelta(days=draw.randrange(9)),
                due_on=today + timedelta(days=draw.randrange(-3, 4)),
                closes_on=today + timedelta(days=draw.randrange(4, 40)),
            )  # fmt: skip
        if draw.random() < 0.15:
            Complaint.objects.create(
                dealership=store, customer=ownership.customer, ownership=ownership, opened_at=moment(today, 1), text="!"
            )
        if draw.random() < 0.15:
            Refusal.objects.create(
                customer=ownership.customer, dealership=store, topic="maintenance", at=moment(today, 1)
            )
    Campaign.objects.filter(code="overdue").update(minutes_a_day=draw.choice((4, 8)))
    policy(store, blast_floor=draw.choice((2, 50)), blast_share=0.05, class_share=draw.choice((0.05, 0.2)))
    if draw.random() < 0.6:
        announcement(store, by, moment(today, 1), channel=draw.choice(("email", "call")))


def as_planned(store: Dealership, on: date) -> tuple[Any, Any, Any]:
    rows = ContactTask.objects.filter(dealership=store, planned_on=on).select_related("occasion")
    tasks = {
        (task.occasion.ownership_id, task.kind, task.step_id, task.attempt, task.channel, task.priority)
        for task in rows
    }
    said = {
        (row.occasion.ownership_id, row.occasion.kind, row.step_id, row.verdict, row.gate)
        for row in Decision.objects.filter(dealership=store).select_related("occasion")
    }
    held = {(row.occasion.ownership_id, row.kind) for row in rows if not row.is_released}
    return tasks, said, held


@pytest.mark.parametrize("seed", range(8))
def test_what_if_of_one_day_equals_what_planning_does_that_day(
    seed: int, store: Dealership, boris: User, today: date
) -> None:
    random_day(store, boris, today, seed)
    for on in (today, today + timedelta(days=1)):
        now = moment(on, 3)
        before = (ContactTask.objects.count(), Decision.objects.count(), Occasion.objects.count())
        day = what_if(Store.load(store, now, today=on), now=now)
        assert before == (ContactTask.objects.count(), Decision.objects.count(), Occasion.objects.count())
        owned = {item.pk: item.ownership_id for item in Occasion.objects.all()}
        cars = owned | {task.occasion_id: task.ownership_id for task in day.tasks}
        beyond = {(item.occasion_id, item.step_id) for item in day.settled.rationed}
        foreseen_tasks = {
            (task.ownership_id, task.kind, task.step_id, task.attempt, task.channel, task.priority)
            for task in day.on_the_list
        }
        foreseen_verdicts = {
            (cars.get(item.occasion_id), item.step_id, *_verdict(item, beyond)) for item in day.decided
        }
        overtaken = {task.pk for task in day.overtaken}
        night(store, on)
        tasks, said, held = as_planned(store, on)
        assert foreseen_tasks == tasks
        verdicts = {(car, step, verdict, gate) for car, _kind, step, verdict, gate in said}
        assert {row for row in foreseen_verdicts if row[0] is not None} <= verdicts
        assert overtaken == set(ContactTask.objects.filter(closed_at=now).values_list("pk", flat=True))
        assert {(cars[item.occasion_id], item.kind) for item in day.settled.held if item.occasion_id in cars} >= held
        # Some of the day is done before the next one, so that its plan meets contacts and cadences under way.
        for task in ContactTask.objects.open().filter(is_released=True).order_by("pk")[::2]:
            ContactTask.objects.filter(pk=task.pk).update(
                status="done", outcome="no_answer" if task.channel == "call" else "", closed_at=moment(on, 12)
            )


def _verdict(item: Any, beyond: set[tuple[int, int]]) -> tuple[str, str]:
    if (item.occasion_id, item.step_id) in beyond:
        return "wait", "campaign_minutes"
    return item.ruling.verdict, item.ruling.gate


def test_a_what_if_that_forgets_a_fact_is_told_from_the_plan(store: Dealership, boris: User, today: date) -> None:
    """The control: a word that comes between the what-if and the plan makes them differ."""
    occasion = customer_with_occasion(store, today=today)
    day = what_if(Store.load(store, moment(today, 3)), now=moment(today, 3))
    Refusal.objects.create(customer=occasion.customer, dealership=store, topic="maintenance", at=moment(today, 3))
    night(store, today)
    foreseen = {task.occasion_id for task in day.on_the_list}
    assert foreseen == {occasion.pk}
    assert set(ContactTask.objects.values_list("occasion", flat=True)) != foreseen


def test_the_command_says_what_planning_would_do_and_writes_nothing(
    store: Dealership, today: date, capsys: pytest.CaptureFixture[str]
) -> None:
    customer_with_occasion(store, today=today)
    call_command("plan_contacts", date=today, dealership="north", what_if=True)
    assert f"north {today}, what if: contact 1, planned 1" in capsys.readouterr().out
    assert not ContactTask.objects.exists()


# ---------------------------------------------------------------- before a campaign is started


def test_the_outlook_of_a_draft_counts_whom_it_would_take_and_writes_nothing(
    store: Dealership, boris: User, today: date
) -> None:
    now = moment(today, 11)
    for number in range(6):
        customer_with_occasion(store, "component_wear", today=today, phone="" if number else None)
    customer_with_occasion(store, "component_wear", today=today, occasion={
        "due_on": today + timedelta(days=5), "opens_on": today + timedelta(days=2)})  # fmt: skip
    draft = Campaign.objects.create(
        dealership=store, code="pads", name_en="Pads", name_ru="Колодки", kinds=["component_wear"], rank=1,
        is_active=False, minutes_a_day=16, holdout_share=0,
    )  # fmt: skip
    CampaignStep.objects.create(campaign=draft, position=1, channel="call", text_en="Hi", text_ru="Да")
    policy(store, global_holdout_share=0)
    outlook = outlook_of(draft, Store.load(store, now), now=now)
    assert (outlook.concerned, outlook.calls, outlook.beyond_minutes, outlook.messages) == (6, 4, 1, 0)
    assert outlook.blocked == [("no_contact_point", 1)]
    assert outlook.minutes == 16
    assert [day.calls for day in outlook.days[:7]] == [4, 1, 0, 0, 0, 1, 0]
    assert not ContactTask.objects.exists()
    assert not Decision.objects.exists()


def test_the_outlook_of_an_announcement_without_a_day_is_that_of_today_and_says_that_it_needs_a_word(
    store: Dealership, boris: User, today: date
) -> None:
    now = moment(today, 11)
    policy(store, blast_floor=3, blast_share=0, global_holdout_share=0)
    by_email(store, today, 5)
    owner(store, today, phone=None)
    draft = announcement(store, boris, now)
    Campaign.objects.filter(pk=draft.pk).update(is_active=False, starts_on=None)
    draft.refresh_from_db()
    outlook = outlook_of(draft, Store.load(store, now), now=now)
    assert (outlook.concerned, outlook.messages, outlook.calls) == (6, 5, 0)
    assert outlook.needs_word
    assert outlook.blocked == [("no_contact_point", 1)]
    assert [day.messages for day in outlook.days[:3]] == [5, 0, 0]
    draft.refresh_from_db()
    assert draft.starts_on is None
    assert not Occasion.objects.exists()


def test_a_large_base_is_counted_on_a_sample_and_says_so(
    store: Dealership, today: date, monkeypatch: pytest.MonkeyPatch, as_user: AsUser, boris: User
) -> None:
    from campaigns import outlook as module

    monkeypatch.setattr(module, "MOST_TODAY", 5)
    monkeypatch.setattr(module, "MOST_AHEAD", 5)
    Campaign.objects.update(holdout_share=0)
    policy(store, global_holdout_share=0)
    for _number in range(20):
        customer_with_occasion(store, today=today)
    with time_machine.travel(moment(today, 11), tick=False):
        page = as_user(boris).get(reverse("campaign-outlook", args=["maintenance"])).content.decode()
    assert "Today is counted on 5 of 20 customers and scaled." in page
    assert "20 calls" in page
    assert "every call is made on its day and nobody answers" in page
