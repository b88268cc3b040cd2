"""Who is one person on two cards, who is a relative, who is a namesake; on cards without a database."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from customers.rules.duplicates import Base, Card, Match, candidates, card_of, compare, find

LAST = ["Иванов", "Смирнов", "Кузнецов", "Попов", "Васильев", "Петров", "Соколов", "Михайлов", "Новиков", "Морозов"]
FIRST = ["Александр", "Сергей", "Алексей", "Андрей", "Дмитрий", "Михаил", "Евгений", "Владимир", "Иван", "Николай"]
MIDDLE = ["Александрович", "Сергеевич", "Алексеевич", "Андреевич", "Михайлович", "Евгеньевич", "Иванович", "Николаевич"]


def town() -> dict[int, Card]:
    """Eight hundred men, each with his own phone and birth date, a few namesakes among them."""
    men = ((last, first, middle) for last in LAST for first in FIRST for middle in MIDDLE)
    return {
        pk: card_of(
            pk, "person", *name, birth_on=date(1960 + pk % 40, 1 + pk % 12, 1 + pk % 28),
            phones=frozenset({f"+7912{pk:07d}"}), city="казань", cars=frozenset({pk}),
        )
        for pk, name in enumerate(men, start=1000)
    }  # fmt: skip


def person(pk: int, name: str, **fields: Any) -> Card:
    last, first, middle = ([*name.split(), "", ""])[:3]
    return card_of(pk, "person", last, first, middle, **({"city": "казань"} | fields))


def look_at(one: Card, two: Card) -> Match | None:
    """The pair as it is found among the eight hundred; None where it is not shown."""
    cards = town() | {one.pk: one, two.pk: two}
    base = Base()
    base.add(cards.values())
    return next((match for match in find(cards, base) if {match.first, match.second} == {one.pk, two.pk}), None)


PHONE = frozenset({"+79990000001"})
OTHER = frozenset({"+79990000002"})
BORN = date(1983, 5, 17)


@pytest.mark.parametrize(
    "again",
    [
        "Козлова Ольга Викторовна",
        "КОЗЛОВА ОЛЬГА ВИКТОРОВНА",
        "Kozlova Olga Viktorovna",
        "Ольга Козлова Викторовна",
        "Козлова Ольга",
        "Козлова О. В.",
        "Козлва Ольга Викторовна",
    ],
)
def test_a_person_filed_again_is_found_by_the_phone(again: str) -> None:
    match = look_at(person(1, "Козлова Ольга Викторовна", phones=PHONE), person(2, again, phones=PHONE))
    assert match is not None
    assert "duplicate.same_phone" in {reason.why.code for reason in match.reasons}


@pytest.mark.parametrize(
    "shared",
    [
        {"birth_on": BORN},
        {"emails": frozenset({"olga@post.test"})},
        {"cars": frozenset({7})},
    ],
)
def test_another_phone_does_not_hide_who_it_is(shared: dict[str, Any]) -> None:
    one = person(1, "Козлова Ольга Викторовна", phones=PHONE, **shared)
    two = person(2, "Козлова Ольга Викторовна", phones=OTHER, **shared)
    assert look_at(one, two) is not None


def test_a_namesake_is_somebody_else() -> None:
    one = person(1, "Козлова Ольга Викторовна", phones=PHONE)
    two = person(2, "Козлова Ольга Викторовна", phones=OTHER)
    assert look_at(one, two) is None


def test_a_card_that_nothing_ever_happened_to_is_its_namesakes_second_card() -> None:
    one = person(1, "Козлова Ольга Викторовна", phones=PHONE, cars=frozenset({1}))
    two = person(2, "Козлова Ольга Викторовна", phones=OTHER, has_history=False)
    assert look_at(one, two) is not None


@pytest.mark.parametrize("relative", ["Козлов Виктор Иванович", "Козлова Анна Викторовна", "Петров Виктор Ильич"])
def test_who_shares_a_phone_and_has_another_given_name_is_family(relative: str) -> None:
    one, two = person(1, "Козлова Ольга Викторовна", phones=PHONE), person(2, relative, phones=PHONE)
    assert look_at(one, two) is None


def test_father_and_son_of_one_name_are_told_apart_by_the_patronymic_or_the_birth_date() -> None:
    father = person(1, "Козлов Иван Петрович", phones=PHONE, birth_on=date(1955, 2, 1))
    assert look_at(father, person(2, "Козлов Иван Иванович", phones=PHONE)) is None
    twin_name = person(2, "Козлов Иван Петрович", phones=PHONE, birth_on=date(1983, 7, 9))
    match = look_at(father, twin_name)
    assert match is None or match.points < 40  # suspected at most, and it says what speaks against


def test_a_rare_name_proves_more_than_a_common_one() -> None:
    cards = town()
    base = Base()
    base.add(cards.values())
    rare = compare(person(1, "Заболоцкий Ерофей", phones=PHONE), person(2, "Заболоцкий Ерофей", phones=PHONE), base)
    common = compare(person(1, "Иванов Сергей", phones=PHONE), person(2, "Иванов Сергей", phones=PHONE), base)
    assert rare is not None
    assert common is not None
    assert rare.points > common.points


def test_a_placeholder_birth_date_proves_nothing() -> None:
    cards = {pk: card._replace(birth_on=date(1970, 1, 1)) for pk, card in town().items()}
    base = Base()
    base.add(cards.values())
    one, two = (person(pk, "Козлова Ольга", birth_on=date(1970, 1, 1)) for pk in (1, 2))
    match = compare(one, two, base)
    assert match is None or not any(
        reason.why.code == "duplicate.same_birth" and reason.points > 1 for reason in match.reasons
    )


def test_a_wrong_digit_in_the_birth_date_speaks_for_it_and_another_date_against() -> None:
    base = Base()
    base.add(town().values())

    def points(born: date) -> float:
        match = compare(
            person(1, "Козлова Ольга", phones=PHONE, birth_on=BORN),
            person(2, "Козлова Ольга", phones=PHONE, birth_on=born), base,
        )  # fmt: skip
        assert match is not None
        return match.points

    assert points(BORN) > points(date(1983, 5, 11)) > points(date(1971, 11, 2))


def firm(pk: int, name: str, **fields: Any) -> Card:
    return card_of(pk, "company", "", "", "", name, **fields)


def test_a_company_is_known_by_its_inn_whatever_its_name() -> None:
    assert look_at(firm(1, "ООО «Вектор Групп»", inn="1655000001"), firm(2, "Вектор", inn="1655000001")) is not None


def test_companies_of_one_name_with_two_inns_are_two() -> None:
    one = firm(1, "ООО «Такси Восток»", inn="1655000001", phones=PHONE)
    assert look_at(one, firm(2, "ООО «Такси Восток»", inn="1655000002", phones=PHONE)) is None


def test_a_switchboard_of_a_thousand_cards_is_cut_by_the_surname_and_not_compared_pair_by_pair() -> None:
    phone = frozenset({"+78430000000"})
    cards = {pk: card._replace(phones=phone) for pk, card in town().items()}
    twin = person(1, "Козлова Ольга Викторовна", phones=phone)
    again = person(2, "Kozlova Olga Viktorovna", phones=phone)
    cards |= {1: twin, 2: again}
    pairs = list(candidates(cards))
    assert len(pairs) < 10 * len(cards)
    assert any({one.pk, two.pk} == {1, 2} for one, two in pairs)
