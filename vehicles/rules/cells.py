"""Cells of an export as values: dates, money, yes and no. What cannot be read is a Why, never a guess."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from dealercrm.why import Why

_SPACES = re.compile(r"[\s\u00a0\u202f']+")
_CURRENCY = re.compile(r"(руб\.?|р\.|₽|rub|\$|€|£|usd|eur)$|^[$€£₽]", re.IGNORECASE)
# Day 1 is 1900-01-01 and spreadsheets take 1900 for a leap year.
_SPREADSHEET_DAY_0 = date(1899, 12, 30)
MOST_MONEY = Decimal("9999999999.99")


@lru_cache(maxsize=50_000)
def read_date(text: str, formats: Sequence[str]) -> date | Why | None:
    """A day; None for an empty cell and for the "empty" dates some systems write (01.01.0001, 00.00.0000)."""
    text = text.strip()
    if re.fullmatch(r"[0.\-/: ]*", text):
        return None
    for form in (*formats, "%Y-%m-%d"):  # spreadsheet dates arrive in the last form
        try:
            day = datetime.strptime(text, form).date()  # noqa: DTZ007 -- a day, not a moment
        except ValueError:
            continue
        if day.year <= 1:
            return None
        return day if 1900 <= day.year <= 2999 else Why("import.bad_date", {"text": text})
    if re.fullmatch(r"\d{5}(\.\d+)?", text):  # a spreadsheet's day number in a cell that was not formatted as a date
        day = _SPREADSHEET_DAY_0 + timedelta(days=int(text.split(".")[0]))
        return day if 1950 <= day.year <= 2100 else Why("import.bad_date", {"text": text})
    if re.fullmatch(r"\S+[ T]\d{1,2}:\d{2}(:\d{2})?", text):  # a day with a time of day: the day counts
        return read_date(re.split(r"[ T]", text)[0], formats)
    return Why("import.bad_date", {"text": text})


@lru_cache(maxsize=20_000)
def read_number(text: str, decimal: str) -> Decimal | Why | None:
    """A number with the profile's decimal sign, thousands parted by spaces or by the other sign; None if empty."""
    plain = _CURRENCY.sub("", _SPACES.sub("", text.strip()))
    if not plain:
        return None if not text.strip() else Why("import.bad_number", {"text": text})
    if decimal == "," and "," in plain:
        plain = plain.replace(".", "").replace(",", ".")
    elif decimal == ".":
        plain = plain.replace(",", "")
    if plain.startswith("(") and plain.endswith(")"):
        plain = "-" + plain[1:-1]  # how accountants write a minus
    try:
        number = Decimal(plain)
    except InvalidOperation:
        return Why("import.bad_number", {"text": text})
    if not number.is_finite() or abs(number) > MOST_MONEY:
        return Why("import.bad_number", {"text": text})
    return number


def read_money(text: str, decimal: str) -> Decimal | Why | None:
    number = read_number(text, decimal)
    return number.quantize(Decimal("0.01")) if isinstance(number, Decimal) else number


def read_odometer(text: str, decimal: str, km_in_unit: float) -> int | Why | None:
    """Whole km; a reading in miles is converted. Only what is no number is refused, not what is odd."""
    number = read_number(re.sub(r"(км|km|mi|miles)\.?$", "", text.strip(), flags=re.IGNORECASE), decimal)
    if number is None or isinstance(number, Why):
        return number
    if number < 0 or number > 99_999_999:
        return Why("import.bad_number", {"text": text})
    return round(float(number) * km_in_unit)


def read_yes(text: str, yes: frozenset[str], no: frozenset[str]) -> bool | Why | None:
    """True, False, or None for an empty cell."""
    word = text.strip().casefold().replace("ё", "е")
    if not word:
        return None
    if word in yes:
        return True
    if word in no:
        return False
    return Why("import.unknown_code", {"text": text})
