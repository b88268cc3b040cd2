"""Whom the store expects on a day, and what became of it: confirmed, here, did not come, called off."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dealercrm.accounts.guards import StoreRequest, check_role_at, role_required
from dealercrm.accounts.models import Role
from vehicles.models import Appointment

STAFF = (Role.OPERATOR, Role.MANAGER)
MOST = 300


@role_required(*STAFF)
@require_GET
def appointments(request: StoreRequest) -> HttpResponse:
    """One day of the active store, in the order of the day."""
    now = timezone.now()
    day = _day(request.GET.get("day", "")) or request.store.today(now)
    rows = (
        Appointment.objects.for_user(request.user)
        .on_day(day, request.store)
        .select_related("customer", "ownership__vehicle__model__make", "ownership__vehicle__make", "work_group")
        .prefetch_related("customer__contact_points")[:MOST]
    )
    expected = list(rows)
    return render(
        request,
        "vehicles/appointments.html",
        {
            "rows": expected,
            "day": day,
            "today": request.store.today(now),
            "yesterday": day - timedelta(days=1),
            "tomorrow": day + timedelta(days=1),
            "now": now,
            "open_count": sum(row.is_open for row in expected),
            "here_count": sum(row.status == Appointment.Status.ARRIVED for row in expected),
            "missed_count": sum(row.status == Appointment.Status.NO_SHOW for row in expected),
        },
    )


@role_required(*STAFF)
@require_POST
def appointment_status(request: StoreRequest, pk: int) -> HttpResponse:
    """`status` names what became of it; `booked` undoes. Who was slower learns what a colleague did."""
    now = timezone.now()
    rows = Appointment.objects.for_user(request.user).select_related(
        "customer", "dealership", "ownership__vehicle__model__make", "ownership__vehicle__make", "work_group"
    )
    row = get_object_or_404(rows, pk=pk)
    check_role_at(request.user, row.dealership_id, *STAFF)
    status = Appointment.Status
    match request.POST.get("status"):
        case status.CONFIRMED:
            is_done = row.confirm()
        case status.ARRIVED:
            is_done = row.arrive()
        case status.NO_SHOW:
            is_done = row.miss(at=now)
        case status.CANCELLED:
            is_done = row.cancel()
        case status.BOOKED:
            is_done = row.reopen()
        case _:
            return HttpResponse(status=400)
    if not request.htmx:
        day = row.starts_at.astimezone(row.dealership.zone).date()
        return redirect(f"{reverse('appointments')}?day={day:%Y-%m-%d}")
    note = "" if is_done else _("That could not be set: it is now “%(status)s”.") % {"status": row.get_status_display()}
    context = {"row": row, "now": now, "note": note, "has_focus": True}
    return render(request, "vehicles/_appointment.html", context, status=200 if is_done else 409)


def _day(text: str) -> date | None:
    """The day of a link; None where it is none, or one at the end of the calendar, which has no neighbours."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2200 else None
