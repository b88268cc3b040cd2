import pytest

from customers.rules.asking import Asked, read
from customers.rules.names import search_key


@pytest.mark.parametrize("typed", ["+7 912 345-67-89", "89123456789", "9123456789", "8 (912) 345 67 89"])
def test_a_whole_phone_is_looked_up_as_stored(typed: str) -> None:
    assert read(typed) == Asked(phone="+79123456789")


def test_four_digits_and_more_are_the_end_of_a_phone() -> None:
    assert read("67-89").phone_tail == "6789"
    assert read("345 67 89").phone_tail == "3456789"
    assert read("789").is_nothing


@pytest.mark.parametrize("typed", ["а123вс", "A123BC", " а 123 вс "])
def test_a_plate_is_found_whatever_alphabet_it_was_typed_in(typed: str) -> None:
    assert read(typed).plate == "A123BC"


def test_a_vin_typed_with_o_and_i_is_mended() -> None:
    assert read("z94cb41aagrOOO1I7").vin == "Z94CB41AAGR000117"
    assert read("GR000117").vin_tail == "GR000117"


def test_eight_digits_may_be_either_end() -> None:
    asked = read("99054321")
    assert (asked.phone_tail, asked.vin_tail, asked.name) == ("99054321", "99054321", "")


def test_a_name_is_folded_as_the_stored_key_is() -> None:
    assert read("  СЕМЁНОВ   Артём ").name == search_key("Семенов", "артем") == "семенов артем"
    assert read("«Альянс-Транс»").name == "альянс транс"


@pytest.mark.parametrize("typed", ["", "  ", "и", "12", "%_", "??"])
def test_too_little_is_nothing(typed: str) -> None:
    assert read(typed).is_nothing
