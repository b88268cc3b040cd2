from datetime import datetime

import pytest

from customers.models import ContactPoint, Customer
from dealercrm.accounts.models import Dealership
from dealercrm.why import Why
from tests.factories import make_customer, make_ownership
from vehicles.models import Ownership


@pytest.fixture
def ivan(north: Dealership) -> Customer:
    return make_customer(north, phone="+79123456789")


def phones(customer: Customer) -> list[str]:
    return [point.value for point in customer.contact_points.all()]


def test_a_phone_typed_in_any_form_is_stored_once(ivan: Customer) -> None:
    ivan.add_contact_point("phone", "8 (912) 345-67-89", country="RU", source="call")
    ivan.add_contact_point("phone", "8 (912) 345-67-80", country="RU", source="call")
    assert phones(ivan) == ["+79123456789", "+79123456780"]


def test_what_is_no_phone_is_not_stored_and_says_why(ivan: Customer) -> None:
    why = ivan.add_contact_point("phone", "12", country="RU", source="call")
    assert isinstance(why, Why)
    assert phones(ivan) == ["+79123456789"]


def test_a_phone_that_the_customer_gives_again_is_believed_again(ivan: Customer, now: datetime) -> None:
    point = ivan.contact_points.get()
    point.mark_invalid("wrong_number", at=now)
    assert not ivan.contact_points.usable().exists()
    ivan.add_contact_point("phone", "89123456789", country="RU", source="call")
    assert ivan.contact_points.usable().get() == point


def test_marking_a_phone_invalid_twice_keeps_the_first_reason(ivan: Customer, now: datetime) -> None:
    point = ivan.contact_points.get()
    assert point.mark_invalid("wrong_number", at=now)
    assert not point.mark_invalid("bounced", at=now)
    point.refresh_from_db()
    assert (point.invalid_at, point.invalid_reason) == (now, "wrong_number")


def test_an_unreachable_customer_is_a_new_fact_for_their_cars(ivan: Customer, north: Dealership, now: datetime) -> None:
    ownership = make_ownership(ivan, north)
    strangers = make_ownership(make_customer(north), north)
    before = ownership.facts_version
    ivan.contact_points.get().mark_invalid("wrong_number", at=now)
    ownership.refresh_from_db()
    assert ownership.facts_version == before + 1
    assert Ownership.objects.get(pk=strangers.pk).facts_version == strangers.facts_version


def test_the_phone_made_first_is_tried_first_and_the_others_keep_their_order(ivan: Customer) -> None:
    for number in ("89123456781", "89123456782"):
        ivan.add_contact_point("phone", number, country="RU", source="call")
    ivan.add_contact_point("email", "Ivan@Post.test", country="RU", source="call")
    ContactPoint.objects.get(value="+79123456782").make_first()
    assert [point.value for point in ivan.contact_points.filter(kind="phone")] == [
        "+79123456782",
        "+79123456789",
        "+79123456781",
    ]


def test_the_database_keeps_the_last_four_digits_of_bulk_rows_too(ivan: Customer) -> None:
    ContactPoint.objects.bulk_create([ContactPoint(customer=ivan, kind="phone", value="+79120001234")])
    assert ContactPoint.objects.get(tail="1234").value == "+79120001234"
    assert list(Customer.objects.reached_at_tail("0001234")) == [ivan]
    assert not Customer.objects.reached_at_tail("9991234").exists()


def test_a_correction_names_what_changed_and_the_name_is_found_at_once(ivan: Customer) -> None:
    assert ivan.correct({"last_name": "Семёнов-Тян", "city": ivan.city}) == ["last_name"]
    assert list(Customer.objects.named_like("тян семенов")) == [ivan]
    assert ivan.correct({"last_name": "Семёнов-Тян"}) == []
