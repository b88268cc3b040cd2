"""The frame of every page: who may come in, which store and language, and where the switches lead."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Dealership, Membership, Role, User
from dealercrm.urls import urlpatterns as product_urls
from tests.factories import PASSWORD, make_user

AsUser = Callable[[User], Client]


@role_required(Role.OPERATOR)
def where(request: StoreRequest) -> HttpResponse:
    return HttpResponse(f"{request.store.name} {request.role} {request.LANGUAGE_CODE}")


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the page is broken")


urlpatterns = [*product_urls, path("where/", where), path("broken/", broken)]
here = override_settings(ROOT_URLCONF=__name__)


def test_a_stranger_is_asked_to_sign_in_and_comes_back(client: Client, db: None) -> None:
    with here:
        response = client.get("/where/")
    assert response.status_code == 302
    assert response["Location"] == "/login/?next=/where/"


def test_a_fragment_sends_the_whole_page_to_sign_in(client: Client, db: None) -> None:
    with here:
        response = client.get("/where/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/today/"})
    assert response["HX-Redirect"] == "/login/?next=/today/"


def test_an_operator_works_at_her_store(anna: User, as_user: AsUser) -> None:
    with here:
        assert as_user(anna).get("/where/").content == b"North operator en"


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMINISTRATOR, Role.INTEGRATION])
def test_another_role_is_refused(role: str, north: Dealership, as_user: AsUser) -> None:
    with here:
        assert as_user(make_user("x", role, north)).get("/where/").status_code == 403


def test_a_role_at_one_store_opens_nothing_at_another(
    north: Dealership, south: Dealership, anna: User, as_user: AsUser
) -> None:
    Membership.objects.create(user=anna, dealership=south, role=Role.MANAGER)
    browser = as_user(anna)
    with here:
        assert browser.get("/where/").status_code == 200
        browser.post("/store/", {"store": south.pk})
        assert browser.get("/where/").status_code == 403


def test_a_store_of_others_cannot_be_switched_to(south: Dealership, anna: User, as_user: AsUser) -> None:
    browser = as_user(anna)
    assert browser.post("/store/", {"store": south.pk}).status_code == 404
    with here:
        assert browser.get("/where/").content.startswith(b"North")


def test_a_closed_store_is_left(north: Dealership, anna: User, as_user: AsUser) -> None:
    north.is_active = False
    north.save()
    with here:
        assert as_user(anna).get("/where/").status_code == 403


def test_the_users_language_wins_over_the_browsers(anna: User, as_user: AsUser) -> None:
    browser = as_user(anna)
    with here:
        assert browser.get("/where/", headers={"Accept-Language": "ru"}).content.endswith(b"ru")
        browser.post("/language/", {"language": "en", "next": "/where/"})
        assert browser.get("/where/", headers={"Accept-Language": "ru"}).content.endswith(b"en")


@pytest.mark.parametrize("address", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", ""])
def test_the_language_switch_leads_to_no_other_host(address: str, client: Client, db: None) -> None:
    assert client.post("/language/", {"language": "ru", "next": address})["Location"] == "/"


def test_signing_in_leads_to_no_other_host(anna: User, client: Client) -> None:
    response = client.post(
        "/login/?next=https://elsewhere.example/",
        {"login": "anna", "password": PASSWORD, "next": "https://elsewhere.example/"},
    )
    assert response["Location"] == "/"


def test_a_role_without_pages_is_told_so(dms: User, as_user: AsUser) -> None:
    response = as_user(dms).get("/")
    assert response.status_code == 403
    assert "belongs to another system" in response.content.decode()


def test_a_missing_page_is_a_page_too(client: Client, db: None) -> None:
    response = client.get("/no-such-page/", headers={"Accept-Language": "ru"})
    assert response.status_code == 404
    assert 'lang="ru"' in response.content.decode()


def test_a_broken_page_says_so_without_a_database(client: Client, db: None) -> None:
    client.raise_request_exception = False
    with here:
        response = client.get("/broken/")
    assert response.status_code == 500
    assert "Something broke on our side" in response.content.decode()


def test_a_post_without_the_token_is_explained(db: None) -> None:
    response = Client(enforce_csrf_checks=True).post("/language/", {"language": "ru"})
    assert response.status_code == 403
    assert "open for too long" in response.content.decode()
