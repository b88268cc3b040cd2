"""What we owe: complaints of the store, open ones first, and how each was made good."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dealercrm.accounts.guards import StoreRequest, check_role_at, role_required
from dealercrm.accounts.models import Role
from vehicles.models import Complaint
from vehicles.models.complaint import ComplaintQuerySet

STAFF = (Role.OPERATOR, Role.MANAGER)
MOST = 100


@role_required(*STAFF)
@require_GET
def complaints(request: StoreRequest) -> HttpResponse:
    """Every open complaint of the active store, then the latest that were solved, a hundred in all."""
    mine = Complaint.objects.for_user(request.user).filter(dealership=request.store)
    rows = _loaded(mine).in_working_order()[: MOST + 1]
    found = list(rows)
    return render(
        request,
        "vehicles/complaints.html",
        {
            "rows": found[:MOST],
            "is_cut": len(found) > MOST,
            "most": MOST,
            "today": request.store.today(timezone.now()),
            "open_count": mine.open().count(),
        },
    )


@role_required(*STAFF)
@require_POST
def complaint_solution(request: StoreRequest, pk: int) -> HttpResponse:
    """Write down how it was made good; `undo` opens it again."""
    now = timezone.now()
    row = get_object_or_404(_loaded(Complaint.objects.for_user(request.user)), pk=pk)
    check_role_at(request.user, row.dealership_id, *STAFF)
    solution = request.POST.get("solution", "").strip()[:4000]
    note, status = "", 200
    if "undo" in request.POST:
        row.reopen()
    elif not solution:
        note, status = _("Say how it was made good: the next one who calls will read it."), 422
    elif not row.resolve(solution, by=request.user, at=now):
        note, status = _("A colleague has resolved it already."), 409
    if not request.htmx and not note:
        return redirect("complaints")
    context = {"row": row, "today": request.store.today(now), "note": note, "has_focus": True}
    template = "vehicles/_complaint.html" if request.htmx else "vehicles/complaint.html"
    return render(request, template, context, status=status)


def _loaded(rows: ComplaintQuerySet) -> ComplaintQuerySet:
    return rows.select_related(
        "customer", "owner", "resolved_by", "ownership__vehicle__model__make", "ownership__vehicle__make"
    )
