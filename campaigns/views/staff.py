"""The monthly sheet: operators and advisors, the rows behind each number, and a file of it."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import CallResult, ContactPolicy, Credit
from campaigns.sentences import refusal_label
from campaigns.staff import (
    CALL_ROWS,
    LAST_ROWS,
    SUM_ROWS,
    advisor_lines,
    as_csv,
    calls_of_month,
    entries_behind,
    month_after,
    month_before,
    month_of,
    operator_lines,
    total_of,
)
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import AccessLog, Role, User

ROWS = 50
TITLES = {
    "calls": gettext_lazy("Calls"),
    "reached": gettext_lazy("Calls that reached somebody"),
    "booked": gettext_lazy("Booked"),
    "came": gettext_lazy("Booked visits that came about"),
    "open": gettext_lazy("Bookings that are still open"),
    "refused": gettext_lazy("Refused credits"),
    "margin": gettext_lazy("Margin of credited visits"),
    "praises": gettext_lazy("Good reviews"),
    "points": gettext_lazy("Points"),
}


@require_safe
@role_required(Role.MANAGER)
def staff(request: StoreRequest) -> HttpResponse:
    """Everybody's month on one page. The number of queries does not grow with the staff."""
    today = request.store.today(timezone.now())
    month = month_of(request.GET.get("month", ""), today)
    lines = operator_lines(request.store, month)
    context = {
        "month": month,
        "before": month_before(month),
        "after": month_after(month) if month_after(month) <= today else None,
        "operators": lines,
        "advisors": advisor_lines(request.store, month),
        "total": total_of(lines),
        "values": ContactPolicy.values_of(request.store),
    }
    return render(request, "campaigns/staff.html", context)


@require_safe
@role_required(Role.MANAGER)
def staff_rows(request: StoreRequest, what: str) -> HttpResponse:
    """The calls or the entries behind one number: of an `operator`, an `advisor` or the whole store."""
    today = request.store.today(timezone.now())
    month = month_of(request.GET.get("month", ""), today)
    operator, advisor, reason = _operator(request), request.GET.get("advisor", ""), request.GET.get("reason", "")
    context: dict[str, Any] = {
        "month": month,
        "what": what,
        "title": TITLES.get(what, ""),
        "who": operator or advisor or request.store,
        "reason": refusal_label(reason) if reason else "",
    }
    if what in CALL_ROWS:
        calls = calls_of_month(request.store, month).filter(CALL_ROWS[what])
        calls = calls.filter(by=operator) if operator else calls
        rows: Any = calls.select_related("task__customer", "by").order_by("-at", "-pk")
    elif what in SUM_ROWS or what in LAST_ROWS:
        credits = Credit.objects.for_user(request.user).filter(dealership=request.store)
        credits = credits.of_operator(operator) if operator else credits
        credits = credits.filter(advisor=advisor) if advisor else credits
        if not operator and not advisor and what in SUM_ROWS:
            credits = credits.filter(operator__isnull=False)  # the total of the operators
        rows = entries_behind(credits, month, what, reason)
    else:
        raise Http404
    context["is_calls"] = what in CALL_ROWS
    context["page"] = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    return render(request, "campaigns/staff_rows.html", context)


@require_POST
@role_required(Role.MANAGER)
def staff_export(request: StoreRequest) -> HttpResponse:
    """The sheet as a file. A POST, so that no link or prefetch takes it; who took it stands in the access log."""
    now = timezone.now()
    month = month_of(request.POST.get("month", ""), request.store.today(now))
    operators, advisors = operator_lines(request.store, month), advisor_lines(request.store, month)
    AccessLog.objects.create(
        user=request.user,
        dealership=request.store,
        at=now,
        action=AccessLog.Action.EXPORT,
        subject="staff sheet",
        rows=len(operators) + len(advisors),
    )
    response = HttpResponse(as_csv(operators, advisors), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="staff-{month:%Y-%m}.csv"'
    return response


def _operator(request: StoreRequest) -> User | None:
    """Whom the address asks about: somebody with a call or an entry at this store, else nobody is there."""
    text = request.GET.get("operator", "")
    if not text:
        return None
    pk = int(text) if text.isdecimal() and len(text) < 10 else 0
    called = CallResult.objects.filter(task__dealership=request.store, by=pk)
    works = request.store.memberships.filter(user=pk)
    if not (called.exists() or works.exists()):
        raise Http404
    return get_object_or_404(User, pk=pk)
