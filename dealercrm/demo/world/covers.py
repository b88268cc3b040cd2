"""What runs with a date of end: insurance bought through us, the maker's warranty, service contracts, finance."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from dealercrm.demo.world.dice import Dice
from dealercrm.demo.world.driving import MONTH_DAYS
from dealercrm.demo.world.owners import Spells
from dealercrm.demo.world.records import Cover, Spell
from dealercrm.demo.world.sales import BRAND_LIST, NEW, Fleet

OSAGO_AT_SALE, KASKO_AT_SALE = 0.62, 0.34
RENEWS_WITH_US = 0.52  # a policy, per year
SERVICE_CONTRACT, FINANCE = 0.09, 0.42


def covers_begin(
    rng: np.random.Generator, fleet: Fleet, spells: Spells, known: list[Spell], true_spell: list[int], *, today: date
) -> list[Cover]:
    """Every cover that began before today. `true_spell`: the row of `spells` behind each known spell."""
    dice = Dice(rng)
    covers: list[Cover] = []
    for number, spell in enumerate(known):
        if spell.acquired == "elsewhere":
            continue
        row = true_spell[number]
        last = min(fleet.first + timedelta(days=int(spells.end[row])), today)
        if dice.chance(OSAGO_AT_SALE):
            _renewals(dice, covers, number, "ОСАГО", spell.started_on, last)
        if dice.chance(KASKO_AT_SALE):
            _renewals(dice, covers, number, "КАСКО", spell.started_on, last)
        brand = BRAND_LIST[fleet.brand[spell.car]]
        if fleet.how[spell.car] == NEW and not spells.is_second[row]:
            ends = spell.started_on + timedelta(days=int(brand.warranty_months * MONTH_DAYS))
            number_of = f"G{number:07d}"
            covers.append(Cover(number, "warranty", brand.name, number_of, spell.started_on, ends, brand.warranty_km))
            if dice.chance(SERVICE_CONTRACT):
                ends = spell.started_on + timedelta(days=int(dice.one_of((24, 36)) * MONTH_DAYS))
                covers.append(Cover(number, "service_contract", "", f"SC{number:07d}", spell.started_on, ends))
        if dice.chance(FINANCE):
            ends = spell.started_on + timedelta(days=int(dice.one_of((24, 36, 36, 60, 60)) * MONTH_DAYS))
            covers.append(Cover(number, "finance", "", f"K{number:07d}", spell.started_on, ends))
    return covers


def _renewals(dice: Dice, covers: list[Cover], spell: int, product: str, starts: date, last: date) -> None:
    """Policies year after year until one is bought elsewhere, or the car is sold."""
    while starts < last:
        ends = starts + timedelta(days=364)
        covers.append(Cover(spell, "insurance", product, f"XXX{int(dice.roll() * 1e10):010d}", starts, ends))
        if not dice.chance(RENEWS_WITH_US):
            return
        starts = ends + timedelta(days=1)
