"""What does not change during a run: catalogue, schedules, policies, zones and the calibration, read once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from dealercrm.accounts.models import Dealership
from lifecycle.models import Calibration, JudgedBase, LifecyclePolicy, Versions
from lifecycle.public_holidays import greeted_holidays
from lifecycle.rules.calibration import SHIPPED
from lifecycle.rules.facts import Holiday, Line, Market
from lifecycle.rules.judging import RULES_VERSION
from lifecycle.rules.policy import LifecycleValues
from vehicles.models import Make, ScheduledWork, WorkGroup

Codes = tuple[str, ...]


class Library:
    """What does not change during a run: calibration, makes, schedules, work groups, policies and zones."""

    def __init__(self) -> None:
        kept = Calibration.objects.current()
        self.calibration = kept.numbers() if kept else SHIPPED
        groups = {group.pk: group for group in WorkGroup.objects.all()}
        self.group_codes = {pk: group.code for pk, group in groups.items()}
        self.safety_groups = frozenset(group.code for group in groups.values() if group.is_safety)
        self.markets = {make.pk: _market(make) for make in Make.objects.all()}
        self._lines: dict[tuple[int | None, int | None], tuple[Line, ...]] = defaultdict(tuple)
        works = ScheduledWork.objects.select_related("schedule", "work_group")
        for work in works.order_by("-is_maintenance", "work_group__position", "pk"):
            key = (work.schedule.make_id, work.schedule.model_id)
            self._lines[key] += (
                Line(
                    work.work_group.code,
                    work.interval_km,
                    work.interval_months,
                    work.is_maintenance,
                    work.work_group.is_safety,
                ),
            )
        self._stores = {store.pk: store for store in Dealership.objects.all()}
        self._zones = {pk: store.zone for pk, store in self._stores.items()}
        saved = {policy.dealership_id: policy for policy in LifecyclePolicy.objects.all()}
        self.policies = {pk: saved.get(pk) or LifecyclePolicy(dealership_id=pk) for pk in self._stores}
        self._values: dict[int, LifecycleValues] = {pk: policy.values() for pk, policy in self.policies.items()}
        self._values_of = {
            (pk, category): policy.values_of(category)
            for pk, policy in self.policies.items()
            for category in policy.categories
        }
        # By what each store's base stands judged: read before anything is judged, so it is never too new.
        self._settled = {row.pk: row.versions for row in JudgedBase.objects.all()}
        self._shared: dict[tuple[int, int | None, int | None], Mapping[str, Any]] = {}
        self._works: dict[str, tuple[Codes, Codes]] = {}
        # Public holidays on which each store greets.
        self._holidays: dict[int, tuple[Holiday, ...]] = {
            pk: greeted_holidays(store.country) if self._values[pk].is_public_holiday_greeted else ()
            for pk, store in self._stores.items()
        }

    def shared(self, dealership_id: int, make_id: int | None, model_id: int | None) -> Mapping[str, Any]:
        """The facts that all cars of a model at a store have in common: the names in `SHARED`."""
        key = dealership_id, make_id, model_id
        if key not in self._shared:
            self._shared[key] = {
                "market": self.market(make_id),
                "lines": self.lines(make_id, model_id),
                "safety_groups": self.safety_groups,
                "holidays": self._holidays[dealership_id],
            }
        return self._shared[key]

    def works(self, groups: str | None) -> tuple[Codes, Codes]:
        """Codes of the groups done and declined, from their ids as the database lists them: declined below nought."""
        key = groups or ""
        if key not in self._works:
            numbers = sorted({int(number) for number in key.split(",") if number})
            done = tuple([self.group_codes[number] for number in numbers if number > 0])
            self._works[key] = done, tuple([self.group_codes[-number] for number in reversed(numbers) if number < 0])
        return self._works[key]

    def lines(self, make_id: int | None, model_id: int | None) -> tuple[Line, ...]:
        """The schedule of the model, else of the make, else the generic one; empty where none is stored."""
        for key in ((make_id, model_id), (make_id, None), (None, None)):
            if key in self._lines:
                return self._lines[key]
        return ()

    def market(self, make_id: int | None) -> Market:
        return self.markets.get(make_id, Market()) if make_id else Market()

    def values(self, dealership_id: int, category: str) -> LifecycleValues:
        """The store's numbers as they hold for customers of a category."""
        return self._values_of.get((dealership_id, category)) or self._values[dealership_id]

    def policy_version(self, dealership_id: int) -> int:
        return self.policies[dealership_id].version

    def versions(self, dealership_id: int) -> Versions:
        """By what this run judges the cars of a store."""
        return Versions(self.policy_version(dealership_id), RULES_VERSION, self.calibration.version)

    def is_settled(self, dealership_id: int) -> bool:
        """Did everybody of the store stand judged by these numbers before this run?"""
        return self._settled.get(dealership_id) == self.versions(dealership_id)

    def currency(self, dealership_id: int) -> str:
        return self._stores[dealership_id].currency

    def zone(self, dealership_id: int) -> ZoneInfo:
        return self._zones[dealership_id]


def _market(make: Make) -> Market:
    return Market(
        make_id=make.pk,
        price_class=make.price_class,
        km_per_year=make.km_per_year,
        warranty_months=make.warranty_months,
        warranty_km=make.warranty_km,
        warranty_late_days=make.warranty_late_days,
        first_ownership_months=make.first_ownership_months,
    )
