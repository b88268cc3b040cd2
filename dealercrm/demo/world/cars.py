"""VINs, plates and model years: what is written on the car and in its papers."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from dealercrm.demo.world.brands import STORES
from dealercrm.demo.world.dice import Dice
from dealercrm.demo.world.records import Car
from dealercrm.demo.world.sales import BRAND_LIST, Fleet

VIN_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"  # no I, O, Q
PLATE_LETTERS = "АВЕКМНОРСТУХ"
TYPED_WRONG = 0.012  # VINs typed with O for 0 and I for 1
WITHOUT_PLATE = 0.1


def cars_get_papers(rng: np.random.Generator, fleet: Fleet) -> list[Car]:
    dice = Dice(rng)
    letters = rng.integers(0, len(VIN_LETTERS), (len(fleet), 7))
    serials = rng.choice(10_000_000, size=len(fleet), replace=False)
    cars = []
    for number in range(len(fleet)):
        brand = BRAND_LIST[fleet.brand[number]]
        vin = brand.vin_prefix + "".join(VIN_LETTERS[letter] for letter in letters[number]) + f"{serials[number]:07d}"
        typed = vin
        if dice.chance(TYPED_WRONG):
            typed = vin[:3] + vin[3:].replace("0", "O").replace("1", "I")
        built = fleet.first + timedelta(days=int(fleet.day[number]) - int(fleet.age_days[number]))
        cars.append(
            Car(
                vin=vin,
                vin_typed=typed,
                plate="" if dice.chance(WITHOUT_PLATE) else _plate(dice, int(fleet.store[number])),
                brand=brand.name,
                model=brand.models[fleet.model[number]].name,
                year=built.year,
            )
        )
    return cars


def _plate(dice: Dice, store: int) -> str:
    one, two, three = (dice.one_of(PLATE_LETTERS) for _ in range(3))
    return f"{one}{1 + dice.below(999):03d}{two}{three}{dice.one_of(STORES[store].regions)}"
