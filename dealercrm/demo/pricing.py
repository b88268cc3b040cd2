"""The demo stores' price lists: works of the schedules by make, so that what is due adds up to a fixed price."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from dealercrm.accounts.models import Dealership
from dealercrm.demo.world.brands import BRANDS, STORES
from dealercrm.demo.world.workshop import MAINTENANCE_LABOUR, MAINTENANCE_PARTS, SCHEDULED
from vehicles.rules.records import PriceRecord
from vehicles.upserting import upsert_prices

LABOUR_SHARE = 0.4  # of a work besides the maintenance; the rest is parts
DEARER = 1.05  # the second store


def price_works(stores: Sequence[Dealership], *, today: date) -> int:
    """Prices of every scheduled work for the makes a store sells, since New Year; how many were written."""
    written = 0
    for number, (store, place) in enumerate(zip(stores, STORES, strict=True)):
        records = [record for brand in place.brands for record in _of_brand(brand, DEARER**number, today)]
        written += len(upsert_prices(store, records, today=today))
    return written


def _of_brand(brand: str, dearer: float, today: date) -> list[PriceRecord]:
    """As the demo's own orders cost: shares of the brand's average maintenance."""
    check = BRANDS[brand].check * dearer
    oil = sum(work.price for work in (*MAINTENANCE_LABOUR, *MAINTENANCE_PARTS) if work.group == "oil")
    whole = sum(work.price for work in (*MAINTENANCE_LABOUR, *MAINTENANCE_PARTS))
    shares = {"maintenance": whole - oil, "oil": oil} | {work.group: work.price for work, _years, _km in SCHEDULED}
    begins = date(today.year, 1, 1)
    return [
        PriceRecord(
            group, _round(check * share * LABOUR_SHARE), _round(check * share * (1 - LABOUR_SHARE)), brand,
            valid_from=begins,
        )
        for group, share in shares.items()
    ]  # fmt: skip


def _round(amount: float) -> Decimal:
    return Decimal(round(amount / 50) * 50)
