"""Schedules and prices: which works each model needs, how often, and what they cost at this store."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib import messages
from django.db import transaction
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role
from vehicles.forms_catalogue import MakeForm, NewScheduleForm, WorkFormSet, work_form_set
from vehicles.models import MaintenanceSchedule, Make, ScheduledWork, Vehicle, WorkGroup, WorkPrice
from vehicles.pricing import prices_at
from vehicles.rules.pricing import PriceLine, fixed_price, price_of
from vehicles.rules.records import PriceRecord
from vehicles.scheduling import cars_of, change_works, give_up, note_change, open_schedule
from vehicles.upserting import upsert_prices


class Row(NamedTuple):
    """A schedule in the list, with its cars and what a maintenance costs here, if that is said whole."""

    schedule: MaintenanceSchedule
    works: list[ScheduledWork]
    cars: int
    price: Any


@require_GET
@role_required(Role.ADMINISTRATOR)
def schedules(request: StoreRequest) -> HttpResponse:
    """Every schedule: the generic one, makes and models. Five queries."""
    rows = MaintenanceSchedule.objects.for_user(request.user).select_related("make", "model__make")
    rows = rows.prefetch_related("works__work_group")
    found = sorted(rows, key=lambda one: (one.make.name if one.make else "", one.model.name if one.model else ""))
    cars = _cars_by_schedule(found)
    prices, today = prices_at(request.store), _today(request)
    shown = []
    for one in found:
        works = list(one.works.all())
        groups = [work.work_group.code for work in works if work.is_maintenance]
        price = fixed_price(groups, one.make_id, one.model_id, today, prices)
        shown.append(Row(one, works, cars.get(one.pk, 0), price.amount if price.is_whole else None))
    return render(request, "vehicles/schedules.html", {"rows": shown, "form": NewScheduleForm()})


def _cars_by_schedule(found: list[MaintenanceSchedule]) -> dict[int, int]:
    """{schedule: cars that go by it}. One query."""
    by_model = {one.model_id: one.pk for one in found if one.model_id}
    by_make = {one.make_id: one.pk for one in found if one.make_id and not one.model_id}
    generic = next((one.pk for one in found if one.make_id is None), None)
    counts: dict[int, int] = {}
    kinds = Vehicle.objects.order_by().values_list("make", "model").annotate(cars=Count("pk"))
    for make_id, model_id, cars in kinds:
        pk = by_model.get(model_id) or by_make.get(make_id) or generic
        if pk is not None:
            counts[pk] = counts.get(pk, 0) + cars
    return counts


@require_POST
@role_required(Role.ADMINISTRATOR)
def schedule_add(request: StoreRequest) -> HttpResponse:
    form = NewScheduleForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a model that has no schedule of its own."))
        return redirect("schedules")
    model = form.cleaned_data["model"]
    schedule, _is_new = open_schedule(model.make, model)
    return redirect("schedule", pk=schedule.pk)


@require_http_methods(["GET", "POST"])
@role_required(Role.ADMINISTRATOR)
def schedule(request: StoreRequest, pk: int) -> HttpResponse:
    """The works of a schedule, and their prices at this store for its cars from today on."""
    row = _schedule_or_404(request, pk)
    works = list(row.works.select_related("work_group"))
    prices = _prices(request, row)
    lines = work_form_set(request.POST or None, works=works, prices=prices)
    if request.method == "POST" and lines.is_valid():
        with transaction.atomic():
            has_changed = change_works(row, lines.works())
            _save_prices(request, row, lines)
        if has_changed:
            messages.success(request, _("Saved. The next night judges its cars by the new schedule."))
        else:
            messages.success(request, _("Saved."))
        return redirect("schedules")
    whole = fixed_price(
        [work.work_group.code for work in works if work.is_maintenance], row.make_id, row.model_id, _today(request),
        prices_at(request.store, [row.make_id]),
    )  # fmt: skip
    context = {"schedule": row, "lines": lines, "cars": cars_of(row).count(), "whole": whole}
    return render(request, "vehicles/schedule.html", context, status=422 if lines.is_bound else 200)


def _prices(request: StoreRequest, row: MaintenanceSchedule) -> dict[int, PriceLine]:
    """{work group id: its price for the cars of this schedule}."""
    prices, today = prices_at(request.store, [row.make_id]), _today(request)
    found = {
        pk: price_of(code, row.make_id, row.model_id, today, prices)
        for pk, code in WorkGroup.objects.values_list("pk", "code")
    }
    return {pk: line for pk, line in found.items() if line is not None}


def _save_prices(request: StoreRequest, row: MaintenanceSchedule, lines: WorkFormSet) -> None:
    """Prices that were typed anew count from today; an emptied one of this very schedule has ended."""
    today = _today(request)
    records = []
    for form in lines.said():
        said = form.cleaned_data
        if not {"labour", "parts", "group"} & set(form.changed_data):
            continue
        if said["labour"] is None and said["parts"] is None:
            _end_price(request, row, said["group"], today)
        else:
            records.append(
                PriceRecord(
                    said["group"].code,
                    said["labour"] or Decimal(0),
                    said["parts"] or Decimal(0),
                    make=row.make.key if row.make else "",
                    model=row.model.key if row.model else "",
                )
            )
    upsert_prices(request.store, records, today=today)


def _end_price(request: StoreRequest, row: MaintenanceSchedule, group: WorkGroup, today: date) -> None:
    own = WorkPrice.objects.for_user(request.user).filter(
        dealership=request.store, work_group=group, make=row.make_id, model=row.model_id, valid_until=None
    )
    own.filter(valid_from__gte=today).delete()
    own.update(valid_until=today - timedelta(days=1))


@require_POST
@role_required(Role.ADMINISTRATOR)
def schedule_end(request: StoreRequest, pk: int) -> HttpResponse:
    """Take a schedule away: its cars go by the wider one. The generic one stays."""
    row = _schedule_or_404(request, pk)
    if row.make_id is None:
        raise Http404
    name = str(row)
    give_up(row)
    messages.success(request, _("%(name)s goes by the wider schedule again.") % {"name": name})
    return redirect("schedules")


@require_http_methods(["GET", "POST"])
@role_required(Role.ADMINISTRATOR)
def make_numbers(request: StoreRequest, pk: int) -> HttpResponse:
    """What is usual for a make: mileage, warranty, how long the first owner keeps the car."""
    make = get_object_or_404(Make, pk=pk)
    form = MakeForm(request.POST or None, instance=make)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            if form.has_changed():
                note_change(Vehicle.objects.filter(make=make))
        messages.success(request, _("Saved. The next night judges its cars by the new numbers."))
        return redirect("schedules")
    return render(request, "vehicles/make.html", {"make": make, "form": form}, status=422 if form.errors else 200)


def _today(request: StoreRequest) -> date:
    return request.store.today(timezone.now())


def _schedule_or_404(request: StoreRequest, pk: int) -> MaintenanceSchedule:
    rows = MaintenanceSchedule.objects.for_user(request.user).select_related("make", "model__make")
    return get_object_or_404(rows, pk=pk)
