"""What customers say: counts by code and month, the score with its interval, and the words that nobody has coded."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dealercrm.accounts.guards import StoreRequest, check_role_at, role_required
from dealercrm.accounts.models import Role
from vehicles.forms import ReviewForm
from vehicles.models import Complaint, Feedback, Review, Touch, VoiceNote
from vehicles.models.voice import Said
from vehicles.voice import (
    DAYS,
    code_table,
    month_span,
    months_back,
    score_by_advisor,
    score_by_month,
    score_by_store,
    uncoded,
    words_about,
)

CALLERS = (Role.OPERATOR, Role.MANAGER)
MOST = 100
TO_CODE = 15
SAID: dict[str, type[Said]] = {"feedback": Feedback, "complaint": Complaint, "review": Review, "touch": Touch}


@role_required(Role.MANAGER)
@require_GET
def voice(request: StoreRequest) -> HttpResponse:
    """The number of queries does not grow. `code` with a `month` (none: 30 days) shows the words themselves."""
    now = timezone.now()
    stores = [store for store in request.stores if request.user.role_at(store) == Role.MANAGER]
    code = request.GET.get("code", "")
    context: dict[str, Any] = {
        "table": code_table(request.store, now),
        "months": months_back(request.store.today(now)),
        "by_month": score_by_month(request.store, now),
        "by_advisor": score_by_advisor(request.store, now),
        "by_store": score_by_store(stores, now) if len(stores) > 1 else [],
        "to_code": uncoded(request.store, now, TO_CODE),
        "codes": VoiceNote.Code.choices,
        "days": DAYS,
    }
    if code in VoiceNote.Code.values:
        month = _month(request.GET.get("month", ""))
        since, until = month_span(month, request.store) if month else (now - timedelta(days=DAYS), now)
        context |= {
            "asked_code": VoiceNote.Code(code).label,
            "asked_month": month,
            "words": words_about(request.store, code, since, until, MOST),
        }
    return render(request, "vehicles/voice.html", context)


@role_required(*CALLERS)
@require_POST
def voice_codes(request: StoreRequest, source: str, pk: int) -> HttpResponse:
    """What these words were about: exactly the codes that are ticked."""
    model = SAID.get(source)
    if model is None:
        raise Http404
    rows: Any = model._default_manager
    row = get_object_or_404(rows.for_user(request.user), pk=pk)
    check_role_at(request.user, row.dealership_id, *CALLERS)
    VoiceNote.objects.code(row, request.POST.getlist("code"), by=request.user, at=timezone.now())
    if request.htmx:
        standing = VoiceNote.objects.standing().filter(**{source: row})
        labels = [note.get_code_display() for note in standing.order_by("pk")]
        return render(request, "vehicles/_coded.html", {"labels": labels})
    return redirect("voice" if request.role == Role.MANAGER else "feedback")


@role_required(*CALLERS)
@require_http_methods(["GET", "POST"])
def reviews(request: StoreRequest) -> HttpResponse:
    """What was written about the store in public, newest first, and the form for the next one."""
    now: datetime = timezone.now()
    form = ReviewForm(request.POST or None, user=request.user, store=request.store, now=now)
    if request.method == "POST" and form.is_valid():
        form.save(by=request.user)
        return redirect(reverse("reviews"))
    rows = Review.objects.for_user(request.user).filter(dealership=request.store)
    loaded = rows.select_related("customer", "complaint", "by").prefetch_related("codes").order_by("-at", "-pk")
    found = list(loaded[: MOST + 1])
    context = {"rows": found[:MOST], "is_cut": len(found) > MOST, "most": MOST, "form": form}
    return render(request, "vehicles/reviews.html", context, status=422 if form.errors else 200)


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
