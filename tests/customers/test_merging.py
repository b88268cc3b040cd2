"""Two cards become one: what moves, what both have, whose word holds, and how it is taken back."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from campaigns.models import ContactTask
from customers.finding import find_customers
from customers.merging import MergeRefusedError, gather_stragglers, merge, plan_merge, undo, what_stays
from customers.models import ConsentEvent, ContactPoint, Customer, DuplicatePair, ExternalId, Merge
from customers.rules.consent import allows
from customers.rules.records import CustomerRecord
from customers.upserting import upsert_customers
from dealercrm.accounts.models import Dealership, User
from tests.campaigns.building import make_occasion, plan
from tests.factories import make_customer, make_ownership, make_vehicle, make_visit, moment
from vehicles.models import Ownership, Refusal, RepairOrder, Touch
from vehicles.rules.records import VehicleRecord
from vehicles.upserting import upsert_vehicles

PHONE = "+79123456789"


@pytest.fixture
def ivan(north: Dealership) -> Customer:
    return make_customer(north, name="Иванов Алексей Сергеевич", phone=PHONE, city="")


@pytest.fixture
def again(north: Dealership) -> Customer:
    """The same man, filed by another clerk: Latin, with the same phone, an email and a city."""
    return make_customer(
        north, name="Ivanov Aleksey", phone=PHONE, email="ivanov@post.test", city="Казань", consents=False
    )


@pytest.fixture
def do(ivan: Customer, again: Customer, north: Dealership, boris: User, now: datetime):
    def merged(**choices: str) -> Merge:
        return merge(ivan.pk, again.pk, by=boris, store=north, now=now, choices=choices)

    return merged


def test_the_facts_of_both_cards_belong_to_the_one_who_is_kept(
    do, ivan: Customer, again: Customer, north: Dealership, now: datetime
) -> None:
    car = make_ownership(again, north)
    visit = make_visit(car, date(2025, 5, 5))
    make_occasion(car, today=now.date())
    versions = dict(Ownership.objects.values_list("pk", "facts_version"))
    journal = do()
    visit.refresh_from_db()
    assert visit.customer == ivan
    assert Ownership.objects.get().customer == ivan
    assert journal.moved["vehicles.RepairOrder"] == 1
    assert all(version > versions[pk] for pk, version in Ownership.objects.values_list("pk", "facts_version"))
    again.refresh_from_db()
    assert again.merged_into == ivan
    assert not again.occasions.exists()


def test_what_is_empty_is_filled_and_a_name_written_with_care_wins(do, ivan: Customer, again: Customer) -> None:
    do()
    ivan.refresh_from_db()
    assert ivan.name == "Иванов Алексей Сергеевич"
    assert ivan.city == "Казань"


def test_the_name_written_with_care_wins_also_where_the_other_card_is_kept(
    ivan: Customer, again: Customer, north: Dealership, boris: User, now: datetime
) -> None:
    merge(again.pk, ivan.pk, by=boris, store=north, now=now)
    again.refresh_from_db()
    assert again.name == "Иванов Алексей Сергеевич"
    assert again.search_key.startswith("иванов")


def test_a_person_may_choose_otherwise(do, ivan: Customer) -> None:
    do(name="other", city="own")
    ivan.refresh_from_db()
    assert ivan.name == "Ivanov Aleksey"
    assert ivan.city == ""


def test_one_phone_of_both_stays_one(do, ivan: Customer) -> None:
    do()
    assert sorted(point.value for point in ivan.contact_points.all()) == [PHONE, "ivanov@post.test"]
    assert ivan.contact_points.earliest("position", "pk").value == PHONE  # the survivor's own is tried first


def test_a_phone_known_to_be_dead_on_either_card_is_dead(do, ivan: Customer, again: Customer, now: datetime) -> None:
    again.contact_points.get(kind="phone").mark_invalid("wrong_number", at=now)
    do()
    assert not ivan.contact_points.get(kind="phone").is_usable


def test_a_phone_that_the_source_dropped_from_one_card_lives_on_the_other(
    do, ivan: Customer, again: Customer, now: datetime
) -> None:
    ivan.contact_points.get(kind="phone").mark_invalid("removed_by_source", at=now)
    do()
    assert ivan.contact_points.get(kind="phone").is_usable


def test_a_withdrawal_on_either_card_wins_over_a_later_yes_on_the_other(
    do, ivan: Customer, again: Customer, now: datetime
) -> None:
    ivan.withdraw_consent(at=now - timedelta(days=90), source="call", channel="call")
    again.give_consent(at=now - timedelta(days=3), source="web")
    journal = do()
    said = list(ivan.consent_events.all())
    assert not allows(said, "marketing", "call")
    assert not allows(said, "service", "call")
    assert allows(said, "marketing", "email")
    assert [note["code"] for note in journal.notes] == ["merge.withdrawal_wins"]


def test_a_yes_after_a_withdrawal_on_the_same_card_is_a_yes(do, ivan: Customer, again: Customer, now: datetime) -> None:
    again.withdraw_consent(at=now - timedelta(days=90), source="call")
    again.give_consent(at=now - timedelta(days=3), source="web")
    do()
    assert allows(list(ivan.consent_events.all()), "marketing", "call")


def test_a_car_that_both_cards_had_one_after_the_other_was_one_ownership_all_the_time(
    do, ivan: Customer, again: Customer, north: Dealership
) -> None:
    """The store sold it to one card; later a clerk filed the visits, and so the car, under the other."""
    car = make_vehicle()
    first = make_ownership(
        ivan, north, vehicle=car, started_on=date(2021, 2, 1), ended_on=date(2024, 6, 1), end_reason="sold"
    )
    second = make_ownership(again, north, vehicle=car, started_on=date(2024, 6, 1), acquired="elsewhere")
    visit = make_visit(second, date(2024, 6, 1))
    journal = do()
    (kept,) = Ownership.objects.standing()
    assert (kept.pk, kept.started_on, kept.ended_on, kept.acquired) == (first.pk, date(2021, 2, 1), None, "new")
    visit.refresh_from_db()
    assert visit.ownership == first
    assert journal.notes[0]["code"] == "merge.cars_joined"


def test_a_car_with_somebody_between_stays_two_ownerships(
    do, ivan: Customer, again: Customer, north: Dealership
) -> None:
    car = make_vehicle()
    make_ownership(ivan, north, vehicle=car, started_on=date(2019, 1, 1), ended_on=date(2020, 1, 1), end_reason="sold")
    make_ownership(
        make_customer(north), north, vehicle=car, started_on=date(2020, 1, 1), ended_on=date(2021, 1, 1),
        end_reason="sold",
    )  # fmt: skip
    make_ownership(again, north, vehicle=car, started_on=date(2021, 1, 1), acquired="elsewhere")
    do()
    assert Ownership.objects.standing().count() == 3


def test_an_import_of_a_joined_car_changes_nothing(
    do, ivan: Customer, again: Customer, north: Dealership, now: datetime
) -> None:
    car = make_vehicle()
    make_ownership(ivan, north, vehicle=car, started_on=date(2021, 2, 1), ended_on=date(2024, 6, 1), end_reason="sold")
    make_ownership(again, north, vehicle=car, started_on=date(2024, 6, 1), acquired="elsewhere")
    do()
    before = list(Ownership.objects.order_by("pk").values("pk", "customer", "started_on", "ended_on"))
    record = VehicleRecord(vin=car.vin, plate=car.plate, make="Kia", model="Rio", year=2022)
    upsert_vehicles(north, "dms", [record], now=now)
    assert list(Ownership.objects.order_by("pk").values("pk", "customer", "started_on", "ended_on")) == before


def test_the_merged_id_and_its_codes_mean_the_one_who_was_kept(
    do, ivan: Customer, again: Customer, north: Dealership, boris: User, now: datetime
) -> None:
    ExternalId.objects.create(customer=again, dealership=north, code="K-2", source_values={"city": "Казань"})
    do()
    assert find_customers(boris, [again.pk])[again.pk] == ivan
    record = CustomerRecord(code="K-2", last_name="Ivanov", first_name="Aleksey", city="Самара")
    (result,) = upsert_customers(north, "dms", [record], now=now)
    assert (result.status, result.object_id) == ("updated", ivan.pk)
    ivan.refresh_from_db()
    assert ivan.city == "Самара"
    assert Customer.objects.living().count() == 1


def test_a_phone_that_one_code_drops_stays_while_another_code_of_the_customer_gives_it(
    north: Dealership, boris: User, now: datetime
) -> None:
    """Two codes of the DMS mean one customer after a merge; a clerk empties the phone of one of them."""
    records = [CustomerRecord(code=code, last_name="Орлов", phones=("+79120000001",)) for code in ("K-1", "K-2")]
    one, two = (result.object_id for result in upsert_customers(north, "dms", records, now=now))
    assert one is not None
    assert two is not None
    merge(one, two, by=boris, store=north, now=now)
    upsert_customers(north, "dms", [CustomerRecord(code="K-2", last_name="Орлов")], now=now)
    assert Customer.objects.get(pk=one).contact_points.get().is_usable
    upsert_customers(north, "dms", [CustomerRecord(code="K-1", last_name="Орлов")], now=now)
    assert not Customer.objects.get(pk=one).contact_points.get().is_usable


def test_every_store_that_knew_either_card_sees_the_one_who_was_kept(
    do, ivan: Customer, again: Customer, south: Dealership, clara: User, now: datetime
) -> None:
    again.become_known_to(south, at=moment(date(2020, 1, 1)))
    do()
    assert Customer.objects.for_user(clara).filter(pk=ivan.pk).exists()


def test_the_preview_is_what_happens(do, ivan: Customer, again: Customer, north: Dealership, now: datetime) -> None:
    make_visit(make_ownership(again, north), date(2025, 5, 5))
    preview = plan_merge(ivan, again, now=now)
    assert not Merge.objects.exists()
    again.refresh_from_db()
    assert again.is_living
    journal = do()
    assert journal.steps == [step.as_json() for step in preview.steps]
    assert journal.moved == preview.moved


def test_a_preview_writes_nothing_and_costs_the_same_number_of_queries_however_many_facts(
    ivan: Customer, again: Customer, north: Dealership, now: datetime, django_assert_max_num_queries
) -> None:
    car = make_ownership(again, north)
    for day in range(1, 20):
        make_visit(car, date(2025, 5, day))
    with django_assert_max_num_queries(60):
        plan_merge(ivan, again, now=now)


def test_a_person_is_not_merged_into_themselves_a_company_or_somebody_gone(
    do, ivan: Customer, again: Customer, north: Dealership, boris: User, now: datetime
) -> None:
    firm = Customer.objects.create(kind="company", company_name="ООО «Вектор»")
    for one, other, code in ((ivan, ivan, "merge.one_card"), (ivan, firm, "merge.two_kinds")):
        with pytest.raises(MergeRefusedError) as refused:
            merge(one.pk, other.pk, by=boris, store=north, now=now)
        assert refused.value.why.code == code
    do()
    with pytest.raises(MergeRefusedError) as refused:
        do()
    assert refused.value.why.code == "merge.gone"


def test_an_undo_puts_everything_back_and_asks_the_question_again(
    do, ivan: Customer, again: Customer, north: Dealership, boris: User, now: datetime
) -> None:
    visit = make_visit(make_ownership(again, north), date(2025, 5, 5))
    journal = undo(do().pk, by=boris, now=now)
    visit.refresh_from_db()
    again.refresh_from_db()
    ivan.refresh_from_db()
    assert visit.customer == again
    assert again.is_living
    assert ivan.city == ""
    assert journal.undone_notes == []
    assert DuplicatePair.objects.get().status == "suggested"
    with pytest.raises(MergeRefusedError):
        undo(journal.pk, by=boris, now=now)


def test_what_was_written_or_corrected_since_stays_with_the_one_who_was_kept_and_the_undo_says_so(
    do, ivan: Customer, again: Customer, north: Dealership, boris: User, now: datetime
) -> None:
    journal = do()
    ivan.refresh_from_db()
    ivan.correct({"city": "Уфа"})
    Touch.objects.create(customer=ivan, dealership=north, at=now, channel="call", purpose="service")
    assert [why.code for why in what_stays(journal)] == ["merge.facts_since"]
    notes = undo(journal.pk, by=boris, now=now).undone_notes
    assert [(note["code"], note["params"]["number"]) for note in notes] == [
        ("merge.facts_since", 1),
        ("merge.changed_since", 1),
    ]
    ivan.refresh_from_db()
    assert ivan.city == "Уфа"
    assert Touch.objects.get().customer == ivan


def test_of_two_merges_the_later_one_is_undone_first(
    do, ivan: Customer, again: Customer, north: Dealership, boris: User, now: datetime
) -> None:
    earlier = do()
    third = make_customer(north, name="Иванов Алексей")
    later = merge(third.pk, ivan.pk, by=boris, store=north, now=now)
    assert find_customers(boris, [again.pk])[again.pk] == third
    with pytest.raises(MergeRefusedError) as refused:
        undo(earlier.pk, by=boris, now=now)
    assert refused.value.why.code == "merge.merged_on"
    undo(later.pk, by=boris, now=now)
    undo(earlier.pk, by=boris, now=now)
    assert Customer.objects.living().count() == 3


def test_an_objection_against_a_card_that_was_merged_meanwhile_reaches_the_one_who_was_kept(
    do, ivan: Customer, again: Customer, north: Dealership, now: datetime
) -> None:
    do()
    again.withdraw_consent(at=now, source="call", channel="call")  # a page that was open since before the merge
    Refusal.objects.record(customer=again, dealership=north, topic="repurchase", at=now)
    assert not allows(list(ivan.consent_events.all()), "service", "call")
    assert Refusal.objects.get().customer == ivan


def test_a_fact_that_came_late_to_the_merged_card_is_moved_by_the_night_and_by_the_undo(
    do, ivan: Customer, again: Customer, north: Dealership, boris: User, now: datetime
) -> None:
    journal = do()
    late = Touch.objects.create(customer=again, dealership=north, at=now, channel="email", purpose="service")
    assert gather_stragglers() == 1
    assert gather_stragglers() == 0
    late.refresh_from_db()
    assert late.customer == ivan
    undo(journal.pk, by=boris, now=now)
    late.refresh_from_db()
    assert late.customer == again


def test_two_calls_about_one_car_become_one(
    do, ivan: Customer, again: Customer, north: Dealership, now: datetime
) -> None:
    make_occasion(make_ownership(ivan, north), today=now.date())
    make_occasion(make_ownership(again, north), today=now.date())
    plan(north, now)
    mine, theirs = (ContactTask.objects.get(customer=one, channel="call") for one in (ivan, again))
    ContactTask.objects.filter(pk=theirs.pk).update(ownership=mine.ownership)
    journal = do()
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.status, theirs.status) == ("open", "cancelled")
    assert theirs.closed_why["code"] == "closed.merged"
    assert journal.notes[0]["code"] == "merge.tasks_taken_off"


def test_calls_about_two_cars_stay_two(do, ivan: Customer, again: Customer, north: Dealership, now: datetime) -> None:
    make_occasion(make_ownership(ivan, north), today=now.date())
    make_occasion(make_ownership(again, north), today=now.date())
    plan(north, now)
    do()
    assert ContactTask.objects.open().calls().filter(customer=ivan).count() == 2


def test_consents_and_contacts_of_the_merged_card_are_all_kept(do, ivan: Customer, again: Customer) -> None:
    events, points = ConsentEvent.objects.count(), ContactPoint.objects.count()
    do()
    assert (ConsentEvent.objects.count(), ContactPoint.objects.count()) == (events, points)
    assert RepairOrder.objects.count() == 0
