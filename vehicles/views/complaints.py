"""What we owe: complaints of the store, open ones first, and how each was made good."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dealercrm.accounts.guards import StoreRequest, check_role_at, role_required
from dealercrm.accounts.models import Role, User
from vehicles.models import Complaint
from vehicles.models.complaint import ComplaintQuerySet

STAFF = (Role.OPERATOR, Role.MANAGER)
MOST = 100


@role_required(*STAFF)
@require_GET
def complaints(request: StoreRequest) -> HttpResponse:
    """Open complaints of the active store, then those that wait for the customer's word, then the settled ones.

    `owner` narrows to one person's (`none`: nobody's), `show=overdue` to broken promises.
    """
    today = request.store.today(timezone.now())
    mine = Complaint.objects.for_user(request.user).filter(dealership=request.store)
    counts = mine.counts(today)
    people = _people(request)
    owner, shown = request.GET.get("owner", ""), mine
    if owner == "none":
        shown = shown.filter(owner=None)
    elif owner.isdecimal() and len(owner) < 19:
        shown = shown.filter(owner=int(owner))
    if request.GET.get("show") == "overdue":
        shown = shown.overdue(today)
    elif request.GET.get("show") == "unconfirmed":
        shown = shown.unconfirmed()
    found = list(_loaded(shown).in_working_order()[: MOST + 1])
    return render(
        request,
        "vehicles/complaints.html",
        {
            "rows": found[:MOST],
            "is_cut": len(found) > MOST,
            "most": MOST,
            "today": today,
            "open_count": counts["open"],
            "overdue_count": counts["overdue"],
            "unconfirmed_count": counts["unconfirmed"],
            "people": people,
            "owner": owner,
            "is_narrowed": bool(owner or request.GET.get("show")),
        },
    )


@role_required(*STAFF)
@require_POST
def complaint_owner(request: StoreRequest, pk: int) -> HttpResponse:
    """Who answers for it, and by when."""
    row = _row(request, pk)
    people = {str(person.pk): person for person in _people(request)}
    try:
        due_on = date.fromisoformat(request.POST.get("due_on", ""))
    except ValueError:
        due_on = row.due_on  # type: ignore[assignment]
    owner = people.get(request.POST.get("owner", ""))
    row.assign(owner, due_on, by=request.user, at=timezone.now())
    return _answered(request, row)


@role_required(*STAFF)
@require_POST
def complaint_verdict(request: StoreRequest, pk: int) -> HttpResponse:
    """What the customer said when somebody asked: `yes`, it was made good; `no`, it was not."""
    row, now = _row(request, pk), timezone.now()
    note = request.POST.get("note", "").strip()[:2000]
    if "yes" in request.POST:
        is_done = row.confirm(by=request.user, at=now, note=note)
    else:
        is_done = row.deny(by=request.user, at=now, note=note)
    if is_done:
        return _answered(request, row)
    return _answered(request, row, _("A colleague has written it down already."), 409)


@role_required(*STAFF)
@require_POST
def complaint_solution(request: StoreRequest, pk: int) -> HttpResponse:
    """Write down how it was made good; `undo` opens it again."""
    row, now = _row(request, pk), timezone.now()
    solution = request.POST.get("solution", "").strip()[:4000]
    note, status = "", 200
    if "undo" in request.POST:
        row.reopen(by=request.user, at=now)
    elif not solution:
        note, status = _("Say how it was made good: the next one who calls will read it."), 422
    elif not row.resolve(solution, by=request.user, at=now):
        note, status = _("A colleague has resolved it already."), 409
    return _answered(request, row, note, status)


def _row(request: StoreRequest, pk: int) -> Complaint:
    row: Complaint = get_object_or_404(_loaded(Complaint.objects.for_user(request.user)), pk=pk)
    check_role_at(request.user, row.dealership_id, *STAFF)
    return row


def _answered(request: StoreRequest, row: Complaint, note: str = "", status: int = 200) -> HttpResponse:
    if not request.htmx and not note:
        return redirect("complaints")
    today = request.store.today(timezone.now())
    context = {"row": row, "today": today, "note": note, "has_focus": True, "people": _people(request)}
    template = "vehicles/_complaint.html" if request.htmx else "vehicles/complaint.html"
    return render(request, template, context, status=status)


def _people(request: StoreRequest) -> list[User]:
    """Who may answer for a complaint of the active store."""
    rows = User.objects.filter(is_active=True, memberships__dealership=request.store, memberships__role__in=STAFF)
    return list(rows.distinct().order_by("first_name", "last_name", "username"))


def _loaded(rows: ComplaintQuerySet) -> ComplaintQuerySet:
    return rows.select_related(
        "customer", "owner", "resolved_by", "dealership", "ownership__vehicle__model__make", "ownership__vehicle__make",
        "review",
    ).prefetch_related("events__by")  # fmt: skip
