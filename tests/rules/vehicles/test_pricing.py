from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from vehicles.rules.pricing import MAKE, MODEL, STORE, Price, fixed_price, price_list, price_of

KIA, RIO, CEED = 1, 10, 11
D = date(2026, 3, 16)


def price(group: str, labour: int, *, make: int | None = None, model: int | None = None, since: date = D) -> Price:
    return Price(group, make, model, Decimal(labour), Decimal(100), since)


LIST = price_list(
    [
        price("maintenance", 5000),
        price("maintenance", 6000, make=KIA),
        price("maintenance", 7000, make=KIA, model=RIO),
        price("oil", 0),
    ]
)


def test_the_most_specific_price_counts() -> None:
    assert [
        (int(line.labour), line.basis)
        for line in (
            price_of("maintenance", KIA, RIO, D, LIST),
            price_of("maintenance", KIA, CEED, D, LIST),
            price_of("maintenance", 2, 20, D, LIST),
            price_of("maintenance", None, None, D, LIST),
        )
        if line
    ] == [(7000, MODEL), (6000, MAKE), (5000, STORE), (5000, STORE)]


def test_of_one_kind_the_latest_that_has_begun_counts() -> None:
    prices = price_list(
        [price("oil", 900, since=date(2026, 1, 1)), price("oil", 1000), price("oil", 1100, since=date(2027, 1, 1))]
    )
    found = price_of("oil", KIA, RIO, D, prices)
    assert found
    assert found.labour == 1000
    assert price_of("oil", KIA, RIO, date(2025, 12, 31), prices) is None


def test_an_ended_price_gives_way_to_the_wider_one() -> None:
    ended = price("oil", 900, make=KIA, since=date(2026, 1, 1))._replace(valid_until=date(2026, 3, 15))
    prices = price_list([ended, price("oil", 500, since=date(2026, 1, 1))])
    assert [one.labour for on in (date(2026, 3, 15), D) if (one := price_of("oil", KIA, RIO, on, prices))] == [900, 500]


def test_works_add_up_to_a_fixed_price_only_where_each_has_one() -> None:
    whole = fixed_price(["maintenance", "oil", "maintenance"], KIA, RIO, D, LIST)
    assert (whole.amount, whole.is_whole, len(whole.lines)) == (Decimal(7200), True, 2)
    lacking = fixed_price(["maintenance", "battery"], KIA, RIO, D, LIST)
    assert (lacking.is_whole, lacking.missing) == (False, ("battery",))
    assert not fixed_price([], KIA, RIO, D, LIST).is_whole


@given(st.lists(st.tuples(st.sampled_from([None, KIA, 2]), st.booleans(), st.integers(0, 900)), max_size=12))
def test_a_nearer_price_is_never_passed_over_for_a_wider_one(rows: list[tuple[int | None, bool, int]]) -> None:
    prices = [
        price("oil", labour, make=make, model=RIO if make == KIA and of_model else None)
        for make, of_model, labour in rows
    ]
    found = price_of("oil", KIA, RIO, D, price_list(prices))
    fitting = [one for one in prices if one.fits(KIA, RIO, D)]
    assert (found is None) == (not fitting)
    if found:
        order = [MODEL, MAKE, STORE]
        assert order.index(found.basis) == min(order.index(one.basis) for one in fitting)
