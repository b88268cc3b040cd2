"""A withdrawal that the DMS brings is written under the customer's lock, as every word against contact is."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from threading import Event

import pytest
from django.db import OperationalError, connection, transaction

from customers.models import ConsentEvent, Customer
from customers.models.customer import CustomerQuerySet
from customers.upserting import upsert_customers
from dealercrm.accounts.models import Dealership
from tests.customers.test_upserting import OLGA
from tests.factories import make_dealership, moment

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NOW = moment(date(2026, 3, 16), 11)
held = CustomerQuerySet.held  # before any test takes it away


@contextmanager
def somebody_is_deciding() -> Iterator[None]:
    """A sender holds every customer, in a transaction of its own, until the block ends."""
    holds, may_go = Event(), Event()

    def decide() -> None:
        try:
            with transaction.atomic():
                held(Customer.objects.all(), Customer.objects.values_list("pk", flat=True))
                holds.set()
                may_go.wait(20)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        sender = pool.submit(decide)
        assert holds.wait(20)
        try:
            yield
        finally:
            may_go.set()
            sender.result()


def import_the_withdrawal(north: Dealership) -> None:
    """The import of a day later, which gives up rather than wait for ever."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '300ms'")
        upsert_customers(north, "dms", [replace(OLGA, consent=None, consent_on=None)], now=NOW + timedelta(days=1))


@pytest.fixture
def north() -> Dealership:
    north = make_dealership("north", name="North")
    upsert_customers(north, "dms", [OLGA], now=NOW)
    return north


def test_an_imported_withdrawal_waits_for_whoever_decides_about_the_customer(north: Dealership) -> None:
    with somebody_is_deciding(), pytest.raises(OperationalError, match="lock timeout"):
        import_the_withdrawal(north)
    assert not ConsentEvent.objects.filter(is_given=False).exists()
    import_the_withdrawal(north)
    assert ConsentEvent.objects.filter(is_given=False).count() == 1


def test_control_without_the_lock_it_is_written_while_a_letter_is_being_claimed(
    north: Dealership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CustomerQuerySet, "held", lambda self, ids, *, wait=True: list(self.filter(pk__in=list(ids))))
    with somebody_is_deciding():
        import_the_withdrawal(north)
        assert ConsentEvent.objects.filter(is_given=False).count() == 1
