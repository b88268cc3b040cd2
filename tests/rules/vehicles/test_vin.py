from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vehicles.rules.vin import canonical_vin


@pytest.mark.parametrize(
    ("typed", "vin", "note"),
    [
        ("Z94CB41AAGR000001", "Z94CB41AAGR000001", ""),
        (" z94cb41aagr000001 ", "Z94CB41AAGR000001", ""),
        ("XTAMLIOOBCPI6I638", "XTAML100BCP161638", "XTAMLIOOBCPI6I638"),
        ("ХТАМL100ВСР161638", "XTAML100BCP161638", "ХТАМL100ВСР161638"),
        ("Z94 CB41A AGR 000001", "Z94CB41AAGR000001", "Z94 CB41A AGR 000001"),
        ("NZE121-3012345", "NZE121-3012345", ""),
    ],
)
def test_vins_are_known_by_one_form_and_keep_what_was_typed(typed: str, vin: str, note: str) -> None:
    assert canonical_vin(typed) == (vin, note)


@pytest.mark.parametrize("typed", ["", "нет", "ABC", "Z94CB41AAGR0000012345", "ABCDEFGH"])
def test_what_cannot_name_a_car_is_refused(typed: str) -> None:
    assert canonical_vin(typed) is None


@given(st.text(max_size=24))
def test_the_canonical_form_is_its_own_canonical_form(typed: str) -> None:
    found = canonical_vin(typed)
    if found:
        assert canonical_vin(found.vin) == (found.vin, "")
