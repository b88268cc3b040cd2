"""Who is in a segment: every field, both ways round, on whatever base; and never somebody of another store."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from django.utils import translation

from customers.models import ConsentEvent, Customer, Purpose
from customers.rules.consent import CHANNELS, allows
from dealercrm.accounts.models import Dealership, User
from lifecycle.models import Segment, Standing
from lifecycle.rules.segments import Condition, Definition, Of, Op, read, written
from lifecycle.segments.narrowing import narrow
from lifecycle.segments.ready_made import READY_MADE
from lifecycle.segments.registry import FIELDS, SHAPES
from lifecycle.segments.words import spoken
from tests.factories import make_customer, make_ownership, make_visit, moment
from tests.lifecycle.segment_world import every_condition, some_base, standing_of
from vehicles.models import Touch


def cars(definition: Definition, store: Dealership, today: date) -> set[int]:
    rows = narrow(Standing.objects.all(), definition, stores=[store], today=today)
    found = list(rows)
    assert rows.count() == len(found) == len({row.pk for row in found}), "each car once, and counted as listed"
    return {row.pk for row in found}


def with_(*conditions: Condition) -> Definition:
    return Definition(conditions)


def test_each_condition_parts_the_base_in_those_who_fit_and_those_who_do_not(north: Dealership, today: date) -> None:
    """Holds on any base; two seeds of a random one stand for it, and every field must tell somebody apart."""
    idle = set(FIELDS)
    for seed in (1, 2):
        some_base(north, today, seed=seed)
        everybody = cars(Definition(), north, today)
        for condition in every_condition():
            inside = cars(with_(condition), north, today)
            outside = cars(Definition((), (condition,)), north, today)
            assert inside | outside == everybody, condition
            assert not inside & outside, condition
            if inside and outside:
                idle.discard(condition.field)
    assert not idle, "the base of this test lets nobody tell these apart"


def test_conditions_hold_together_and_exclusions_each_alone(north: Dealership, today: date) -> None:
    some_base(north, today)
    everybody = cars(Definition(), north, today)
    for one, other in pairwise(every_condition()):
        first, second = cars(with_(one), north, today), cars(with_(other), north, today)
        assert cars(with_(one, other), north, today) == first & second
        assert cars(Definition((one,), (other,)), north, today) == first - second
        assert cars(Definition((), (one, other)), north, today) == everybody - first - second


def test_a_range_and_the_rest_of_it_make_the_whole(north: Dealership, today: date) -> None:
    some_base(north, today)
    for field in FIELDS.values():
        if Op.BETWEEN not in field.ops:
            continue
        split = 40
        low = cars(with_(Condition(field.code, Op.BETWEEN, (), None, split)), north, today)
        high = cars(with_(Condition(field.code, Op.BETWEEN, (), split + 1, None)), north, today)
        unknown = cars(with_(Condition(field.code, Op.UNKNOWN)), north, today) if Op.UNKNOWN in field.ops else set()
        assert not low & high
        assert low | high | unknown == cars(Definition(), north, today), field.code


def test_current_and_former_owners_are_told_apart(north: Dealership, today: date) -> None:
    some_base(north, today)
    current, former = cars(Definition(), north, today), cars(Definition(of=Of.FORMER), north, today)
    assert current
    assert former
    assert not current & former
    assert cars(Definition(of=Of.EVERY), north, today) == current | former


def test_the_list_of_those_we_may_contact_is_what_the_rule_of_consent_says(north: Dealership, today: date) -> None:
    some_base(north, today, size=40, seed=5)
    for purpose in Purpose.values:
        for channel in CHANNELS:
            rows = Customer.objects.filter(ConsentEvent.objects.allowing(purpose, channel))
            listed = set(rows.values_list("pk", flat=True))
            judged = {one.pk for one in Customer.objects.all() if allows(one.consent_events.all(), purpose, channel)}
            assert listed == judged, (purpose, channel)
            assert judged


def test_a_merged_or_erased_customer_is_in_no_segment(north: Dealership, today: date) -> None:
    kept = standing_of(make_ownership(make_customer(north), north), today)
    merged = standing_of(make_ownership(make_customer(north, merged_into=kept.customer), north), today)
    standing_of(make_ownership(make_customer(north, erased_at=moment(today)), north), today)
    assert cars(Definition(), north, today) == {kept.pk}
    assert merged.pk


def test_another_stores_cars_are_in_nobody_elses_segment(north: Dealership, south: Dealership, today: date) -> None:
    here, there = some_base(north, today), some_base(south, today)
    assert cars(Definition(of=Of.EVERY), north, today) == {row.pk for row in here}
    both = narrow(Standing.objects.all(), Definition(of=Of.EVERY), stores=[north, south], today=today)
    assert both.count() == len(here) + len(there)


def test_money_counts_only_where_it_was_paid_to_the_stores_that_ask_and_in_one_currency(
    north: Dealership, south: Dealership, today: date
) -> None:
    ownership = make_ownership(make_customer(north), north)
    row = standing_of(ownership, today)
    make_visit(ownership, today - timedelta(days=40), total=30_000)
    make_visit(ownership, today - timedelta(days=20), total=30_000, dealership=south)
    rich = with_(Condition("check", Op.BETWEEN, (), 50_000))
    assert cars(rich, north, today) == set(), "of the sister store's visits North knows date and purpose"
    both = narrow(Standing.objects.all(), rich, stores=[north, south], today=today)
    assert [one.pk for one in both] == [row.pk]
    Dealership.objects.filter(pk=south.pk).update(currency="KZT")
    both = narrow(Standing.objects.all(), rich, stores=list(Dealership.objects.all()), today=today)
    assert not both.exists(), "roubles and tenge are not added up"


def test_a_voided_order_is_no_visit(north: Dealership, today: date) -> None:
    ownership = make_ownership(make_customer(north), north)
    row = standing_of(ownership, today)
    order = make_visit(ownership, today - timedelta(days=40))
    came = with_(Condition("check", Op.BETWEEN, (), 1), Condition("work_done", Op.ANY, ("oil",), None, 60))
    assert cars(came, north, today) == {row.pk}
    order.void(at=moment(today))
    assert cars(came, north, today) == set()


@pytest.mark.parametrize(("days", "is_in"), [(89, False), (90, True), (120, True), (121, False)])
def test_both_ends_of_a_number_of_days_are_included(north: Dealership, today: date, days: int, is_in: bool) -> None:
    row = standing_of(make_ownership(make_customer(north), north), today)
    Standing.objects.update(last_visit_on=today - timedelta(days=days))
    at = moment(today - timedelta(days=days), 23, 59)
    Touch.objects.create(customer=row.customer, dealership=north, at=at, channel="call", purpose="service")
    for field in ("last_visit", "last_touch"):
        found = cars(with_(Condition(field, Op.BETWEEN, (), 90, 120)), north, today)
        assert found == ({row.pk} if is_in else set()), field


def test_each_customer_is_of_exactly_one_warmth(north: Dealership, today: date) -> None:
    some_base(north, today, size=40)
    values = [value for value, _words in FIELDS["warmth"].choices()]  # type: ignore[misc]
    parts = {value: cars(with_(Condition("warmth", Op.ANY, (value,))), north, today) for value in values}
    assert sum(map(len, parts.values())) == len(cars(Definition(), north, today))
    for one, other in pairwise(values):
        assert cars(with_(Condition("warmth", Op.ANY, (one, other))), north, today) == parts[one] | parts[other]
    assert all(parts.values()), "the base of this test has somebody of each"


def test_ready_made_segments_can_be_read_counted_and_spoken_in_both_languages(north: Dealership, today: date) -> None:
    some_base(north, today)
    for one in READY_MADE.values():
        definition = read(one.definition, SHAPES)
        cars(definition, north, today)
        assert written(definition)["all"] == one.definition["all"]
        for language in ("en", "ru"):
            with translation.override(language):
                said = spoken(definition, north)
                assert said.endswith(".")
                assert "%(" not in said


def test_campaigns_ask_a_saved_segment_for_its_members(
    north: Dealership, south: Dealership, boris: User, today: date, now: datetime
) -> None:
    row = standing_of(make_ownership(make_customer(north), north), today, stage="dormant", substage="quiet")
    segment = Segment.create(
        dealership=north,
        name="Asleep",
        definition=with_(Condition("stage", Op.ANY, ("dormant",))),
        by=boris,
        at=now,
    )
    assert list(segment.members([north], today).values_list("ownership_id", "customer_id")) == [
        (row.pk, row.customer_id)
    ]
    assert not segment.members([south], today).exists()


def test_a_definition_is_said_in_one_sentence(north: Dealership) -> None:
    definition = read(
        {
            "all": [
                {"field": "stage", "values": ["dormant", "lost"]},
                {"field": "last_visit", "from": 180, "to": 400},
                {"field": "check", "from": 60_000},
                {"field": "has_email", "op": "no"},
            ],
            "but_not": [{"field": "complaint"}, {"field": "due", "from": -30, "to": 14}],
        },
        SHAPES,
    )
    assert spoken(definition, north).replace("\u00a0", " ").replace("\u2009", " ") == (
        "Current owners: stage – dormant or lost; last visit – 180 – 400 days ago;"
        " paid for service in 24 months – at least 60,000 ₽; no email that works;"
        " but not: a complaint is open; next maintenance due – 30 days ago – in 14 days."
    )
