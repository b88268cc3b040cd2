"""Households, companies and the people who speak for them; who merely shares a provider is nobody's relative."""

from customers.rules.duplicates import Card
from customers.rules.related import MOST_OF_A_FAMILY, MOST_OF_A_FIRM, Kin, find_related
from tests.rules.customers.test_duplicates import firm, person

PHONE = frozenset({"+79990000001"})


def kin(*cards: Card, brought: tuple[tuple[int, int], ...] = ()) -> list[Kin]:
    return list(find_related({card.pk: card for card in cards}, brought=brought, except_for=frozenset()))


def test_a_couple_with_one_phone_is_a_household_of_one_surname() -> None:
    (found,) = kin(person(1, "Покровский Пётр", phones=PHONE), person(2, "Покровская Анна", phones=PHONE))
    assert found.kind == "household"
    assert [reason.why.code for reason in found.reasons] == ["related.same_phone", "related.same_surname"]


def test_a_person_with_an_address_at_the_company_speaks_for_it() -> None:
    (found,) = kin(
        firm(1, "ООО «Вектор»", emails=frozenset({"office@vektor.test"})),
        person(2, "Иванов Пётр", emails=frozenset({"ivanov@vektor.test"})),
    )
    assert found.kind == "represents"
    assert found.reasons[0].why.code == "related.same_host"


def test_companies_with_one_phone_belong_together() -> None:
    (found,) = kin(firm(1, "ООО «Вектор»", phones=PHONE), firm(2, "ООО «Вектор Плюс»", phones=PHONE))
    assert found.kind == "firms"


def test_an_address_at_a_public_host_relates_nobody() -> None:
    assert not kin(
        person(1, "Иванов Пётр", emails=frozenset({"a@mail.ru"})),
        person(2, "Орлов Олег", emails=frozenset({"b@mail.ru"})),
    )


def test_a_host_that_many_share_is_a_provider_and_a_phone_that_many_share_a_switchboard() -> None:
    many = [
        person(pk, "Иванов Пётр", emails=frozenset({f"{pk}@city.test"})) for pk in range(1, MOST_OF_A_FIRM + 2)
    ]  # fmt: skip
    assert not kin(*many)
    many = [person(pk, "Иванов Пётр", phones=PHONE) for pk in range(1, MOST_OF_A_FAMILY + 2)]
    assert not kin(*many)


def test_who_brings_the_car_of_another_belongs_to_them() -> None:
    (found,) = kin(person(1, "Иванов Пётр"), person(2, "Орлова Анна"), brought=((2, 1), (2, 1)))
    assert found.reasons[0].why.code == "related.brings_car"
    assert found.reasons[0].why.params["number"] == 2


def test_who_is_perhaps_one_person_is_not_suggested_as_a_relative() -> None:
    cards = {1: person(1, "Иванов Пётр", phones=PHONE), 2: person(2, "Ivanov Petr", phones=PHONE)}
    assert not list(find_related(cards, except_for=frozenset({(1, 2)})))
