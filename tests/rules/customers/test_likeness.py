"""One name in its many spellings, and two names that only look alike."""

import pytest

from customers.rules.likeness import canonical, firm_name, is_close, person_name


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Юлия", "YULIYA"),
        ("Юлия", "Iuliia"),
        ("Юлия", "Julia"),
        ("Щербаков", "Shcherbakov"),
        ("Хасанов", "Khasanov"),
        ("Семёнов", "Семенов"),
        ("Сергей", "Sergey"),
        ("Дмитрий", "Dmitry"),
        ("Евгений", "Yevgeny"),
        ("Александр", "Alexandr"),
        ("Цветкова", "Tcvetkova"),
        ("Филиппов", "Filipov"),
        ("Ольга", "Olga"),
    ],
)
def test_two_spellings_of_one_word_become_equal(one: str, two: str) -> None:
    assert canonical(one) == canonical(two)


@pytest.mark.parametrize(("one", "two"), [("Олег", "Ольга"), ("Иванов", "Ивлев"), ("Марина", "Мария")])
def test_two_names_stay_two(one: str, two: str) -> None:
    assert canonical(one) != canonical(two)
    assert not is_close(canonical(one), canonical(two))


def test_a_slip_of_the_pen_is_forgiven_in_a_long_word_only() -> None:
    assert is_close(canonical("Кузнецов"), canonical("Кузнецво"))
    assert is_close(canonical("Александровна"), canonical("Александрвна"))
    assert not is_close(canonical("Яна"), canonical("Аня"))


def test_surname_and_given_name_may_stand_in_either_field() -> None:
    assert person_name("Иванов", "Пётр", "Ильич") == person_name("Пётр", "ИВАНОВ", "Ильич")


def test_a_patronymic_is_known_by_its_ending_in_whichever_field_it_was_typed() -> None:
    assert person_name("Ольга Викторовна", "Козлова", "") == person_name("Козлова", "Ольга", "Викторовна")


def test_a_surname_that_ends_like_a_patronymic_stays_a_surname() -> None:
    assert person_name("Янкович", "Анна", "").words == ("ana", "iankovich")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("ООО «Вектор Групп»", "Вектор-Групп ООО"),
        ("ООО «Вектор Групп»", "VEKTOR GRUPP LLC"),
        ("Общество с ограниченной ответственностью Вектор Групп", 'ООО "Групп Вектор"'),
    ],
)
def test_a_company_is_known_without_its_legal_form_quotes_and_word_order(one: str, two: str) -> None:
    assert firm_name(one) == firm_name(two) != ""
