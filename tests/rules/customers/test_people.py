from __future__ import annotations

import pytest

from customers.rules.people import looks_like_a_company, split_name


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Козлова Ольга Викторовна", ("Козлова", "Ольга", "Викторовна")),
        ("ПАВЛОВА НАТАЛЬЯ АНДРЕЕВНА", ("Павлова", "Наталья", "Андреевна")),
        ("Ольга Викторовна Козлова", ("Козлова", "Ольга", "Викторовна")),
        ("Максим Смирнов", ("Смирнов", "Максим", "")),
        ("Смирнов Максим", ("Смирнов", "Максим", "")),
        ("Ирина Марина", ("Ирина", "Марина", "")),
        ("салтыков-щедрин михаил", ("Салтыков-Щедрин", "Михаил", "")),
        ("Ivanova Mariya Sergeevna", ("Ivanova", "Mariya", "Sergeevna")),
        ("Мамедов Али Гасан оглы", ("Мамедов", "Али", "Гасан оглы")),
        ("Пак", ("Пак", "", "")),
        ("  ", ("", "", "")),
    ],
)
def test_names_are_parted_whatever_order_they_were_typed_in(typed: str, name: tuple[str, str, str]) -> None:
    assert tuple(split_name(typed)) == name


def test_a_legal_form_tells_a_company() -> None:
    assert looks_like_a_company("ООО «Медиа Плюс»")
    assert looks_like_a_company("ип Иванов")
    assert not looks_like_a_company("Ипатова Анна")
