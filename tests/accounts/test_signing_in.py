"""The door: guessing is slowed down, closed accounts stay out, links work once, a second factor counts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client, RequestFactory

from dealercrm.accounts.models import Dealership, User
from dealercrm.accounts.views.passwords import password_link
from tests.factories import PASSWORD

AsUser = Callable[[User], Client]


def sign_in(client: Client, password: str = PASSWORD, **more: Any) -> Any:
    return client.post("/login/", {"login": "anna", "password": password}, **more)


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_the_right_password_opens(anna: User, client: Client) -> None:
    assert sign_in(client).status_code == 302
    assert is_signed_in(client)


def test_a_wrong_password_does_not_tell_which_part_was_wrong(anna: User, client: Client) -> None:
    wrong_password = sign_in(client, "wrong").content.decode()
    wrong_name = client.post("/login/", {"login": "nobody", "password": "wrong"}).content.decode()
    errors = [re.findall(r'role="alert">.*?<div>(.*?)</div>', page, re.S) for page in (wrong_password, wrong_name)]
    assert errors[0] == errors[1] != []


def test_guessing_is_slowed_down_even_for_who_finds_the_password(anna: User, client: Client) -> None:
    for guess in range(5):
        sign_in(client, f"guess-{guess}")
    assert sign_in(client).status_code == 200
    assert not is_signed_in(client)


def test_the_brake_is_per_account(anna: User, boris: User, client: Client) -> None:
    for guess in range(6):
        sign_in(client, f"guess-{guess}")
    client.post("/login/", {"login": "boris", "password": PASSWORD})
    assert is_signed_in(client)


def test_a_closed_account_stays_out(anna: User, client: Client) -> None:
    anna.is_active = False
    anna.save()
    sign_in(client)
    assert not is_signed_in(client)


def test_closing_an_account_ends_its_sessions(anna: User, as_user: AsUser) -> None:
    browser = as_user(anna)
    anna.is_active = False
    anna.save()
    assert browser.get("/password/")["Location"].startswith("/login/")


def test_signing_out_needs_a_press_and_ends_the_session(anna: User, as_user: AsUser) -> None:
    browser = as_user(anna)
    assert browser.get("/logout/").status_code == 200
    browser.post("/logout/")
    assert not is_signed_in(browser)


def test_a_password_is_changed_with_the_old_one_and_ends_other_sessions(anna: User, as_user: AsUser) -> None:
    browser, other = as_user(anna), as_user(anna)
    new = {"password1": "quiet-harbour-77", "password2": "quiet-harbour-77"}
    browser.post("/password/", {"oldpassword": "wrong", **new})
    anna.refresh_from_db()
    assert anna.check_password(PASSWORD)
    browser.post("/password/", {"oldpassword": PASSWORD, **new})
    anna.refresh_from_db()
    assert anna.check_password("quiet-harbour-77")
    assert browser.get("/password/").status_code == 200
    assert other.get("/password/").status_code == 302


@pytest.mark.parametrize("weak", ["short", "1234567890", "password123"])
def test_a_weak_password_is_refused(weak: str, anna: User, as_user: AsUser) -> None:
    as_user(anna).post("/password/", {"oldpassword": PASSWORD, "password1": weak, "password2": weak})
    anna.refresh_from_db()
    assert anna.check_password(PASSWORD)


def test_nobody_signs_up_by_themselves(client: Client, db: None) -> None:
    assert client.get("/signup/").status_code == 404


def test_the_support_admin_has_no_door_of_its_own(anna: User, client: Client) -> None:
    anna.is_superuser = anna.is_staff = True
    anna.save()
    response = client.post("/admin/login/?next=/admin/", {"username": "anna", "password": PASSWORD})
    assert response["Location"].startswith("/login/")
    assert not is_signed_in(client)


def test_a_password_link_works_once(anna: User, client: Client, rf: RequestFactory) -> None:
    link = password_link(rf.get("/"), anna)
    form = client.get(link, follow=True)
    assert form.redirect_chain[-1][0].endswith("/set-password/"), "the token leaves the address bar"
    new = {"new_password1": "quiet-harbour-77", "new_password2": "quiet-harbour-77"}
    client.post(form.redirect_chain[-1][0], new)
    anna.refresh_from_db()
    assert anna.check_password("quiet-harbour-77")
    assert "used or is too old" in Client().get(link, follow=True).content.decode()


def test_a_password_link_of_one_user_is_none_of_another(anna: User, boris: User, rf: RequestFactory) -> None:
    token = password_link(rf.get("/"), anna).rstrip("/").rsplit("/", 1)[1]
    link = re.sub(r"[^/]+/$", f"{token}/", password_link(rf.get("/"), boris))
    assert "used or is too old" in Client().get(link, follow=True).content.decode()


def test_the_second_factor_is_asked_for_and_lies_encrypted(anna: User, client: Client, north: Dealership) -> None:
    sign_in(client)
    assert "Is it you?" in client.get("/second-factor/totp/activate/", follow=True).content.decode()
    client.post("/reauthenticate/", {"password": PASSWORD})
    page = client.get("/second-factor/totp/activate/").content.decode()
    secret = re.findall(r"<code>([A-Z2-7]{16,})</code>", page)[0]
    client.post("/second-factor/totp/activate/", {"code": code_of(secret)})
    stored = Authenticator.objects.get(user=anna, type="totp").data["secret"]
    assert secret not in stored

    again = Client()
    assert sign_in(again)["Location"] == "/second-factor/authenticate/"
    assert not is_signed_in(again)
    again.post("/second-factor/authenticate/", {"code": "000000"})
    assert not is_signed_in(again)
    for page_url in ("/second-factor/", "/second-factor/recovery-codes/", "/second-factor/recovery-codes/generate/"):
        assert client.get(page_url).status_code == 200
    recovery = re.findall(r"<code>(\w+)</code>", client.get("/second-factor/recovery-codes/").content.decode())
    again.post("/second-factor/authenticate/", {"code": recovery[0]})
    assert is_signed_in(again)


def code_of(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))
