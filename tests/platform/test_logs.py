"""A log is read by people who may not know our customers."""

from __future__ import annotations

import logging

import pytest

from dealercrm.security import WithoutPersonalData

FORMATTER = WithoutPersonalData("%(asctime)s %(levelname)s %(name)s: %(message)s")


def line(message: str, *args: object, error: Exception | None = None) -> str:
    trace = (type(error), error, None) if error else None
    return FORMATTER.format(logging.LogRecord("crm", logging.ERROR, "x.py", 1, message, args, trace))


@pytest.mark.parametrize(
    ("said", "hidden"),
    [
        ("calling +7 912 345-67-89 now", "345"),
        ("calling 89123456789", "8912"),
        ("mail to anna.petrova@example.ru failed", "petrova"),
        ("GET /customers/?phone=%2B79123456789", "79123456789"),
        ("POST /hooks/sms/a-long-secret/ 200", "a-long-secret"),
        ("Not Found: /preferences/WzEsMV0:1abc:xyz/", "1abc"),
        ("vehicle Z94CB41AAGR000001 is double", "Z94CB"),
    ],
)
def test_numbers_addresses_and_vins_do_not_reach_the_log(said: str, hidden: str) -> None:
    assert hidden in said
    assert hidden not in line("%s", said)
    assert hidden not in line(said)


def test_the_values_of_a_refused_row_do_not_reach_the_log() -> None:
    error = ValueError("duplicate key\nDETAIL:  Key (value)=(Иванов Алексей) already exists.")
    text = line("import failed", error=error)
    assert "duplicate key" in text
    assert "Иванов" not in text


@pytest.mark.parametrize(
    "kept",
    [
        "run 42 of 2026-11-22 took 12.5 s, 20000 cars",
        "Task dealercrm.tasks.x[1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed] raised",
        "import 17: 12345 rows, file line 678",
    ],
)
def test_ids_counts_and_dates_stay_readable(kept: str) -> None:
    assert line("%s", kept).endswith(kept)
    assert line(kept)[:4].isdigit(), "the time of the line stays"
