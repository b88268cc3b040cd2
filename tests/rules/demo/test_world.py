"""The invented world: the same from the same seed, and with the figures that DOMAIN section 10 gives."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import date
from itertools import pairwise

import numpy as np
import phonenumbers
import pytest

from dealercrm.demo.world import names
from dealercrm.demo.world.making import World, make_world
from dealercrm.demo.world.sales import NEW

TODAY = date(2026, 3, 16)


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(vehicles=6000, seed=7, today=TODAY)


def digest(world: World) -> str:
    lists = (
        world.people, world.cars, world.spells, world.visits, world.covers, world.bookings, world.contacts,
        world.complaints, world.refusals, world.truth.comes_anyway_on.tolist(), world.truth.call_brings.tolist(),
    )  # fmt: skip
    return hashlib.sha256(repr(lists).encode()).hexdigest()


def test_the_same_seed_makes_the_same_world_and_another_seed_another() -> None:
    first, again, other = (digest(make_world(vehicles=200, seed=seed, today=TODAY)) for seed in (5, 5, 6))
    assert first == again
    assert first != other


def test_services_done_here_fall_with_the_age_of_the_car_as_measured_at_dealers(world: World) -> None:
    services, spells = world.life.services, world.spells_true
    car = spells.car[services.spell]
    sold_new = (world.fleet.how[car] == NEW) & (services.day < (TODAY - world.fleet.first).days)
    year = ((services.due - world.fleet.day[car]) / 365.25).astype(int)
    shares = [float(services.is_here[sold_new & (year == number)].mean()) for number in range(8)]
    assert shares == pytest.approx([0.75, 0.67, 0.55, 0.39, 0.29, 0.21, 0.17, 0.15], abs=0.06)
    assert shares[:6] == sorted(shares[:6], reverse=True)


def test_twelve_to_eighteen_of_a_hundred_appointments_are_missed(world: World) -> None:
    past = Counter(booking.status for booking in world.bookings if booking.starts_at.date() < TODAY)
    assert 0.12 <= past["no_show"] / (past["no_show"] + past["arrived"]) <= 0.18


def test_a_fifth_of_the_customers_bring_half_of_the_revenue(world: World) -> None:
    revenue: Counter[int] = Counter()
    for visit in world.visits:
        revenue[visit.customer] += visit.total
    ranked = sorted(revenue.values(), reverse=True)
    assert 0.45 <= sum(ranked[: len(ranked) // 5]) / sum(ranked) <= 0.60


def test_sales_have_their_season_and_grow(world: World) -> None:
    months: Counter[int] = Counter()
    for spell in world.spells:
        if spell.acquired == "new":
            months[spell.started_on.month] += 1
    assert months[12] > 1.35 * months[1]
    days = world.fleet.day[world.fleet.how == NEW]
    half = (TODAY - world.fleet.first).days / 2
    assert 1.12 < (days >= half).sum() / (days < half).sum() < 1.40


def test_taxis_and_fleets_drive_more_than_private_cars(world: World) -> None:
    private, taxi, fleet = (float(np.median(world.fleet.yearly[world.fleet.use == use])) for use in range(3))
    assert 14_500 < private < 19_000
    assert 55_000 < taxi < 69_000
    assert 26_000 < fleet < 34_000


def test_readings_are_as_dirty_as_in_real_exports(world: World) -> None:
    missing = sum(visit.km is None for visit in world.visits) / len(world.visits)
    rounded = sum(visit.km is not None and visit.km % 1000 == 0 for visit in world.visits) / len(world.visits)
    wrong = len(world.truth.reading_order) / len(world.visits)
    assert 0.015 < missing < 0.025
    assert 0.12 < rounded < 0.18
    assert 0.018 < wrong < 0.045


def test_some_persons_are_filed_twice_and_the_truth_knows_of_whom(world: World) -> None:
    persons = [person for person in world.people if person.kind == "person"]
    again = [person for person in persons if person.duplicate_of is not None]
    assert 0.03 <= len(again) / len(persons) <= 0.08
    by_code = {person.code: person for person in world.people}
    for code, of in zip(world.truth.duplicate_code, world.truth.duplicate_of_code, strict=True):
        assert by_code[of].sex == by_code[code].sex
        assert by_code[of].known_since < by_code[code].known_since


def test_contacts_look_right_and_reach_nobody(world: World) -> None:
    with_email = sum(bool(person.email) for person in world.people) / len(world.people)
    assert 0.40 <= with_email <= 0.60
    for person in world.people[:500]:
        for phone in person.phones:
            assert phonenumbers.is_valid_number(phonenumbers.parse(phone))
            assert phone.startswith("+7975")
        assert not person.email or person.email.rpartition("@")[2] in {"example.com", "example.org", "example.net"}


def test_a_woman_has_a_womans_name() -> None:
    assert names.feminine("Соловьёв") == "Соловьёва"
    assert names.feminine("Покровский") == "Покровская"
    assert names.feminine("Черных") == "Черных"
    assert names.patronymic("Илья", female=True) == "Ильинична"
    assert names.patronymic("Юрий", female=False) == "Юрьевич"
    assert names.patronymic("Сергей", female=True) == "Сергеевна"
    assert names.patronymic("Рамиль", female=False) == "Рамилевич"


def test_nothing_in_the_files_is_later_than_yesterday_but_the_appointments_ahead(world: World) -> None:
    assert max(visit.on for visit in world.visits) < TODAY
    assert max(spell.started_on for spell in world.spells) < TODAY
    assert all(spell.ended_on is None or spell.started_on <= spell.ended_on <= TODAY for spell in world.spells)
    assert all(
        booking.starts_at.date() >= TODAY for booking in world.bookings if booking.status in {"booked", "confirmed"}
    )


def test_appointments_keep_the_opening_hours(world: World) -> None:
    assert all(9 <= booking.starts_at.hour <= 17 for booking in world.bookings)


def test_a_car_has_one_owner_at_a_time(world: World) -> None:
    by_car: dict[int, list[tuple[date, date]]] = {}
    for spell in world.spells:
        by_car.setdefault(spell.car, []).append((spell.started_on, spell.ended_on or date.max))
    for spells in by_car.values():
        spells.sort()
        assert all(one[1] <= following[0] for one, following in pairwise(spells))


def test_a_car_bought_elsewhere_is_known_since_its_first_visit(world: World) -> None:
    first: dict[int, date] = {}
    for visit in world.visits:
        first[visit.spell] = min(first.get(visit.spell, visit.on), visit.on)
    elsewhere = [number for number, spell in enumerate(world.spells) if spell.acquired == "elsewhere"]
    assert all(first[number] == world.spells[number].started_on for number in elsewhere)


def test_the_truth_knows_who_would_come_anyway_and_whom_only_a_call_brings(world: World) -> None:
    truth = world.truth
    assert len(truth.vin) == len(world.spells)
    soon = (truth.comes_anyway_on != "") & (truth.comes_anyway_on <= "2026-05-10")
    assert soon.any()
    assert not truth.call_brings[soon].any()
    assert 0.005 < truth.call_brings.mean() < 0.06
    assert not truth.call_brings[truth.sold_on != ""].any()


def test_parts_of_a_large_world_share_no_code_and_no_order_number() -> None:
    one, two = (make_world(vehicles=100, seed=3, today=TODAY, part=part) for part in (0, 1))
    assert not {person.code for person in one.people} & {person.code for person in two.people}
    assert not {visit.number for visit in one.visits} & {visit.number for visit in two.visits}
