"""The search box: by phone, plate, VIN or name; within the user's stores; and nothing typed stands in an address."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.models import Customer
from dealercrm.accounts.models import AccessLog, Dealership, User
from tests.factories import make_customer, make_ownership, make_vehicle
from vehicles.models import Ownership

AsUser = Callable[[User], Client]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def semyonov(north: Dealership) -> Customer:
    return make_customer(north, name="Семёнов Артём Олегович", phone="+79123456789")


@pytest.fixture
def rio(semyonov: Customer, north: Dealership) -> Ownership:
    return make_ownership(semyonov, north, vehicle=make_vehicle(vin="Z94CB41AAGR000117", plate="А123ВС116"))


@pytest.mark.parametrize(
    "typed",
    ["8 (912) 345-67-89", "56789", "67-89", "семенов", "АРТЕМ семён", "а123вс", "A 123 BC 116", "z94cb41aagrOOO117",
     "GR000117"],
)  # fmt: skip
def test_one_who_fits_is_opened_at_once(
    typed: str, semyonov: Customer, rio: Ownership, anna: User, as_user: AsUser
) -> None:
    response = as_user(anna).post(reverse("customers"), {"q": typed})
    assert response.headers["Location"] == reverse("customer", args=[semyonov.pk])


def test_the_fragment_of_a_single_find_sends_the_whole_page(semyonov: Customer, anna: User, as_user: AsUser) -> None:
    response = as_user(anna).post(reverse("customers"), {"q": "семенов"}, headers=HTMX)
    assert response.headers["HX-Redirect"] == reverse("customer", args=[semyonov.pk])


@pytest.mark.parametrize("typed", ["89123456789", "6789", "семенов", "а123вс", "Z94CB41AAGR000117"])
def test_another_store_finds_nobody_of_ours(
    typed: str, semyonov: Customer, rio: Ownership, clara: User, as_user: AsUser
) -> None:
    response = as_user(clara).post(reverse("customers"), {"q": typed})
    assert response.status_code == 200
    assert "Nobody found" in response.text
    assert "Семёнов" not in response.text


def test_several_are_listed_last_names_first(north: Dealership, anna: User, as_user: AsUser) -> None:
    make_customer(north, name="Алексеев Иван Петрович")
    make_customer(north, name="Иванов Пётр Алексеевич")
    text = as_user(anna).post(reverse("customers"), {"q": "ив"}).text
    assert "2 found." in text
    assert text.index("Иванов Пётр") < text.index("Алексеев Иван")


def test_a_long_list_is_cut_and_says_so(north: Dealership, anna: User, as_user: AsUser) -> None:
    for number in range(52):
        make_customer(north, name=f"Кузнецов Иван {chr(ord('А') + number % 30)}", phone=None, consents=False)
    response = as_user(anna).post(reverse("customers"), {"q": "кузн"})
    assert "More than 50 found, the first 50 are shown." in response.text
    assert len(response.context["found"].customers) == 50


def test_a_merged_and_an_erased_customer_are_not_found(
    semyonov: Customer, north: Dealership, anna: User, as_user: AsUser, now: object
) -> None:
    twin = make_customer(north, name="Семёнов Артём Олегович", phone="+79123456789", merged_into=semyonov)
    gone = make_customer(north, name="Семёнов Артём Олегович", phone="+79123456789", erased_at=now)
    response = as_user(anna).post(reverse("customers"), {"q": "89123456789"})
    assert response.headers["Location"] == reverse("customer", args=[semyonov.pk])
    assert {twin.pk, gone.pk}.isdisjoint({semyonov.pk})


def test_a_car_without_a_present_owner_is_listed(
    semyonov: Customer, rio: Ownership, anna: User, as_user: AsUser, today: object
) -> None:
    rio.end("sold", on=today)  # type: ignore[arg-type]
    text = as_user(anna).post(reverse("customers"), {"q": "а123вс"}).text
    assert "no present owner" in text
    assert reverse("vehicle", args=[rio.vehicle_id]) in text


@pytest.mark.parametrize("typed", ["", "и", "12", "%"])
def test_too_little_says_what_would_be_enough(typed: str, semyonov: Customer, anna: User, as_user: AsUser) -> None:
    assert "Type a little more" in as_user(anna).post(reverse("customers"), {"q": typed}).text


@pytest.mark.parametrize("written", ["+79123456789", "%2B79123456789", "79123456789", "89123456789"])
def test_a_call_that_comes_in_opens_its_customer(written: str, semyonov: Customer, anna: User, as_user: AsUser) -> None:
    response = as_user(anna).get(f"{reverse('customers')}?phone={written}")
    assert response.headers["Location"] == reverse("customer", args=[semyonov.pk])


def test_an_unknown_caller_leaves_no_number_in_the_address(anna: User, as_user: AsUser) -> None:
    browser = as_user(anna)
    response = browser.get(f"{reverse('customers')}?phone=%2B79120000001", follow=True)
    assert response.redirect_chain == [(reverse("customers"), 302)]
    assert "Nobody is known by" in response.text
    assert "000‑00‑01" in response.text
    assert "Nobody is known by" not in browser.get(reverse("customers")).text, "the number is shown once"


def test_a_family_that_shares_the_number_is_listed_for_the_caller(
    semyonov: Customer, north: Dealership, anna: User, as_user: AsUser
) -> None:
    make_customer(north, name="Семёнова Анна Ивановна", phone="+79123456789")
    response = as_user(anna).get(f"{reverse('customers')}?phone=%2B79123456789", follow=True)
    assert "2 found." in response.text
    assert "9123456789" not in response.request["QUERY_STRING"]


def test_a_search_is_written_down_with_its_count_and_without_its_words(
    semyonov: Customer, anna: User, as_user: AsUser
) -> None:
    as_user(anna).post(reverse("customers"), {"q": "семенов"})
    entry = AccessLog.objects.get()
    assert (entry.user, entry.action, entry.rows, entry.object_id) == (anna, "search", 1, None)


def test_an_integration_user_does_not_search_here(dms: User, as_user: AsUser) -> None:
    assert as_user(dms).get(reverse("customers")).status_code == 403


@pytest.mark.parametrize(("typed", "most"), [("кузн", 10), ("а1", 10), ("6789", 10)])
def test_a_search_costs_the_same_however_many_it_finds(
    typed: str, most: int, north: Dealership, anna: User, as_user: AsUser
) -> None:
    browser = as_user(anna)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            browser.post(reverse("customers"), {"q": typed})
        return len(queries)

    costs = set()
    for number in range(4):
        for _ in range(2):
            person = make_customer(north, name="Кузнецов Иван Олегович", phone=f"+791200{number}6789")
            make_ownership(person, north)
        costs.add(cost())
    assert len(costs) == 1
    assert costs.pop() <= most


@pytest.mark.postgres
@pytest.mark.parametrize("typed", ["89120006789", "6789", "а123вс", "Z94CB41AAGR000117", "GR000117"])
def test_every_reading_of_a_query_is_answered_by_an_index(typed: str, north: Dealership, anna: User) -> None:
    from customers.rules.asking import read
    from vehicles.models import Vehicle

    make_ownership(make_customer(north), north)
    asked = read(typed)
    if asked.phone:
        rows = Customer.objects.reached_at(asked.phone)
    elif asked.phone_tail:
        rows = Customer.objects.reached_at_tail(asked.phone_tail)
    elif asked.plate:
        rows = Vehicle.objects.with_plate(asked.plate)  # type: ignore[assignment]
    elif asked.vin:
        rows = Vehicle.objects.filter(vin=asked.vin)  # type: ignore[assignment]
    else:
        rows = Vehicle.objects.filter(vin_tail=asked.vin_tail)  # type: ignore[assignment]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        sql, params = rows.values("pk").query.sql_with_params()
        cursor.execute(f"EXPLAIN {sql}", params)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Index" in plan, plan
    assert "Seq Scan" not in plan, plan
