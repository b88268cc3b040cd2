"""The page of one customer: who sees it, what may be changed in place, and what is left of it after a merge."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.models import ContactPoint, Customer
from dealercrm.accounts.models import AccessLog, Dealership, User
from tests.factories import make_customer, make_ownership, make_user

AsUser = Callable[[User], Client]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def ivan(north: Dealership) -> Customer:
    return make_customer(
        north, name="Иванов Алексей Сергеевич", phone="+79123456789", email="ivanov@post.test", city="Уфа"
    )


def page(customer: Customer) -> str:
    return reverse("customer", args=[customer.pk])


def test_an_operator_reads_who_it_is_how_to_say_it_and_what_they_allow(
    ivan: Customer, anna: User, as_user: AsUser
) -> None:
    text = as_user(anna).get(page(ivan)).text
    assert "Иванов Алексей Сергеевич" in text
    assert "Алексей Сергеевич”" in text
    assert 'href="tel:+79123456789"' in text
    assert "Marketing allowed" in text
    assert "in Уфа" in text


def test_the_hour_shown_is_the_one_where_the_customer_lives(
    ivan: Customer, anna: User, as_user: AsUser, time_machine_at: Callable[[str], None]
) -> None:
    time_machine_at("2026-03-16T09:42:00+03:00")
    assert "It is 11:42 there" in as_user(anna).get(page(ivan)).text


@pytest.mark.parametrize(
    "name", ["customer", "customer-edit", "customer-cars", "customer-timeline", "customer-contact-points"]
)
def test_a_customer_of_another_store_is_not_there(name: str, ivan: Customer, clara: User, as_user: AsUser) -> None:
    browser = as_user(clara)
    address = reverse(name, args=[ivan.pk])
    response = browser.post(address) if name == "customer-contact-points" else browser.get(address)
    assert response.status_code == 404


def test_a_contact_point_of_another_store_cannot_be_marked(ivan: Customer, clara: User, as_user: AsUser) -> None:
    point = ivan.contact_points.get(kind="phone")
    response = as_user(clara).post(reverse("contact-point", args=[point.pk]), {"mark": "wrong_number"})
    assert response.status_code == 404
    point.refresh_from_db()
    assert point.is_usable


def test_an_integration_user_reads_over_the_api_and_not_here(ivan: Customer, dms: User, as_user: AsUser) -> None:
    assert as_user(dms).get(page(ivan)).status_code == 403


def test_opening_a_customer_is_written_down_without_a_name(ivan: Customer, anna: User, as_user: AsUser) -> None:
    as_user(anna).get(page(ivan))
    entry = AccessLog.objects.get()
    assert (entry.user, entry.action, entry.subject, entry.object_id) == (anna, "view", "customer", ivan.pk)


def test_a_merged_customer_leads_to_the_one_that_was_kept(
    ivan: Customer, north: Dealership, anna: User, as_user: AsUser
) -> None:
    twin, older_twin = make_customer(north), make_customer(north)
    Customer.objects.filter(pk=older_twin.pk).update(merged_into=twin)
    Customer.objects.filter(pk=twin.pk).update(merged_into=ivan)
    older_twin.known_to.all().delete()  # what a merge moves to the one who is kept
    response = as_user(anna).get(page(older_twin))
    assert response.headers["Location"] == page(ivan)


def test_of_an_erased_customer_nothing_personal_is_shown_or_changed(
    ivan: Customer, anna: User, as_user: AsUser, now: datetime
) -> None:
    Customer.objects.filter(pk=ivan.pk).update(erased_at=now)  # even where an erasure left something behind
    browser = as_user(anna)
    text = browser.get(page(ivan)).text
    assert "Nothing personal is kept" in text
    assert "Иванов" not in text
    assert "912" not in text
    assert browser.get(reverse("customer-timeline", args=[ivan.pk])).status_code == 404
    assert browser.post(reverse("customer-consents", args=[ivan.pk])).status_code == 404


def test_a_phone_is_added_as_it_was_typed(ivan: Customer, anna: User, as_user: AsUser) -> None:
    address = reverse("customer-contact-points", args=[ivan.pk])
    response = as_user(anna).post(address, {"written": "8 (912) 000-11-22"}, headers=HTMX)
    assert response.status_code == 200
    assert "+79120001122" in response.text
    assert ivan.contact_points.filter(value="+79120001122", source="by_hand").exists()


def test_a_phone_that_cannot_be_dialled_stays_in_the_field_with_its_reason(
    ivan: Customer, anna: User, as_user: AsUser
) -> None:
    address = reverse("customer-contact-points", args=[ivan.pk])
    response = as_user(anna).post(address, {"written": "2-37-45"}, headers=HTMX)
    assert response.status_code == 422
    assert 'value="2-37-45"' in response.text
    assert "5 digits cannot be dialled" in response.text
    assert ivan.contact_points.count() == 2


def test_a_dead_phone_is_struck_out_and_can_come_back(ivan: Customer, anna: User, as_user: AsUser) -> None:
    point = ivan.contact_points.get(kind="phone")
    browser = as_user(anna)
    address = reverse("contact-point", args=[point.pk])
    answer = browser.post(address, {"mark": "wrong_number"}, headers=HTMX).text
    assert "wrong number" in answer
    assert answer.count("tel:") == 0, "nobody is invited to dial it, in the head neither"
    assert "no phone that works" in browser.get(page(ivan)).text
    browser.post(address, {"mark": "works"}, headers=HTMX)
    point.refresh_from_db()
    assert point.is_usable
    assert browser.post(address, {"mark": "nonsense"}).status_code == 400


def test_the_phone_made_first_is_the_one_to_call(ivan: Customer, anna: User, as_user: AsUser) -> None:
    ivan.add_contact_point("phone", "89120001122", country="RU", source="call")
    newer = ContactPoint.objects.get(value="+79120001122")
    browser = as_user(anna)
    browser.post(reverse("contact-point", args=[newer.pk]), {"mark": "first"})
    assert browser.get(page(ivan)).context["phones"][0] == newer


def test_one_click_withdraws_calls_and_says_who_wrote_it_down(ivan: Customer, anna: User, as_user: AsUser) -> None:
    browser = as_user(anna)
    response = browser.post(
        reverse("customer-consents", args=[ivan.pk]), {"say": ":call:no", "source": "call"}, headers=HTMX
    )
    assert response.headers["HX-Trigger"] == "timeline-changed"
    assert 'id="customer-head" hx-swap-oob="true"' in response.text, "the head says it at once"
    assert "Does not want calls</span>" in response.text
    event = ivan.consent_events.latest("at")
    assert (event.channel, event.purpose, event.is_given, event.recorded_by) == ("call", "", False, anna)
    assert "Does not want calls" in browser.get(page(ivan)).text


@pytest.mark.parametrize("said", ["", "marketing:call", "love:call:yes", "marketing:pigeon:yes", ":call:maybe"])
def test_nonsense_is_no_consent(said: str, ivan: Customer, anna: User, as_user: AsUser) -> None:
    before = ivan.consent_events.count()
    response = as_user(anna).post(reverse("customer-consents", args=[ivan.pk]), {"say": said, "source": "call"})
    assert response.status_code == 400
    assert ivan.consent_events.count() == before


PERSON = {"last_name": "Иванов", "first_name": "Алексей", "middle_name": "Сергеевич", "city": "Уфа"}


def test_a_corrected_birthday_is_a_new_fact_for_the_night(
    ivan: Customer, north: Dealership, anna: User, as_user: AsUser
) -> None:
    ownership = make_ownership(ivan, north)
    address = reverse("customer-edit", args=[ivan.pk])
    response = as_user(anna).post(address, PERSON | {"birth_on": "1980-05-09", "sex": "male"}, headers=HTMX)
    assert response.status_code == 200
    ivan.refresh_from_db()
    assert (ivan.birth_on, ivan.sex) == (date(1980, 5, 9), "male")
    version = ownership.facts_version
    ownership.refresh_from_db()
    assert ownership.facts_version == version + 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"birth_on": "2199-01-01"}, "Nobody who drives was born on that day."),
        ({"last_name": " ", "first_name": "", "middle_name": ""}, "A customer needs a name."),
        ({"time_zone": "Mars/Olympus"}, "Select a valid choice"),
    ],
)
def test_an_unfit_correction_comes_back_with_its_reason(
    typed: dict[str, str], said: str, ivan: Customer, anna: User, as_user: AsUser
) -> None:
    response = as_user(anna).post(reverse("customer-edit", args=[ivan.pk]), PERSON | typed, headers=HTMX)
    assert response.status_code == 422
    assert said in response.text
    ivan.refresh_from_db()
    assert ivan.last_name == "Иванов"


def test_a_new_name_shows_in_the_head_at_once(ivan: Customer, anna: User, as_user: AsUser) -> None:
    browser = as_user(anna)
    address = reverse("customer-edit", args=[ivan.pk])
    assert browser.post(address, PERSON | {"last_name": "Петров"}, headers=HTMX).headers["HX-Refresh"] == "true"
    assert browser.post(address, PERSON | {"last_name": "Сидоров"}).headers["Location"] == page(ivan)
    assert "Сидоров Алексей" in browser.get(page(ivan)).text


def test_a_company_has_an_inn_and_no_birthday(north: Dealership, anna: User, as_user: AsUser) -> None:
    firm = Customer.objects.create(kind="company", company_name="ИП «Альянс Транс»", inn="1655000001")
    firm.become_known_to(north, at=datetime.fromisoformat("2025-01-01T10:00:00+03:00"))
    text = as_user(anna).get(reverse("customer-edit", args=[firm.pk])).text
    assert 'name="inn"' in text
    assert 'name="birth_on"' not in text


def test_the_page_costs_the_same_however_much_is_known(
    ivan: Customer, north: Dealership, anna: User, as_user: AsUser, now: datetime
) -> None:
    browser = as_user(anna)

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            browser.get(page(ivan))
        return len(queries)

    lone = cost()
    for number in range(5):
        ivan.add_contact_point("phone", f"8912000113{number}", country="RU", source="call")
        ivan.give_consent(purpose="marketing", channel="call", at=now, source="call")
        make_customer(north, phone="+79123456789")
    assert cost() == lone
    assert lone <= 12


def test_a_manager_of_the_group_sees_every_customer(ivan: Customer, south: Dealership, as_user: AsUser) -> None:
    galina = make_user("galina", "manager", south, is_group_manager=True)
    assert as_user(galina).get(page(ivan)).status_code == 200
