"""Recalls: the maker's list comes in, cars that are ours are told apart, and what is done is seen."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from customers.views.doors import STAFF
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role
from vehicles.forms_recalls import RecallForm, VinListForm
from vehicles.models import Ownership, RecallCampaign, RecallVehicle, Vehicle
from vehicles.recalling import done_days, owners_of, take_list

SHOWN = 200


@role_required(Role.ADMINISTRATOR, Role.MANAGER)
@require_http_methods(["GET", "POST"])
def recalls(request: StoreRequest) -> HttpResponse:
    """The recalls that the store keeps, newest first; the administrator enters a new one with its list."""
    form, vins = RecallForm(store=request.store), VinListForm()
    status = 200
    if request.method == "POST" and request.role == Role.ADMINISTRATOR:
        form = RecallForm(request.POST, store=request.store)
        vins = VinListForm(request.POST, request.FILES)
        if form.is_valid() & vins.is_valid():
            recall = form.save()
            take_list(recall, vins.rows, name=vins.name, on=request.store.today(timezone.now()))
            return redirect("recall", recall.pk)
        status = 422
    is_ours = Exists(Vehicle.objects.filter(vin=OuterRef("cars__vin")))
    rows = (
        RecallCampaign.objects.for_user(request.user)
        .filter(dealership=request.store)
        .select_related("make")
        .annotate(listed=Count("cars"), ours=Count("cars", filter=Q(is_ours)))
    )
    context = {"rows": rows[:SHOWN], "form": form, "vins": vins, "is_open": status == 422}
    return render(request, "vehicles/recalls.html", context, status=status)


@role_required(Role.ADMINISTRATOR, Role.MANAGER)
@require_http_methods(["GET", "POST"])
def recall(request: StoreRequest, pk: int) -> HttpResponse:
    """One recall: what became of its list, and the cars of ours that it is about. POST corrects what was entered."""
    row = get_object_or_404(RecallCampaign.objects.for_user(request.user).select_related("make"), pk=pk)
    if request.method != "POST" or request.role != Role.ADMINISTRATOR:
        return _page(request, row)
    form = RecallForm(request.POST, store=request.store, instance=row)
    if not form.is_valid():
        return _page(request, row, status=422, form=form)
    form.save()
    RecallVehicle.objects.note_new_facts(row.cars.values_list("vin", flat=True))
    messages.success(request, _("Saved; the next night works with it."))
    return redirect("recall", pk)


@role_required(Role.ADMINISTRATOR)
@require_POST
def recall_list(request: StoreRequest, pk: int) -> HttpResponse:
    """Another list of the same recall; VINs that are there already stay as they are."""
    row = get_object_or_404(RecallCampaign.objects.for_user(request.user), pk=pk)
    vins = VinListForm(request.POST, request.FILES)
    if not vins.is_valid():
        return _page(request, row, status=422, vins=vins)
    take_list(row, vins.rows, name=vins.name, on=request.store.today(timezone.now()))
    return redirect("recall", pk)


@role_required(*STAFF)
@require_POST
def recall_car(request: StoreRequest, pk: int) -> HttpResponse:
    """The work was done elsewhere or before our time; `undo` takes that back."""
    car = get_object_or_404(RecallVehicle.objects.for_user(request.user).select_related("campaign", "done_by"), pk=pk)
    if "undo" in request.POST:
        car.unmark()
    else:
        car.mark_done(on=request.store.today(timezone.now()), by=request.user)
    if not request.htmx:
        vehicle = get_object_or_404(Vehicle.objects.for_user(request.user), vin=car.vin)
        return redirect("vehicle", vehicle.pk)
    return render(request, "vehicles/_recall_state.html", {"car": car, "done_on": done_days([car]).get(car.pk)})


@role_required(*STAFF)
@require_GET
def vehicle_recalls(request: StoreRequest, pk: int) -> HttpResponse:
    """The recalls of one car, whichever store entered them: safety is everybody's business."""
    vehicle = get_object_or_404(Vehicle.objects.for_user(request.user), pk=pk)
    cars = list(RecallVehicle.objects.filter(vin=vehicle.vin).select_related("campaign", "done_by").order_by("pk"))
    days = done_days(cars)
    return render(
        request, "vehicles/_recalls_of_car.html", {"cars": [{"car": car, "done_on": days.get(car.pk)} for car in cars]}
    )


def _page(request: StoreRequest, row: RecallCampaign, *, status: int = 200, **forms: Any) -> HttpResponse:
    listed = row.cars.filter(vin__in=Vehicle.objects.for_user(request.user).values("vin"))
    cars = list(listed.select_related("campaign", "done_by").order_by("done_on", "pk")[: SHOWN + 1])
    days, owners = done_days(cars), owners_of({car.vin for car in cars})
    rows = [_row(car, owners.get(car.vin), days.get(car.pk)) for car in cars[:SHOWN]]
    rows.sort(key=lambda one: (one["done_on"] is not None, one["owner"] is None))
    context = {
        "recall": row,
        "account": row.last_list,
        "rows": rows,
        "open_count": sum(one["done_on"] is None for one in rows),
        "listed": row.cars.count(),
        "is_cut": len(cars) > SHOWN,
        "most": SHOWN,
        "form": RecallForm(store=request.store, instance=row),
        "vins": VinListForm(),
        **forms,
    }
    return render(request, "vehicles/recall.html", context, status=status)


def _row(car: RecallVehicle, owner: Ownership | None, done_on: Any) -> dict[str, Any]:
    return {"car": car, "owner": owner, "done_on": done_on}
