"""The demo world as the files a 1C-based DMS exports: cp1251, semicolons, decimal commas, dd.mm.yyyy, and dirt.

One folder a store. The same customers, cars and orders as `seed_demo` writes, before anybody cleaned them: an
import of these files can be held against the world and its truth.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import numpy as np

from dealercrm.demo.world.brands import STORES
from dealercrm.demo.world.cars import VIN_LETTERS
from dealercrm.demo.world.dice import Dice
from dealercrm.demo.world.making import World, make_world
from dealercrm.demo.world.records import Person, Spell, Visit
from dealercrm.demo.world.workshop import GROUP_NAMES

PART_VEHICLES = 20_000  # a larger export is made part by part, in the memory of one
UNKNOWN_CARS, UNKNOWN_CUSTOMERS, IMPOSSIBLE_DATES, REPEATED = 0.002, 0.001, 0.0004, 0.0004
PAY_TYPES = {"customer": "Клиент", "warranty": "Гарантия", "insurance": "Страховая", "internal": "Внутренний"}
HEADERS = {
    "clients.csv": (
        "Код", "Тип", "Наименование", "Дата рождения", "Телефон", "Телефон доп.", "E-mail", "Город", "ИНН",
        "Согласие на рекламу", "Дата согласия",
    ),
    "vehicles.csv": (
        "VIN", "Госномер", "Марка", "Модель", "Год выпуска", "Код клиента", "Дата продажи", "Новый/БУ", "Цена продажи",
    ),
    "orders.csv": (
        "Номер", "Дата", "VIN", "Код клиента", "Пробег", "Вид ремонта", "Мастер-консультант", "Сумма",
    ),
    "order_lines.csv": ("Номер ЗН", "Код работы", "Наименование", "Группа", "Кол-во", "Сумма", "Отказ"),
    "policies.csv": ("VIN", "Вид", "Номер полиса", "Начало", "Окончание"),
}  # fmt: skip


@dataclass
class Exported:
    """Rows and bytes written, and the truth of the first part's folder."""

    rows: dict[str, int] = field(default_factory=dict)
    bytes: int = 0


