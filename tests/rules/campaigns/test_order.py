"""The order of a day: whatever the calls, every part of the list from its top has its share of every class."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from campaigns.rules.order import CLASSES, Stands, Waits, arrange

TODAY = date(2026, 3, 16)

calls_of_a_day = st.lists(
    st.tuples(st.sampled_from(CLASSES), st.integers(0, 30), st.integers(1, 12).map(lambda number: number == 1)),
    max_size=150,
).map(
    lambda rows: [Waits((number,), purpose, float(rank), drawn) for number, (purpose, rank, drawn) in enumerate(rows)]
)
shares = st.integers(0, 20).map(lambda percent: percent / 100)
some_days = st.integers(0, 400).map(lambda number: TODAY + timedelta(days=number))


def by_value(calls: list[Waits]) -> list[tuple[int, ...]]:
    return [call.key for call in sorted(calls, key=lambda call: (-call.rank, call.key))]


@given(calls_of_a_day, shares, some_days)
@example([Waits((number,), CLASSES[number % 5], 1.0) for number in range(100)], 0.2, TODAY)
def test_any_line_through_the_list_leaves_every_class_its_share_above(
    calls: list[Waits], share: float, today: date
) -> None:
    order = arrange(calls, share, today)
    known = {call.key: call for call in calls}
    all_of = Counter(call.purpose for call in calls if not call.is_drawn)
    seen: Counter[str] = Counter()
    exact = Fraction(share).limit_denominator(10_000)
    for number, stands in enumerate(order, start=1):
        seen[known[stands.key].purpose] += 1
        for name in CLASSES:
            assert seen[name] >= min(int(exact * number), all_of[name]), (number, name)


@given(calls_of_a_day, shares, some_days)
def test_every_call_stands_once_and_priority_falls_from_each_to_the_next(
    calls: list[Waits], share: float, today: date
) -> None:
    order = arrange(calls, share, today)
    assert sorted(stands.key for stands in order) == sorted(call.key for call in calls)
    priorities = [stands.priority for stands in order]
    assert all(above > below for above, below in pairwise(priorities))
    assert arrange(list(reversed(calls)), share, today) == order


@given(calls_of_a_day, shares, some_days)
def test_within_a_class_and_among_what_is_not_lifted_value_decides(
    calls: list[Waits], share: float, today: date
) -> None:
    order = arrange(calls, share, today)
    drawn = {call.key for call in calls if call.is_drawn}
    lifted = {stands.key for stands in order if stands.is_lifted}
    assert not drawn & lifted
    assert [stands.key for stands in order if not stands.is_lifted] == [
        key for key in by_value(calls) if key not in lifted
    ]
    of = {call.key: call.purpose for call in calls}
    for name in CLASSES:
        own = [stands.key for stands in order if of[stands.key] == name and stands.key not in drawn]
        assert own == by_value([call for call in calls if call.purpose == name and not call.is_drawn])


def day_of(today: date, share: float = 0.05) -> list[Stands]:
    """200 service calls worth more than each of 30 courtesy calls."""
    calls = [Waits((number,), "service", 1000.0 - number) for number in range(200)]
    calls += [Waits((1000 + number,), "courtesy", 10.0 - number / 100) for number in range(30)]
    return arrange(calls, share, today)


def test_courtesy_is_called_though_service_is_worth_more() -> None:
    top = [stands.key[0] for stands in day_of(TODAY)[:100]]
    assert sum(key >= 1000 for key in top) == 5
    assert [key for key in top if key >= 1000] == [1000, 1001, 1002, 1003, 1004]


def test_without_a_share_courtesy_waits_below_the_line() -> None:
    """The control."""
    order = day_of(TODAY, share=0)
    assert not any(stands.is_lifted for stands in order)
    assert all(stands.key[0] < 1000 for stands in order[:200])


def test_where_a_day_holds_ten_calls_courtesy_has_its_turn_every_second_day() -> None:
    days = [TODAY + timedelta(days=number) for number in range(60)]
    served = [any(stands.key[0] >= 1000 for stands in day_of(day)[:10]) for day in days]
    assert 28 <= sum(served) <= 32
    longest = max(len(part) for part in "".join("x" if one else "-" for one in served).split("x"))
    assert longest <= 3, "nobody waits for long"
