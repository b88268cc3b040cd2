"""How fast an export comes in, on a database of its own. `python benchmarks/import_orders.py [--customers N] [--big]`.

Needs DATABASE_URL of a PostgreSQL server that may create databases (SQLite works too, to compare).
Prints rows a second of each step of a real import of generated CSV files, of the same export again,
and of a naive import that saves row by row through the ORM; with --big also the memory of the
importer and of its reading child over an export of 200 MB.

Beside the seconds on the wall stands the processor's time: of this process and, where the server runs on
this machine, of its process that serves us. "a second of processor" is rows by the sum of both: what one
core would do with nobody else on the machine. `--profile` also prints where this process spends its time.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import random
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test.runner import DiscoverRunner  # noqa: E402
from django.utils import timezone  # noqa: E402

from customers.models import ConsentEvent, ContactPoint, Customer, ExternalId  # noqa: E402
from dealercrm.accounts.models import Dealership  # noqa: E402
from vehicles.importing import claim, run_import, stages  # noqa: E402
from vehicles.models import (  # noqa: E402
    ImportProfile,
    ImportRun,
    OdometerReading,
    Ownership,
    RepairOrder,
    RepairOrderLine,
    Vehicle,
)

WORKS = [
    ("M01", "ТО плановое", "ТО"),
    ("M02", "Замена масла", "Масло"),
    ("M03", "Фильтр", "Фильтры"),
    ("R1", "Колодки", "Тормоза"),
]


def write_export(folder: Path, customers: int, orders_each: int, *, seed: int = 7) -> dict[str, int]:
    """A generated export in the form of 1C: every customer with a car and some visits of four lines."""
    chance = random.Random(seed)
    counts = {"customers": customers, "vehicles": customers, "orders": 0, "order_lines": 0}
    names = ("clients", "vehicles", "orders", "order_lines")
    with (
        (folder / "clients.csv").open("w", encoding="cp1251") as people,
        (folder / "vehicles.csv").open("w", encoding="cp1251") as cars,
        (folder / "orders.csv").open("w", encoding="cp1251") as orders,
        (folder / "order_lines.csv").open("w", encoding="cp1251") as lines,
    ):
        people.write("Код;Тип;Наименование;Телефон;E-mail;Город;Согласие на рекламу;Дата согласия\n")
        cars.write("VIN;Госномер;Марка;Модель;Год выпуска;Код клиента;Дата продажи;Новый/БУ;Цена продажи\n")
        orders.write("Номер;Дата;VIN;Код клиента;Пробег;Вид ремонта;Мастер-консультант;Сумма\n")
        lines.write("Номер ЗН;Код работы;Наименование;Группа;Кол-во;Сумма;Отказ\n")
        number = 0
        for index in range(customers):
            vin, sold = f"Z94CB41AAG{index:07d}", date(2019, 1, 1) + timedelta(days=chance.randrange(900))
            consent = f"Да;{sold:%d.%m.%Y}" if index % 2 else ";"
            email = f"c{index}@post.test" if index % 2 else ""
            people.write(f"{index:09d};Физлицо;Козлова Ольга Викторовна;8912{index:07d};{email};Уфа;{consent}\n")
            cars.write(f"{vin};А{index % 1000:03d}ВС16;Kia;Rio;2019;{index:09d};{sold:%d.%m.%Y};Новый;1394000,00\n")
            km, on = 0, sold
            for _ in range(orders_each):
                number += 1
                km, on = km + chance.randrange(9000, 16000), on + timedelta(days=chance.randrange(250, 400))
                on = min(on, date(2026, 3, 1))
                orders.write(f"ЗН{number:07d};{on:%d.%m.%Y};{vin};{index:09d};{km};Клиент;Белова К.;{km},50\n")
                for code, work, group in WORKS:
                    lines.write(f"ЗН{number:07d};{code};{work};{group};1;{chance.randrange(900, 9000)},00;\n")
        counts["orders"], counts["order_lines"] = number, number * len(WORKS)
    assert len(names) == len(counts)
    return counts


class Spent(NamedTuple):
    """Seconds: on the wall, of this process's processor, of the server's."""

    wall: float = 0.0
    here: float = 0.0
    server: float = 0.0

    @classmethod
    def now(cls) -> Spent:
        return cls(time.perf_counter(), time.process_time(), _of_server())

    def since(self, before: Spent) -> Spent:
        return Spent(*(one - other for one, other in zip(self, before, strict=True)))

    def plus(self, more: Spent) -> Spent:
        return Spent(*(one + other for one, other in zip(self, more, strict=True)))

    @property
    def processor(self) -> float:
        return self.here + self.server

    def rate(self, rows: int) -> str:
        return (
            f"{rows / self.wall:9,.0f} /s, {rows / self.processor:9,.0f} a second of processor"
            f" ({1e6 * self.here / rows:4.0f} us here, {1e6 * self.server / rows:4.0f} us server)"
        )


def _of_server() -> float:
    """Processor time of the server process of our connection; nought where it is none of this machine."""
    if connection.vendor != "postgresql" or connection.connection is None:
        return 0.0
    try:
        text = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text()
    except OSError:
        return 0.0
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def timed_steps(spent: dict[str, Spent]) -> Iterator[None]:
    """Adds up what each step of an import takes, its account and cursor included."""
    original = dict(stages.STEPS)

    def timed(name: str, step: Callable[..., object]) -> Callable[..., object]:
        def run(work: object, after: object) -> object:
            started = Spent.now()
            transaction.on_commit(
                lambda: spent.__setitem__(name, spent.get(name, Spent()).plus(Spent.now().since(started)))
            )
            return step(work, after)

        return run

    stages.STEPS.update({name: timed(name, step) for name, step in original.items()})
    try:
        yield
    finally:
        stages.STEPS.update(original)


def bring_in(store: Dealership, path: Path) -> tuple[ImportRun, float, dict[str, Spent]]:
    now = timezone.now()
    profile = ImportProfile.objects.get(code="1c")
    run = ImportRun.objects.create(dealership=store, profile=profile, name="benchmark", path=str(path))
    assert claim(run, now=now) is None
    steps: dict[str, Spent] = {}
    started = time.perf_counter()
    with timed_steps(steps):
        run_import(run, now=now)
    run.refresh_from_db()
    assert run.status == "done", run.error
    return run, time.perf_counter() - started, steps


def one_by_one(store: Dealership, customers: int, orders_each: int) -> tuple[int, Spent]:
    """The import many CRMs have: look up and save each row. Returns how many orders with their lines, and the time."""
    started = Spent.now()
    count = 0
    for index in range(customers):
        code = f"naive-{index}"
        found = ExternalId.objects.filter(dealership=store, source="naive", code=code).first()
        customer = found.customer if found else Customer.objects.create(last_name="Козлова", first_name="Ольга")
        ExternalId.objects.update_or_create(
            dealership=store, source="naive", code=code, defaults={"customer": customer}
        )
        ContactPoint.objects.update_or_create(customer=customer, kind="phone", value=f"+7913{index:07d}")
        car, _ = Vehicle.objects.update_or_create(vin=f"X94CB41AAG{index:07d}", defaults={"plate": "А001АА16"})
        owner, _ = Ownership.objects.update_or_create(
            vehicle=car,
            customer=customer,
            defaults={"home_store": store, "acquired": "new", "started_on": date(2020, 1, 1)},
        )
        if index == 0:
            started = Spent.now()
        for visit in range(orders_each):
            count += 1
            order, _ = RepairOrder.objects.update_or_create(
                dealership=store, source="naive", number=f"{code}-{visit}",
                defaults={"vehicle": car, "customer": customer, "ownership": owner,
                          "opened_on": date(2021, 1, 1 + visit)},
            )  # fmt: skip
            for position, (op, name, _group) in enumerate(WORKS, start=1):
                RepairOrderLine.objects.update_or_create(
                    order=order, position=position, defaults={"code": op, "name": name, "amount": 900}
                )
            OdometerReading.objects.update_or_create(
                order=order,
                defaults={"vehicle": car, "dealership": store, "read_on": order.opened_on, "km": 1000 * visit},
            )
            Ownership.objects.note_new_facts([owner.pk])
    return count, Spent.now().since(started)


class PeakMemory:
    """Peak resident memory of the reading child, looked at twenty times a second."""

    def __init__(self) -> None:
        self.child_mb = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            for status in Path("/proc").glob("[0-9]*/status"):
                try:
                    text = status.read_text()
                except OSError:
                    continue
                if f"PPid:\t{os.getpid()}\n" in text and "VmHWM" in text:
                    self.child_mb = max(self.child_mb, int(text.split("VmHWM:")[1].split()[0]) / 1024)


def own_peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--orders", type=int, default=4, help="visits of each car")
    parser.add_argument("--big", action="store_true", help="an export of 200 MB too, for memory")
    parser.add_argument("--profile", action="store_true", help="where this process spends the first import")
    options = parser.parse_args()
    runner = DiscoverRunner(verbosity=0, interactive=False)
    names = runner.setup_databases()
    try:
        with tempfile.TemporaryDirectory() as folder:
            settings.MEDIA_ROOT = Path(folder) / "media"
            profile = cProfile.Profile() if options.profile else None
            measure(Path(folder), options.customers, options.orders, is_big=options.big, profile=profile)
            if profile:
                pstats.Stats(profile).sort_stats("tottime").print_stats(40)
    finally:
        runner.teardown_databases(names)


def measure(
    folder: Path, customers: int, orders_each: int, *, is_big: bool, profile: cProfile.Profile | None = None
) -> None:
    store = Dealership.objects.create(code="bench", name="Bench")
    export = folder / "export"
    export.mkdir()
    counts = write_export(export, customers, orders_each)
    size = sum(one.stat().st_size for one in export.iterdir()) / 1e6
    print(f"{connection.vendor}: {counts}, {size:.0f} MB, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with profile or nullcontext():
        _, seconds, steps = bring_in(store, export)
    contacts = ContactPoint.objects.count() + ConsentEvent.objects.count()
    child = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"first import       {seconds:7.1f} s, of it reading {seconds - sum(one.wall for one in steps.values()):.1f} s"
        f" ({child.ru_utime + child.ru_stime:.1f} s of processor)"
    )
    print(f"  customers        {steps['customers'].rate(customers)}")
    print(f"  their contacts   {steps['customers'].rate(contacts)}: phones, emails and consents")
    print(f"  cars and sales   {steps['vehicles'].rate(customers)}")
    fast = steps["orders"]
    print(f"  orders           {fast.rate(counts['orders'])} with {len(WORKS)} lines each")
    _, seconds, steps = bring_in(store, export)
    print(f"same export again  {seconds:7.1f} s")
    print(f"  orders           {steps['orders'].rate(counts['orders'])}")
    count, slow = one_by_one(store, 60, orders_each)
    print(f"row by row         {slow.rate(count)} orders")
    print(
        f"orders in batches are {slow.wall / count / fast.wall * counts['orders']:.0f} times as fast by the wall,"
        f" {slow.processor / count / fast.processor * counts['orders']:.0f} times by the processor; "
        f"peak memory of the importer {own_peak_mb():.0f} MB"
    )
    if is_big:
        big = folder / "big"
        big.mkdir()
        write_export(big, 185_000, 4, seed=8)
        size = sum(one.stat().st_size for one in big.iterdir()) / 1e6
        before = own_peak_mb()
        with PeakMemory() as peak:
            _, seconds, _ = bring_in(store, big)
        print(
            f"{size:.0f} MB in {seconds:.0f} s; peak memory: importer {own_peak_mb():.0f} MB "
            f"(before: {before:.0f}), child {peak.child_mb:.0f} MB"
        )


if __name__ == "__main__":
    main()
