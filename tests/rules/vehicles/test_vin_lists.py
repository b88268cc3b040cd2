"""Lists of VINs as they come: every line is accounted for."""

import pytest

from vehicles.rules.recalls import codes_of, read_list, settles

ONE, TWO = "Z94CB41AAGR000001", "XTAGFL110KY000002"


def test_the_column_is_the_one_the_header_names() -> None:
    found = read_list([(1, ["Госномер", "VIN"]), (2, ["А001ВС116", ONE]), (3, ["", TWO])])
    assert (found.vins, found.repeated, found.bad) == ((ONE, TWO), 0, ())


def test_without_a_header_it_is_the_one_with_the_vins() -> None:
    assert read_list([(1, ["1", ONE]), (2, ["2", TWO])]).vins == (ONE, TWO)


def test_a_vin_is_mended_and_a_second_time_is_a_repetition() -> None:
    found = read_list([(1, [ONE]), (2, [ONE.lower().replace("0", "O")]), (4, [f" {ONE} "])])
    assert (found.vins, found.repeated) == ((ONE,), 2)


def test_what_is_no_vin_says_its_line_and_why() -> None:
    found = read_list([(1, ["VIN"]), (2, [ONE]), (3, [ONE[:-1]]), (5, ["итого: 2"]), (6, ["", "x"])])
    assert [(bad.line, bad.why.code) for bad in found.bad] == [
        (3, "recall.short_vin"),
        (5, "import.bad_vin"),
        (6, "recall.no_vin"),
    ]
    assert found.bad[0].why.params == {"number": 16}


@pytest.mark.parametrize(
    ("code", "name", "is_done"),
    [
        ("R-2025/17", "", True),
        ("r2025 17", "", True),
        ("4421A", "Замена подушки", True),
        ("", "Отзывная кампания R-2025-17", True),
        ("4421", "Замена подушки", False),
        ("", "Замена масла", False),
    ],
)
def test_a_line_settles_a_recall_by_its_code_or_by_its_name(code: str, name: str, is_done: bool) -> None:
    assert settles(codes_of("R-2025/17", ["44-21 A"]), code, name) is is_done
