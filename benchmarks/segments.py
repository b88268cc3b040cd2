"""What a segment costs on a large base: the live count of every field, the first page, and an export.

    python benchmarks/segments.py [--customers 100000] [--keep]

Uses the database of DATABASE_URL with `_bench` added to its name (dropped and made anew), or without one
a throwaway SQLite file; `--keep` asks the one that the last run left. The base of benchmarks/base.py,
judged by one night, with consents and emails added. Each figure is the best of three; "but not" is the
same condition as an exclusion.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
TODAY = date(2026, 3, 2)
TARGET = 300


def best(work: Callable[[], Any]) -> tuple[Any, float]:
    """(answer, milliseconds) of the fastest of three."""
    fastest, answer = float("inf"), None
    for _ in range(3):
        started = time.perf_counter()
        answer = work()
        fastest = min(fastest, time.perf_counter() - started)
    return answer, fastest * 1000


def make(customers: int) -> None:
    from datetime import UTC, datetime

    from django.core.management import call_command
    from django.utils import timezone

    from benchmarks import base
    from customers.models import ConsentEvent, ContactPoint, Customer
    from dealercrm.accounts.models import Dealership
    from lifecycle.nights import start_night, work_on

    call_command("migrate", verbosity=0)
    base.fill(customers, today=TODAY)
    at = datetime(2025, 1, 1, tzinfo=UTC)
    said, mails = [], []
    for pk in Customer.objects.order_by("pk").values_list("pk", flat=True):
        if pk % 5 < 3:
            said.append(ConsentEvent(customer_id=pk, is_given=True, at=at, source="dms"))
        if pk % 17 == 0:
            said.append(
                ConsentEvent(
                    customer_id=pk, is_given=False, at=at + timedelta(days=pk % 300), source="call", channel="call"
                )
            )
        if pk % 2:
            mails.append(ContactPoint(customer_id=pk, kind="email", value=f"c{pk}@example.com"))
    ConsentEvent.objects.bulk_create(said, batch_size=2000)
    ContactPoint.objects.bulk_create(mails, batch_size=2000, ignore_conflicts=True)
    run = start_night(Dealership.objects.get(code="bench"), on=TODAY, now=timezone.now(), by_hand=True)
    assert run is not None
    work_on(run)
    base.settle()


def measure() -> None:
    from dealercrm.accounts.models import Dealership
    from lifecycle.models import Standing
    from lifecycle.rules.segments import Condition, Definition, Op, read
    from lifecycle.segments.narrowing import narrow, page_by_page
    from lifecycle.segments.ready_made import READY_MADE
    from lifecycle.segments.registry import FIELDS, SHAPES

    stores = list(Dealership.objects.all())

    def asked(definition: Definition) -> Any:
        return narrow(Standing.objects.all(), definition, stores=stores, today=TODAY)

    def count(definition: Definition) -> int:
        return int(asked(definition).count())

    def first_page(definition: Definition) -> Any:
        rows = page_by_page(asked(definition)).select_related("customer", "ownership__vehicle__model__make")
        return list(rows[:50])

    slow = []
    print(f"{'ready-made':26} {'cars':>8} {'count':>9} {'50 rows':>10}")
    for one in READY_MADE.values():
        definition = read(one.definition, SHAPES, is_stored=True)
        cars, counting = best(partial(count, definition))
        _rows, listing = best(partial(first_page, definition))
        slow += [one.code] if counting > TARGET else []
        print(f"{one.code:26} {cars:8,} {counting:6.0f} ms {listing:7.0f} ms", flush=True)
    print(f"\n{'field':18} {'asked':8} {'cars':>8} {'count':>9} {'but not':>10}")
    for field in FIELDS.values():
        for op in field.ops:
            values = tuple(value for value, _words in field.choices()[:3]) if field.choices and op == Op.ANY else ()
            has_range = field.unit is not None and op in {Op.ANY, Op.BETWEEN}
            low, high = (max(field.least, 0), 400) if has_range else (None, None)
            condition = Condition(field.code, op, values, low, high)
            cars, counting = best(partial(count, Definition((condition,))))
            _cars, without = best(partial(count, Definition((), (condition,))))
            slow += [f"{field.code} {op}"] if max(counting, without) > TARGET else []
            print(f"{field.code:18} {op.value:8} {cars:8,} {counting:6.0f} ms {without:7.0f} ms", flush=True)
    print(f"\nover {TARGET} ms: {', '.join(slow) or 'none'}", flush=True)


def export() -> None:
    from django.utils import timezone

    from dealercrm.accounts.models import AccessLog, Dealership, User
    from lifecycle.models import Standing
    from lifecycle.segments.exporting import FORMATS, MOST, write

    user, _made = User.objects.get_or_create(username="bench")
    store = Dealership.objects.get(code="bench")
    members = Standing.objects.filter(pk__in=Standing.objects.order_by("pk").values("pk")[:MOST])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    for form in FORMATS:
        entry = AccessLog.objects.create(
            user=user, dealership=store, at=timezone.now(), action="export", subject="segment", rows=0
        )
        started = time.perf_counter()
        with write(form, members, entry) as stream:
            size = stream.seek(0, os.SEEK_END)
        seconds = time.perf_counter() - started
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"export {form:5} {entry.rows:7,} rows {seconds:6.1f} s {entry.rows / seconds:7,.0f} a second"
            f" {size / 1e6:6.1f} MB, memory {before} -> {after} MB",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--keep", action="store_true", help="ask the base that the last run left")
    options = parser.parse_args()
    from benchmarks.night import prepare_database

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dealercrm.settings")
    if options.keep:
        os.environ["DATABASE_URL"] = f"{os.environ['DATABASE_URL']}_bench"
    else:
        prepare_database()
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    from lifecycle.models import Standing

    settings.DEBUG = False
    if not options.keep:
        make(options.customers)
    print(f"{connection.vendor}: {Standing.objects.count():,} judged ownerships, load {os.getloadavg()[0]:.1f}\n")
    measure()
    export()


if __name__ == "__main__":
    main()
