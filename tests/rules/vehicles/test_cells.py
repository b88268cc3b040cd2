from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealercrm.why import Why
from vehicles.rules.cells import read_date, read_money, read_odometer, read_yes

RU = ("%d.%m.%Y",)


@pytest.mark.parametrize("text", ["", "  ", "00.00.0000", "01.01.0001"])
def test_empty_dates_of_other_systems_are_empty(text: str) -> None:
    assert read_date(text, RU) is None


@pytest.mark.parametrize("text", ["31.02.2025", "32.01.2020", "01.01.1812", "soon", "2020"])
def test_impossible_dates_are_told_with_their_text(text: str) -> None:
    assert read_date(text, RU) == Why("import.bad_date", {"text": text})


def test_a_day_with_a_time_and_a_spreadsheet_day_are_days() -> None:
    assert read_date("20.07.2022 10:30:00", RU) == date(2022, 7, 20)
    assert read_date("2022-07-20", RU) == date(2022, 7, 20)
    assert read_date("07/20/2022", ("%m/%d/%Y",)) == date(2022, 7, 20)


@pytest.mark.parametrize(
    ("text", "day"), [("44762", date(2022, 7, 20)), ("44762.4375", date(2022, 7, 20)), ("25569", date(1970, 1, 1))]
)
def test_a_spreadsheets_day_number_is_a_day(text: str, day: date) -> None:
    assert read_date(text, RU) == day


def test_a_number_that_would_be_no_day_of_a_car_is_none() -> None:
    assert read_date("99999", RU) == Why("import.bad_date", {"text": "99999"})


@pytest.mark.parametrize(
    ("text", "decimal", "money"),
    [
        ("29438,52", ",", "29438.52"),
        ("1 706 000,00", ",", "1706000.00"),
        ("1\u00a0706,5", ",", "1706.50"),
        ("1.234,56", ",", "1234.56"),
        ("1,234.56", ".", "1234.56"),
        ("1234.5", ",", "1234.50"),
        ("12 000 руб.", ",", "12000.00"),
        ("(50.00)", ".", "-50.00"),
    ],
)
def test_money_is_read_as_it_is_written(text: str, decimal: str, money: str) -> None:
    assert read_money(text, decimal) == Decimal(money)


@pytest.mark.parametrize("text", ["бесплатно", "1e999", "NaN", "12,34,56", "9" * 40])
def test_what_is_no_money_is_told(text: str) -> None:
    assert isinstance(read_money(text, ","), Why)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_any_amount_survives_being_written_with_a_comma(amount: Decimal) -> None:
    assert read_money(f"{amount:,.2f}".replace(",", " ").replace(".", ","), ",") == amount


@given(st.text(max_size=40))
def test_no_text_breaks_the_readers(text: str) -> None:
    read_date(text, RU)
    read_money(text, ",")
    read_odometer(text, ".", 1.0)


def test_miles_become_kilometres() -> None:
    assert read_odometer("9,000 miles", ".", 1.609344) == 14484
    assert read_odometer("61 000 км", ",", 1.0) == 61000
    assert isinstance(read_odometer("много", ",", 1.0), Why)


def test_an_unknown_word_is_neither_yes_nor_no() -> None:
    yes, no = frozenset({"да"}), frozenset({"нет"})
    assert [read_yes(text, yes, no) for text in ("Да", " нет ", "")] == [True, False, None]
    assert isinstance(read_yes("может быть", yes, no), Why)
