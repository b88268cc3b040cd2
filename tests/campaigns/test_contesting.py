"""Decisions that somebody contests, and the margin that missing data cost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.contesting import NotContestableError, contest
from campaigns.models import Contest, Decision
from customers.erasing import erase
from dealercrm.accounts.models import Dealership, User
from tests.campaigns.building import customer_with_occasion, plan
from tests.factories import make_visit
from vehicles.models import RepairOrder

AsUser = Callable[[User], Client]
JSON = "application/json"


@pytest.fixture
def refused(north: Dealership, today: date, now: datetime, time_machine_at: Callable[[str], None]) -> Decision:
    """No phone: nobody calls Sidorov about his maintenance."""
    time_machine_at(now.isoformat())
    occasion = customer_with_occasion(north, today=today, phone=None, name="Сидоров Иван Иванович")
    make_visit(occasion.ownership, today - timedelta(days=300), km=20000)
    RepairOrder.objects.update(advisor="Иванов")
    plan(north, now)
    return Decision.objects.get(occasion=occasion, step__position=1)


def words(browser: Client, name: str, *args: int, **query: str) -> str:
    return browser.get(reverse(name, args=args), query).content.decode()


def test_an_operator_contests_a_decision_and_reads_the_managers_answer(
    refused: Decision, anna: User, boris: User, as_user: AsUser
) -> None:
    desk = as_user(anna)
    address = refused.occasion.ownership_id
    assert "I know better" in words(desk, "ownership-contacts", address)
    desk.post(reverse("contest-decision", args=[refused.pk]), {"text": "His phone stands in the paper file"})
    said = words(desk, "ownership-contacts", address)
    assert "His phone stands in the paper file" in said
    assert "I know better" not in said, "one is enough until it is answered"
    office = as_user(boris)
    assert "1 contested by the staff" in words(office, "not-contacted")
    assert "His phone stands in the paper file" in words(office, "not-contacted", contested="1")
    one = Contest.objects.get()
    office.post(reverse("answer-contest", args=[one.pk]), {"answer": "Added the phone", "is_upheld": "1"})
    one.refresh_from_db()
    assert one.is_upheld is True
    assert one.answered_by == boris
    assert "Added the phone" in words(desk, "ownership-contacts", address)
    assert "contested by the staff" not in words(office, "not-contacted")


def test_a_contest_without_a_reason_and_an_answer_without_one_are_refused_in_words(
    refused: Decision, anna: User, boris: User, as_user: AsUser, now: datetime
) -> None:
    page = as_user(anna).post(reverse("contest-decision", args=[refused.pk]), {"text": "  "}, follow=True)
    assert "Say what is wrong with the decision" in page.content.decode()
    assert not Contest.objects.exists()
    found = contest(refused, "He called us", by=anna, at=now)
    assert found is not None
    page = as_user(boris).post(reverse("answer-contest", args=[found.pk]), {"is_upheld": "0"}, follow=True)
    assert "Say why, or what was mended" in page.content.decode()
    found.refresh_from_db()
    assert found.answered_at is None


def test_operators_do_not_answer_and_outsiders_find_nothing(
    refused: Decision, anna: User, clara: User, as_user: AsUser, now: datetime
) -> None:
    found = contest(refused, "He called us", by=anna, at=now)
    assert found is not None
    assert as_user(anna).post(reverse("answer-contest", args=[found.pk]), {"answer": "x"}).status_code == 403
    assert as_user(clara).post(reverse("contest-decision", args=[refused.pk]), {"text": "x"}).status_code == 404


def test_a_decision_is_contested_once_until_it_is_answered(
    refused: Decision, anna: User, boris: User, now: datetime
) -> None:
    first = contest(refused, "He called us", by=anna, at=now)
    assert first is not None
    with pytest.raises(NotContestableError) as again:
        contest(refused, "Me too", by=boris, at=now)
    assert again.value.why.code == "contest.open_already"
    with pytest.raises(IntegrityError), transaction.atomic():  # the control: without the question the database refuses
        Contest.objects.create(
            decision=refused,
            customer=refused.customer,
            dealership=refused.dealership,
            gate="x",
            text="y",
            by=anna,
            at=now,
        )
    assert first.settle(is_upheld=False, answer="It is the landline of his office", by=boris, at=now)
    assert not first.settle(is_upheld=True, answer="Too late", by=anna, at=now)
    assert contest(refused, "It is not", by=anna, at=now) is not None


def test_who_is_contacted_by_now_is_contested_no_more(refused: Decision, anna: User, now: datetime) -> None:
    Decision.objects.filter(pk=refused.pk).update(verdict="contact", gate="")
    with pytest.raises(NotContestableError) as too_late:
        contest(refused, "He called us", by=anna, at=now)
    assert too_late.value.why.code == "contest.contacted"


def test_a_control_group_is_not_contested_and_the_answer_says_why(
    refused: Decision, anna: User, as_user: AsUser, now: datetime
) -> None:
    desk, address = as_user(anna), reverse("contest-decision", args=[refused.pk])
    assert "I know better" in words(desk, "ownership-contacts", refused.occasion.ownership_id), "the control"
    Decision.objects.filter(pk=refused.pk).update(gate="holdout", verdict="never")
    refused.changes.update(gate="holdout", verdict="never")
    assert "I know better" not in words(desk, "ownership-contacts", refused.occasion.ownership_id)
    assert "would spoil the comparison" in desk.post(address, {"text": "He waits"}, follow=True).content.decode()
    answer = desk.post(f"/api/v1/decisions/{refused.pk}/contests/", {"text": "He waits"}, content_type=JSON)
    assert answer.status_code == 409
    assert "would spoil the comparison" in answer.json()["detail"]
    assert not Contest.objects.exists()


def test_a_program_contests_a_decision(refused: Decision, anna: User, clara: User, as_user: AsUser) -> None:
    address = f"/api/v1/decisions/{refused.pk}/contests/"
    made = as_user(anna).post(address, {"text": "His phone is in the file"}, content_type=JSON)
    assert (made.status_code, made.json()["by"], made.json()["gate"]) == (201, "anna", "no_contact_point")
    assert as_user(anna).post(address, {"text": ""}, content_type=JSON).status_code == 400
    assert as_user(clara).post(address, {"text": "x"}, content_type=JSON).status_code == 404


def test_an_erasure_empties_what_was_said(refused: Decision, anna: User, boris: User, now: datetime) -> None:
    found = contest(refused, "Sidorov moved to his daughter", by=anna, at=now)
    assert found is not None
    erase(refused.customer, by=boris, store=refused.dealership, now=now)
    found.refresh_from_db()
    assert found.text == ""


def test_missing_data_are_counted_in_margin_by_field_and_by_who_could_have_asked(
    refused: Decision, north: Dealership, boris: User, as_user: AsUser, today: date, now: datetime
) -> None:
    customer_with_occasion(north, "insurance_renewal", today=today, consents=False, name="Петров Пётр Петрович")
    plan(north, now)
    office = as_user(boris)
    with CaptureQueriesContext(connection) as queries:
        panel = " ".join(words(office, "not-contacted-lacking").split())
    expected = round(Decimal("0.42") * 1750) + round(Decimal("0.42") * 900)
    assert f"Missing data cost {expected:,}".replace(",", " ") in panel.replace("\u00a0", " ").replace(",", " ")
    assert "a phone" in panel
    assert "a word about consent" in panel
    assert "Иванов" in panel
    assert "nobody is named, or no visit yet" in panel
    assert len(queries) <= 6, "\n".join(query["sql"][:120] for query in queries)


def test_who_said_no_lacks_nothing(north: Dealership, boris: User, as_user: AsUser, today: date, now: datetime) -> None:
    occasion = customer_with_occasion(north, "insurance_renewal", today=today, name="Петров Пётр Петрович")
    occasion.customer.withdraw_consent(at=now, source="call", dealership=north, by=boris)
    plan(north, now)
    assert Decision.objects.filter(gate="no_consent").exists()
    assert "Missing data" not in words(as_user(boris), "not-contacted-lacking")
