"""What was merged, by whom, and the undo."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from customers.merging import MergeRefusedError, undo, what_stays
from customers.models import Merge
from customers.moving import Plan
from customers.views.doors import RULERS
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import AccessLog

PAGE = 50


@role_required(*RULERS)
@require_GET
def merges(request: StoreRequest) -> HttpResponse:
    """Newest first, undone ones included."""
    rows = Merge.objects.for_user(request.user).select_related("survivor", "merged", "by", "undone_by")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    if page.object_list:
        AccessLog.objects.create(
            user=request.user, dealership=request.store, at=timezone.now(), action=AccessLog.Action.VIEW,
            subject="merges", rows=2 * len(page.object_list),
        )  # fmt: skip
    return render(request, "customers/merges.html", {"page": page})


@role_required(*RULERS)
@require_GET
def merge_page(request: StoreRequest, pk: int) -> HttpResponse:
    """One merge: what moved, and what an undo could put back today."""
    return _show(request, _merge_or_404(request, pk))


@role_required(*RULERS)
@require_POST
def merge_undo(request: StoreRequest, pk: int) -> HttpResponse:
    """Take it back; what cannot be is said on the page."""
    journal = _merge_or_404(request, pk)
    try:
        undo(journal.pk, by=request.user, now=timezone.now())
    except MergeRefusedError as refused:
        return _show(request, _merge_or_404(request, pk), refused=refused.why.as_json(), status=409)
    return redirect("merge", pk=pk)


def _merge_or_404(request: StoreRequest, pk: int) -> Merge:
    rows = Merge.objects.for_user(request.user).select_related("survivor", "merged", "by", "undone_by", "dealership")
    return get_object_or_404(rows, pk=pk)


def _show(request: StoreRequest, journal: Merge, status: int = 200, **more: Any) -> HttpResponse:
    is_standing = journal.undone_at is None
    is_erased = bool(journal.survivor.erased_at or journal.merged.erased_at)
    context = {
        "merge": journal,
        "moved": moved_in_words(journal.moved),
        "notes": journal.notes,
        "stays": [why.as_json() for why in what_stays(journal)] if is_standing and not is_erased else [],
        "can_be_undone": is_standing and not is_erased and journal.survivor.merged_into_id is None,
        "is_erased": is_erased,
    }
    return render(request, "customers/merge.html", context | more, status=status)


def plan_in_words(plan: Plan) -> dict[str, Any]:
    """A plan as the preview shows it: kinds of rows with their numbers, then the sentences."""
    return {"moved": moved_in_words(plan.moved), "notes": [why.as_json() for why in plan.notes]}


def moved_in_words(moved: dict[str, int]) -> list[tuple[str, int]]:
    """(kind of row, number): what people know; what the night derives again is left out."""
    found = []
    for label, number in moved.items():
        model = apps.get_model(label)
        if not model.belonging.is_derived:
            found.append((str(model._meta.verbose_name_plural), number))
    return found
