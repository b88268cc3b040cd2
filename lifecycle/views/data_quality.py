"""Data quality: what is not known of whom, store by store, with the rows behind every number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from customers.models import DuplicatePair
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Dealership, User
from lifecycle.models import Standing
from lifecycle.rules.segments import read
from lifecycle.segments.narrowing import narrow
from lifecycle.segments.ready_made import LACKS, Lack
from lifecycle.segments.registry import SHAPES
from lifecycle.views.base import stores_shown
from lifecycle.views.segments import READERS, scope_of, today_of


@dataclass(frozen=True, slots=True)
class Cell:
    """One lack at one store: how many of how many."""

    store: Dealership
    number: int
    whole: int

    @property
    def share(self) -> float | None:
        return self.number / self.whole if self.whole else None

    @property
    def percent(self) -> int:
        return round(100 * (self.share or 0))


@role_required(*READERS)
@require_GET
def data_quality(request: StoreRequest) -> HttpResponse:
    """The lines of the page; each counts itself by a request of its own."""
    stores = stores_shown(request)
    return render(
        request,
        "lifecycle/data_quality.html",
        {
            "customer_lacks": [lack for lack in LACKS.values() if not lack.counts_cars],
            "car_lacks": [lack for lack in LACKS.values() if lack.counts_cars],
            "shown_stores": stores,
            "pairs": DuplicatePair.objects.for_user(request.user).living().filter(status="suggested").count(),
            **scope_of(request),
        },
    )


@role_required(*READERS)
@require_GET
def data_quality_line(request: StoreRequest, code: str) -> HttpResponse:
    """One lack at every store in view: two queries, however many stores."""
    lack = LACKS.get(code)
    if lack is None:
        raise Http404
    cells = cells_of(lack, request.user, stores_shown(request), today_of(request))
    return render(request, "lifecycle/_data_quality_line.html", {"lack": lack, "cells": cells, **scope_of(request)})


def cells_of(lack: Lack, user: User, stores: Sequence[Dealership], today: date) -> list[Cell]:
    lacking = _by_store(lack.definition, lack, user, stores, today)
    whole = _by_store(lack.among, lack, user, stores, today)
    return [Cell(store, lacking.get(store.pk, 0), whole.get(store.pk, 0)) for store in stores]


def _by_store(definition: object, lack: Lack, user: User, stores: Sequence[Dealership], today: date) -> dict[int, int]:
    rows = narrow(Standing.objects.for_user(user), read(definition, SHAPES, is_stored=True), stores=stores, today=today)
    counted = Count("pk") if lack.counts_cars else Count("customer_id", distinct=True)
    return dict(rows.order_by().values_list("dealership_id").annotate(number=counted))