class _Folder:
    """The five open files of one store."""

    def __init__(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.rows = dict.fromkeys(HEADERS, 0)
        self._files: dict[str, TextIOWrapper] = {}
        self._write: dict[str, Callable[[Iterable[Any]], Any]] = {}
        for name, header in HEADERS.items():
            file = (path / name).open("w", encoding="cp1251", errors="replace", newline="")
            self._files[name] = file
            self._write[name] = csv.writer(file, delimiter=";", lineterminator="\r\n").writerow
            self._write[name](header)

    def write(self, name: str, row: tuple[Any, ...]) -> None:
        self.rows[name] += 1
        self._write[name](row)

    def close(self) -> None:
        for file in self._files.values():
            file.close()


def export(directory: Path, *, vehicles: int, seed: int, today: date) -> Exported:
    """Write `<directory>/<store code>/*.csv`, and the truth beside them; what was written."""
    folders = [_Folder(directory / store.code) for store in STORES]
    sums = [0, 0]
    for part, size in enumerate(_parts(vehicles)):
        world = make_world(vehicles=size, seed=seed, today=today, part=part)
        world.truth.save(directory / f"truth-{part}.npz")
        for number, folder in enumerate(folders):
            sums[number] += _Writer(world, number, folder, Dice(np.random.default_rng([seed, part, number]))).write()
    done = Exported()
    for folder, total in zip(folders, sums, strict=True):
        folder.write("orders.csv", ("Итого", "", "", "", "", "", "", _money(total)))
        folder.close()
        for name, count in folder.rows.items():
            done.rows[name] = done.rows.get(name, 0) + count
            done.bytes += (folder.path / name).stat().st_size
    return done


def _parts(vehicles: int) -> Iterator[int]:
    while vehicles > 0:
        yield min(vehicles, PART_VEHICLES)
        vehicles -= PART_VEHICLES


class _Writer:
    """One store's files of one world."""

    def __init__(self, world: World, store: int, folder: _Folder, dice: Dice) -> None:
        self.world, self.store, self.folder, self.dice = world, store, folder, dice
        self.visits = [visit for visit in world.visits if visit.store == store]

    def write(self) -> int:
        """All files; the sum of the orders, for the totals row."""
        self._clients()
        self._vehicles()
        self._policies()
        return sum(self._order(visit) for visit in self.visits)

    def _clients(self) -> None:
        """The store's own cards, and those of the sister store's customers who came here."""
        wanted = {visit.customer for visit in self.visits}
        wanted |= {self.world.spells[visit.spell].customer for visit in self.visits}
        for number, person in enumerate(self.world.people):
            if person.store == self.store or number in wanted:
                self.folder.write("clients.csv", self._client(person))

    def _client(self, person: Person) -> tuple[Any, ...]:
        phones = [self._typed_phone(phone) for phone in person.phones]
        return (
            person.code,
            "Юрлицо" if person.kind == "company" else "Физлицо",
            person.filed_name,
            _day(person.birth_on),
            phones[0] if phones else "",
            phones[1] if len(phones) > 1 else "",
            person.email,
            person.city,
            person.inn,
            "Да" if person.consent_on else "",
            _day(person.consent_on),
        )

    def _typed_phone(self, phone: str) -> str:
        """One number in the six ways in which people type it."""
        code, one, two, three = phone[2:5], phone[5:8], phone[8:10], phone[10:]
        return self.dice.one_of(
            (
                phone,
                f"8{phone[2:]}",
                f"7{phone[2:]}",
                phone[2:],
                f"8 ({code}) {one}-{two}-{three}",
                f"+7 {code} {one} {two} {three}",
            )
        )

    def _vehicles(self) -> None:
        """A row per ownership of this store: a car sold twice stands here twice, as in the real files."""
        ours = {visit.spell for visit in self.visits}
        for number, spell in enumerate(self.world.spells):
            if spell.store == self.store or number in ours:
                self.folder.write("vehicles.csv", self._vehicle(spell))

    def _vehicle(self, spell: Spell) -> tuple[Any, ...]:
        car, is_sale = self.world.cars[spell.car], spell.acquired != "elsewhere" and spell.store == self.store
        return (
            car.vin_typed,
            car.plate,
            car.brand,
            car.model,
            car.year,
            self.world.people[spell.customer].code,
            _day(spell.started_on) if is_sale else "",
            ("Новый" if spell.acquired == "new" else "Б/У") if is_sale else "",
            _money(spell.price or 0) if is_sale else "",
        )

    def _policies(self) -> None:
        for cover in self.world.covers:
            spell = self.world.spells[cover.spell]
            if cover.kind == "insurance" and spell.store == self.store:
                vin = self.world.cars[spell.car].vin
                row = (vin, cover.product, cover.number, _day(cover.starts_on), _day(cover.ends_on))
                self.folder.write("policies.csv", row)

    def _order(self, visit: Visit) -> int:
        vin = self.world.cars[self.world.spells[visit.spell].car].vin
        customer, on = self.world.people[visit.customer].code, _day(visit.on)
        draw = self.dice.roll()
        if draw < UNKNOWN_CARS:
            vin = "XX0" + "".join(self.dice.one_of(VIN_LETTERS) for _ in range(7)) + f"{self.dice.below(10**7):07d}"
        elif draw < UNKNOWN_CARS + UNKNOWN_CUSTOMERS:
            customer = f"9{self.dice.below(10**8):08d}"
        elif draw < UNKNOWN_CARS + UNKNOWN_CUSTOMERS + IMPOSSIBLE_DATES:
            on = self.dice.one_of(("31.02.2024", "00.00.0000", "", _day(self.world.today + timedelta(days=300))))
        row = (
            visit.number,
            on,
            vin,
            customer,
            "" if visit.km is None else visit.km,
            PAY_TYPES[visit.pay_type],
            visit.advisor,
            "бесплатно" if visit.total == 0 and self.dice.chance(0.02) else _money(visit.total),
        )
        for _ in range(2 if self.dice.chance(REPEATED) else 1):
            self.folder.write("orders.csv", row)
        for line in visit.lines:
            if not line.is_part:  # this DMS exports labour only
                declined = "Отказ" if line.is_declined else ""
                amount = _money(line.amount)
                cells = (visit.number, line.code, line.name, GROUP_NAMES[line.group], "1", amount, declined)
                self.folder.write("order_lines.csv", cells)
        return visit.total


def _day(on: date | None) -> str:
    return "" if on is None else f"{on:%d.%m.%Y}"


def _money(amount: float) -> str:
    return f"{amount:.2f}".replace(".", ",")
