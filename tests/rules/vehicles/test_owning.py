from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from vehicles.rules.owning import ELSEWHERE, NEW, USED, Sale, Span, add_sale, by_start, in_force, visit

STORE = 1
EPOCH = date(2019, 1, 1)


def sale(customer: int, on: date, acquired: str = NEW, before: date | None = None) -> Sale:
    return Sale(customer, on, acquired, None, STORE, before)


def test_on_the_day_of_a_handover_the_car_is_the_new_owners() -> None:
    spans: list[Span] = []
    add_sale(spans, sale(1, date(2021, 1, 1)))
    add_sale(spans, sale(2, date(2023, 1, 1), USED))
    owners = [found.customer_id if (found := in_force(spans, on)) else None
              for on in (date(2020, 1, 1), date(2022, 12, 31), date(2023, 1, 1), date(2026, 1, 1))]  # fmt: skip
    assert owners == [None, 1, 2, 2]
    assert spans[0].end_reason == "traded_in"


def test_a_visit_before_our_own_sale_to_the_same_customer_is_nobodys() -> None:
    spans = [Span(1, 7, NEW, date(2023, 1, 1))]
    assert visit(spans, 7, date(2022, 12, 1), STORE, opens_ownership=True) is None
    assert len(spans) == 1


def test_a_visit_after_the_owner_sold_the_car_makes_the_visitor_its_owner() -> None:
    spans = [Span(1, 7, NEW, date(2021, 1, 1), date(2023, 1, 1), "sold")]
    found = visit(spans, 8, date(2023, 6, 1), STORE, opens_ownership=True)
    assert found is not None
    assert (found.customer_id, found.acquired, found.started_on) == (8, ELSEWHERE, date(2023, 6, 1))


def test_a_sale_that_arrives_after_the_visits_takes_over_their_ownership() -> None:
    spans: list[Span] = []
    visit(spans, 7, date(2022, 1, 1), STORE, opens_ownership=True)
    add_sale(spans, sale(7, date(2021, 6, 1)))
    assert [(one.acquired, one.started_on, one.ended_on) for one in spans] == [(NEW, date(2021, 6, 1), None)]


def test_a_moved_sale_moves_the_end_of_the_owner_before() -> None:
    spans: list[Span] = []
    add_sale(spans, sale(1, date(2021, 1, 1)))
    add_sale(spans, sale(2, date(2023, 1, 1)))
    add_sale(spans, sale(2, date(2023, 3, 1), before=date(2023, 1, 1)))
    assert [one.ended_on for one in by_start(spans)] == [date(2023, 3, 1), None]


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(1, 4), st.integers(0, 2500), st.sampled_from([NEW, USED])), max_size=14
    )
)
def test_owners_never_overlap_and_only_the_last_may_be_open(facts: list[tuple[bool, int, int, str]]) -> None:
    spans: list[Span] = []
    for is_sale, customer, day, acquired in facts:
        on = EPOCH + timedelta(days=day)
        if is_sale:
            add_sale(spans, sale(customer, on, acquired))
        else:
            visit(spans, customer, on, STORE, opens_ownership=True)
    for one, following in pairwise(by_start(spans)):
        assert one.ended_on is not None
        assert one.started_on <= one.ended_on <= following.started_on
    assert all((one.ended_on is None) == (one.end_reason == "") for one in spans)
