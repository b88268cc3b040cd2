"""What was done at a visit and what it cost: maintenance with its parts, repairs, tyres, works offered and declined."""

from __future__ import annotations

from typing import NamedTuple

from dealercrm.demo.world.brands import Brand
from dealercrm.demo.world.dice import Dice
from dealercrm.demo.world.records import Line
from dealercrm.demo.world.service import MAINTENANCE, TYRES

PRICE_YEAR = 2026
INFLATION = 0.07
WARRANTY_REPAIRS = 0.45  # of the repairs of a covered car
DOES_IT, DECLINES_IT = 0.62, 0.26  # a scheduled work that is due: done, or recommended and declined; else nobody asked


class Operation(NamedTuple):
    code: str
    name: str
    group: str
    price: float  # as a share of the brand's maintenance


MAINTENANCE_LABOUR = (
    Operation("M01", "ТО плановое", "maintenance", 0.40),
    Operation("M02", "Замена масла ДВС и фильтра", "oil", 0.14),
    Operation("M03", "Замена салонного фильтра", "filters", 0.07),
    Operation("M04", "Диагностика ходовой", "diagnostics", 0.07),
)
MAINTENANCE_PARTS = (
    Operation("P01", "Масло моторное", "oil", 0.24),
    Operation("P02", "Фильтр масляный", "filters", 0.08),
)
PADS = Operation("R10", "Замена передних колодок", "brake_pads_front", 0.55)
TYRE_SERVICE = Operation("R11", "Шиномонтаж сезонный", "tyres", 0.30)
BATTERY = Operation("R12", "Замена АКБ", "battery", 0.70)
BODY = Operation("R13", "Кузовной ремонт", "body", 3.6)
BRAKE_FLUID = Operation("R14", "Замена тормозной жидкости", "brake_fluid", 0.25)
ALIGNMENT = Operation("R15", "Развал-схождение", "suspension", 0.30)
SUSPENSION = Operation("R16", "Ремонт подвески", "suspension", 1.1)
ENGINE = Operation("R17", "Ремонт двигателя", "engine", 2.2)
REPAIRS = (PADS, PADS, BATTERY, BATTERY, BRAKE_FLUID, ALIGNMENT, SUSPENSION, SUSPENSION, ENGINE, BODY, BODY)
COOLANT = Operation("R18", "Замена охлаждающей жидкости", "coolant", 0.30)
SPARK_PLUGS = Operation("R19", "Замена свечей зажигания", "spark_plugs", 0.35)
TIMING_BELT = Operation("R20", "Замена ремня ГРМ", "timing_belt", 1.0)
# Works besides the maintenance itself: every so many years, or km (DOMAIN section 9).
SCHEDULED: tuple[tuple[Operation, float | None, int | None], ...] = (
    (BRAKE_FLUID, 2.0, None),
    (COOLANT, 4.0, None),
    (SPARK_PLUGS, None, 45_000),
    (PADS, None, 35_000),
    (BATTERY, 3.5, None),
    (TIMING_BELT, None, 100_000),
)
EARLY = 0.92  # of an interval: worth doing while the car is here
# The 1C export names groups in Russian.
GROUP_NAMES = {
    "maintenance": "ТО", "oil": "Масло", "filters": "Фильтры", "diagnostics": "Диагностика",
    "brake_pads_front": "Тормоза", "brake_fluid": "Тормоза", "tyres": "Шины", "battery": "Электрика", "body": "Кузов",
    "suspension": "Ходовая", "engine": "Двигатель", "coolant": "Жидкости", "spark_plugs": "Двигатель",
    "timing_belt": "Двигатель",
}  # fmt: skip


class Upkeep:
    """When each scheduled work of each car was done last, as far as anybody knows."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._done: dict[tuple[int, str], tuple[float, int]] = {}

    def due(self, car: int, age: float, km: int) -> list[Operation]:
        """Works whose interval has passed, by the age in years or the km; earlier owners did theirs somewhere."""
        found = []
        for work, years, every_km in SCHEDULED:
            last = self._done.get((car, work.group))
            if last is None:
                share = self._dice.roll() if age > 1.6 else 1.0
                last = max(age - share * (years or 99), 0.0), max(km - int(share * (every_km or 10**6)), 0)
                self._done[car, work.group] = last
            if (years and age - last[0] >= EARLY * years) or (every_km and km - last[1] >= EARLY * every_km):
                found.append(work)
        return found

    def done(self, car: int, lines: tuple[Line, ...], age: float, km: int) -> None:
        for line in lines:
            if not line.is_declined:
                self._done[car, line.group] = (age, km)


def works_of_a_visit(
    dice: Dice, kind: int, brand: Brand, due: list[Operation], *, year: int, car_age: float, in_warranty: bool
) -> tuple[str, tuple[Line, ...]]:
    """Who pays, and the lines; amounts in roubles of that year. `due`: scheduled works whose time has come."""
    check = brand.check * (1 - INFLATION) ** max(PRICE_YEAR - year, 0) * dice.between(0.75, 1.3)
    if kind == MAINTENANCE:
        return "customer", _maintenance(dice, check, due)
    if kind == TYRES:
        return "customer", (_line(TYRE_SERVICE, check),)
    work = dice.one_of(REPAIRS)
    if work is BODY:
        pay_type = "insurance" if dice.chance(0.5) else "customer"
        return pay_type, (_line(work, check * dice.between(0.3, 2.2)),)
    if in_warranty and dice.chance(WARRANTY_REPAIRS):
        return "warranty", (Line(work.code, work.name, work.group, 0),)
    lines = [_line(work, check * (1 + min(car_age, 10) * 0.08) * dice.between(0.6, 1.8))]
    if work is not ALIGNMENT and dice.chance(0.08):
        lines.append(_line(ALIGNMENT, check, is_declined=True))
    return "customer", tuple(lines)


def _maintenance(dice: Dice, check: float, due: list[Operation]) -> tuple[Line, ...]:
    lines = [_line(work, check) for work in MAINTENANCE_LABOUR]
    lines += [_line(work, check, is_part=True) for work in MAINTENANCE_PARTS]
    for work in due:
        draw = dice.roll()
        if draw < DOES_IT + DECLINES_IT:
            lines.append(_line(work, check, is_declined=draw >= DOES_IT))
    if dice.chance(0.06):
        lines.append(_line(ALIGNMENT, check, is_declined=dice.chance(0.5)))
    return tuple(lines)


def _line(work: Operation, check: float, *, is_part: bool = False, is_declined: bool = False) -> Line:
    return Line(work.code, work.name, work.group, round(work.price * check), is_part, is_declined)
