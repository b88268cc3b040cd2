"""The grammar of a segment: what it may say, and what is answered to what it may not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.rules.segments import Condition, Definition, Of, Op, Shape, UnreadableSegmentError, read, written

SHAPES = {
    "make": Shape((Op.ANY,), known=lambda: {"kia", "lada"}),
    "city": Shape((Op.ANY,)),
    "last_visit": Shape((Op.BETWEEN, Op.UNKNOWN), most=36_500, has_range=True),
    "due": Shape((Op.BETWEEN,), least=-400, most=400, has_range=True),
    "has_phone": Shape((Op.YES, Op.NO)),
    "work_done": Shape((Op.ANY,), known=lambda: {"brakes"}, has_range=True),
}


def mistakes(raw: Any) -> dict[str, str]:
    with pytest.raises(UnreadableSegmentError) as caught:
        read(raw, SHAPES)
    return {problem.path: problem.why.code for problem in caught.value.problems}


def test_an_empty_definition_is_every_current_owner() -> None:
    assert read({}, SHAPES) == Definition((), (), Of.CURRENT)


def test_what_is_written_is_read_back() -> None:
    raw = {
        "of": "former",
        "all": [
            {"field": "make", "op": "any", "values": ["kia", "lada"]},
            {"field": "last_visit", "op": "between", "from": 180, "to": 400},
            {"field": "work_done", "op": "any", "values": ["brakes"], "to": 30},
        ],
        "but_not": [{"field": "has_phone", "op": "no"}],
    }
    definition = read(raw, SHAPES)
    assert definition.every[1] == Condition("last_visit", Op.BETWEEN, (), 180, 400)
    assert written(definition) == raw


def test_the_way_of_asking_may_be_left_out_where_the_first_is_meant() -> None:
    assert read({"all": [{"field": "has_phone"}]}, SHAPES).every == (Condition("has_phone", Op.YES),)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"field": "colour"}, {"all[0].field": "segment.unknown_field"}),
        ({"field": ["make"]}, {"all[0].field": "segment.unknown_field"}),
        ({"field": "make", "op": "between"}, {"all[0].op": "segment.unknown_value"}),
        ({"field": "make", "op": ["any"]}, {"all[0].op": "segment.unknown_value"}),
        ({"field": "make"}, {"all[0].values": "segment.no_values"}),
        ({"field": "make", "values": []}, {"all[0].values": "segment.no_values"}),
        ({"field": "make", "values": ["kia", "volga"]}, {"all[0].values[1]": "segment.not_there"}),
        ({"field": "make", "values": [{}]}, {"all[0].values[0]": "segment.not_there"}),
        ({"field": "city", "values": ["Казань\x00"]}, {"all[0].values[0]": "segment.not_there"}),
        ({"field": "city", "values": ["x" * 121]}, {"all[0].values[0]": "segment.not_there"}),
        ({"field": "make", "values": ["kia"], "from": 1}, {"all[0].from": "segment.unknown_key"}),
        ({"field": "last_visit"}, {"all[0].from": "segment.no_range"}),
        ({"field": "last_visit", "from": "1"}, {"all[0].from": "segment.not_a_number"}),
        ({"field": "last_visit", "from": True}, {"all[0].from": "segment.not_a_number"}),
        ({"field": "last_visit", "to": 1.5}, {"all[0].to": "segment.not_a_number"}),
        ({"field": "last_visit", "from": -1}, {"all[0].from": "segment.out_of_range"}),
        ({"field": "last_visit", "to": 10**30}, {"all[0].to": "segment.out_of_range"}),
        ({"field": "last_visit", "from": 9, "to": 8}, {"all[0].to": "segment.turned_range"}),
        ({"field": "last_visit", "op": "unknown", "to": 8}, {"all[0].to": "segment.unknown_key"}),
        ("make", {"all[0]": "segment.not_an_object"}),
    ],
)
def test_a_mistake_is_told_at_its_field(condition: Any, expected: dict[str, str]) -> None:
    assert mistakes({"all": [condition]}) == expected
    assert mistakes({"but_not": [condition]}) == {
        path.replace("all", "but_not"): code for path, code in expected.items()
    }


def test_every_mistake_is_told_at_once() -> None:
    found = mistakes({"of": "x", "any": [], "all": [{"field": "make"}, {"field": "due", "from": -401}]})
    assert set(found) == {"of", "any", "all[0].values", "all[1].from"}


@pytest.mark.parametrize("raw", [None, [], "x", 7])
def test_what_is_no_object_is_no_definition(raw: Any) -> None:
    assert mistakes(raw) == {"": "segment.not_an_object"}


def test_there_is_an_end_to_the_number_of_conditions_and_values() -> None:
    assert mistakes({"all": [{"field": "has_phone"}] * 21}) == {"all": "segment.too_many"}
    assert mistakes({"all": [{"field": "city", "values": [str(n) for n in range(201)]}]}) == {
        "all[0].values": "segment.too_many"
    }
    assert mistakes({"all": {"field": "make"}}) == {"all": "segment.not_a_list"}


def test_a_stored_value_that_left_the_catalogue_is_no_mistake() -> None:
    raw = {"all": [{"field": "make", "op": "any", "values": ["volga"]}]}
    assert mistakes(raw)
    assert read(raw, SHAPES, is_stored=True).every == (Condition("make", Op.ANY, ("volga",)),)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["of", "all", "but_not", "field", "op", "values", "from", "to", "x"]), inner, max_size=5
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_whatever_is_sent_is_read_or_refused_in_words(raw: Any) -> None:
    try:
        definition = read(raw, SHAPES)
    except UnreadableSegmentError:
        assert mistakes(raw)
    else:
        assert read(written(definition), SHAPES) == definition
