"""What an administrator does with people, stores and tokens, and where the right ends: at the own stores."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from dealercrm.accounts.models import AccessLog, Dealership, JobRun, Membership, Role, User
from tests.factories import make_user

AsUser = Callable[[User], Client]


def person(store: Dealership, **fields: Any) -> dict[str, Any]:
    return {"username": "dora", "first_name": "Dora", "is_active": "on", f"role_{store.pk}": Role.OPERATOR, **fields}


def page(response: Any) -> str:
    return str(response.content.decode())


def test_a_new_colleague_gets_a_role_and_no_password(vera: User, north: Dealership, as_user: AsUser) -> None:
    as_user(vera).post("/users/new/", person(north))
    dora = User.objects.get(username="dora")
    assert dora.role_at(north) == Role.OPERATOR
    assert not dora.has_usable_password()


def test_the_link_opens_the_account_and_nobody_else_knows_the_password(
    vera: User, north: Dealership, as_user: AsUser
) -> None:
    browser = as_user(vera)
    browser.post("/users/new/", person(north))
    dora = User.objects.get(username="dora")
    shown = browser.post(f"/users/{dora.pk}/password-link/")
    assert shown["Cache-Control"] == "no-store"
    link = re.findall(r'<code id="link">http://testserver(.*?)</code>', page(shown))[0]
    hers = Client()
    form_url = hers.get(link, follow=True).redirect_chain[-1][0]
    hers.post(form_url, {"new_password1": "quiet-harbour-77", "new_password2": "quiet-harbour-77"})
    hers.post("/login/", {"login": "dora", "password": "quiet-harbour-77"})
    assert hers.get("/password/").status_code == 200


def test_an_account_without_a_role_is_not_made(vera: User, north: Dealership, as_user: AsUser) -> None:
    response = as_user(vera).post("/users/new/", person(north, **{f"role_{north.pk}": ""}))
    assert response.status_code == 422
    assert not User.objects.filter(username="dora").exists()


def test_a_taken_name_is_told_at_the_field(vera: User, anna: User, north: Dealership, as_user: AsUser) -> None:
    response = as_user(vera).post("/users/new/", person(north, username="ANNA".lower()))
    assert response.status_code == 422
    assert 'id="id_username_error"' in page(response)


def test_people_of_other_stores_are_neither_listed_nor_opened(vera: User, clara: User, as_user: AsUser) -> None:
    browser = as_user(vera)
    assert "clara" not in page(browser.get("/users/"))
    assert browser.get(f"/users/{clara.pk}/").status_code == 404
    assert browser.post(f"/users/{clara.pk}/password-link/").status_code == 404


def test_a_role_at_a_store_of_others_cannot_be_given(
    vera: User, anna: User, north: Dealership, south: Dealership, as_user: AsUser
) -> None:
    as_user(vera).post(f"/users/{anna.pk}/", person(north, username="anna", **{f"role_{south.pk}": Role.ADMINISTRATOR}))
    assert not Membership.objects.filter(user=anna, dealership=south).exists()


def test_a_role_elsewhere_survives_a_change_here(
    vera: User, anna: User, north: Dealership, south: Dealership, as_user: AsUser
) -> None:
    Membership.objects.create(user=anna, dealership=south, role=Role.MANAGER)
    as_user(vera).post(f"/users/{anna.pk}/", person(north, **{f"role_{north.pk}": ""}))
    assert User.objects.get(pk=anna.pk).roles_by_dealership == {south.pk: Role.MANAGER}


@pytest.mark.parametrize("why", ["works elsewhere", "group manager", "superuser"])
def test_who_has_rights_elsewhere_cannot_be_taken_over_or_closed(
    why: str, vera: User, boris: User, north: Dealership, south: Dealership, as_user: AsUser
) -> None:
    if why == "works elsewhere":
        Membership.objects.create(user=boris, dealership=south, role=Role.MANAGER)
    boris.is_group_manager = why == "group manager"
    boris.is_superuser = why == "superuser"
    boris.save()
    browser = as_user(vera)
    assert browser.post(f"/users/{boris.pk}/password-link/").status_code == 403
    browser.post(f"/users/{boris.pk}/", {f"role_{north.pk}": Role.MANAGER})  # is_active not sent: unchecked
    boris.refresh_from_db()
    assert boris.is_active


def test_a_colleague_who_leaves_is_closed_and_stays_on_record(
    vera: User, anna: User, north: Dealership, as_user: AsUser
) -> None:
    as_user(vera).post(f"/users/{anna.pk}/", {"username": "anna", f"role_{north.pk}": Role.OPERATOR})
    anna.refresh_from_db()
    assert not anna.is_active


def test_an_administrator_does_not_lock_herself_out(vera: User, north: Dealership, as_user: AsUser) -> None:
    response = as_user(vera).post(f"/users/{vera.pk}/", person(north, username="vera"))
    assert response.status_code == 422
    assert User.objects.get(pk=vera.pk).role_at(north) == Role.ADMINISTRATOR


def test_a_store_is_edited_and_keeps_its_code(vera: User, north: Dealership, as_user: AsUser) -> None:
    form = {
        "code": "other",
        "name": "North Star",
        "city": "Казань",
        "time_zone": "Asia/Omsk",
        "currency": "kzt",
        "country": "kz",
    }
    assert as_user(vera).post("/stores/north/", form).status_code == 302
    north.refresh_from_db()
    assert (north.code, north.name, north.time_zone, north.currency) == ("north", "North Star", "Asia/Omsk", "KZT")


def test_the_list_of_stores_counts_all_their_people(
    vera: User, anna: User, boris: User, clara: User, as_user: AsUser
) -> None:
    shown = page(as_user(vera).get("/stores/"))
    assert re.findall(r'data-label="People"><a[^>]*>(\d+)</a>', shown) == ["3"]


def test_a_store_of_others_is_not_found(vera: User, south: Dealership, as_user: AsUser) -> None:
    assert as_user(vera).get("/stores/south/").status_code == 404


def test_only_a_superuser_opens_a_store(vera: User, as_user: AsUser, db: None) -> None:
    form = {"code": "west", "name": "West", "time_zone": "Europe/Moscow", "currency": "RUB", "country": "RU"}
    assert as_user(vera).post("/stores/new/", form).status_code == 403
    root = User.objects.create_superuser("root", password="x")
    assert as_user(root).post("/stores/new/", form).status_code == 302
    assert Dealership.objects.filter(code="west").exists()


def test_the_first_superuser_is_led_to_the_first_store(as_user: AsUser, db: None) -> None:
    root = User.objects.create_superuser("root", password="x")
    assert as_user(root).get("/")["Location"] == "/stores/new/"


def test_a_token_is_shown_once_works_and_is_revoked(vera: User, dms: User, as_user: AsUser) -> None:
    browser = as_user(vera)
    shown = browser.post("/tokens/", {"user": dms.pk, "days": 30})
    secret = re.findall(r'<code id="secret">(.*?)</code>', page(shown))[0]
    assert secret not in page(browser.get("/tokens/"))
    asks = {"Authorization": f"Token {secret}"}
    assert Client().get("/api/v1/customers/", headers=asks).status_code == 200
    browser.post(f"/tokens/{AuthToken.objects.get().digest}/revocation/")
    assert Client().get("/api/v1/customers/", headers=asks).status_code == 401


def test_tokens_are_made_for_integrations_of_the_own_stores_only(
    vera: User, anna: User, dms: User, south: Dealership, as_user: AsUser
) -> None:
    browser = as_user(vera)
    theirs = make_user("southdms", Role.INTEGRATION, south)
    both = make_user("both", Role.INTEGRATION, south, *[m.dealership for m in dms.memberships.all()])
    for user in (anna, theirs, both, vera):
        assert browser.post("/tokens/", {"user": user.pk, "days": 30}).status_code == 422
    token, _secret = AuthToken.objects.create(user=theirs)
    assert browser.post(f"/tokens/{token.digest}/revocation/").status_code == 404


def run(store: Dealership, **fields: Any) -> JobRun:
    now = timezone.now()
    defaults: dict[str, Any] = {
        "job": "lifecycle",
        "logical_on": store.today(now),
        "status": "done",
        "started_at": now - timedelta(seconds=41),
        "finished_at": now,
    }
    return JobRun.objects.create(dealership=store, **(defaults | fields))


def test_a_failed_night_is_loud(vera: User, north: Dealership, as_user: AsUser) -> None:
    run(north, status="failed", error="RuntimeError: chunk 7")
    shown = page(as_user(vera).get("/health/"))
    assert "failed" in shown
    assert "chunk 7" in shown


def test_a_missed_night_is_late_and_a_done_one_is_not(vera: User, north: Dealership, as_user: AsUser) -> None:
    browser = as_user(vera)
    old = run(north, logical_on=north.today(timezone.now()) - timedelta(days=2))
    assert "clock-alert" in page(browser.get("/health/")) or "late" in page(browser.get("/health/"))
    old.logical_on = north.today(timezone.now())
    old.save()
    run(north, job="plan_contacts")
    assert "Every night is as it should be." in page(browser.get("/health/"))


def test_nights_of_other_stores_are_not_shown(
    vera: User, north: Dealership, south: Dealership, as_user: AsUser
) -> None:
    run(south, status="failed", error="southern trouble")
    assert "southern trouble" not in page(as_user(vera).get("/health/"))


def test_the_audit_shows_the_own_store_and_narrows(
    vera: User, anna: User, clara: User, north: Dealership, south: Dealership, as_user: AsUser
) -> None:
    at = timezone.now()
    for user, store, number in ((anna, north, 4711), (vera, north, 4712), (clara, south, 4713)):
        AccessLog.objects.create(
            user=user, dealership=store, at=at, action="view", subject="customer", object_id=number
        )
    browser = as_user(vera)
    shown = page(browser.get("/audit/"))
    assert "#4711" in shown
    assert "#4712" in shown
    assert "#4713" not in shown
    narrowed = page(browser.get("/audit/", {"by": anna.pk}))
    assert "#4711" in narrowed
    assert "#4712" not in narrowed
    assert "#4711" not in page(browser.get("/audit/", {"until": (at - timedelta(days=2)).date().isoformat()}))


def test_the_audit_pages_without_losing_a_row(vera: User, north: Dealership, as_user: AsUser) -> None:
    at = timezone.now()
    AccessLog.objects.bulk_create(
        [
            AccessLog(user=vera, dealership=north, at=at, action="view", subject="customer", object_id=n)
            for n in range(1, 151)
        ]
    )
    browser = as_user(vera)
    first = page(browser.get("/audit/"))
    older = re.findall(r'href="\?([^"]*before=\d+)"', first)[0]
    second = page(browser.get(f"/audit/?{older}"))
    assert len(set(re.findall(r"#(\d+)<", first + second))) == 150
