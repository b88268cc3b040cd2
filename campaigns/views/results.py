"""What campaigns earned: every measurement of a store, one with its numbers, and the customers behind them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.charts import interval_chart
from campaigns.loading import Store
from campaigns.measuring import Progress, progress_of, standing_verdicts
from campaigns.models import Assignment, CampaignVerdict, ContactTask
from campaigns.ordering import why_there, why_worth_more
from campaigns.result_words import call_sentence, name_of, need_more, of_hundred, progress_sentence, verdict_sentence
from dealercrm.accounts.guards import StoreRequest, check_role_at, role_required
from dealercrm.accounts.models import Role
from dealercrm.sentences import sentence

ROWS = 50
GROUPS = ("asked", "held", "counted", "aside")


@require_safe
@role_required(Role.MANAGER)
def campaign_results(request: StoreRequest) -> HttpResponse:
    """All campaigns of the store with their verdicts, and all contacting together. Five queries."""
    store = _store(request)
    rows = [_row(progress, store) for progress in progress_of(request.store, store, store.today)]
    measured = [row for row in rows if row["progress"].size or row["progress"].verdict]
    context = {
        "everything": next(row for row in rows if row["progress"].subject.is_global),
        "rows": [row for row in measured if not row["progress"].subject.is_global],
        "unmeasured": [row for row in rows if row not in measured and not row["progress"].subject.is_global],
        "horizon": store.values.horizon_days,
    }
    return render(request, "campaigns/campaign_results.html", context)


@require_safe
@role_required(Role.MANAGER)
def campaign_result(request: StoreRequest, code: str) -> HttpResponse:
    """One measurement with the numbers of its last verdict; before the planned day only how far it is."""
    store = _store(request)
    progress = _progress(request, store, code)
    verdict = progress.verdict
    result = verdict.result if verdict else None
    uplift = result.uplift if result else None
    context = _row(progress, store) | {
        "verdict": verdict,
        "result": result,
        "of_hundred": of_hundred(result) if result else "",
        "need_more": need_more(result) if result else "",
        "chart": interval_chart(uplift, result.break_even) if uplift and result and not result.is_alarm else None,
        "earlier": CampaignVerdict.objects.for_user(request.user)
        .filter(dealership=request.store, campaign=code)
        .exclude(pk=verdict.pk if verdict else 0),
        "horizon": store.values.horizon_days,
        "done": round(100 * progress.complete / progress.size) if progress.size else 0,
    }
    return render(request, "campaigns/campaign_result.html", context)


@require_safe
@role_required(Role.MANAGER)
def campaign_assignments(request: StoreRequest, code: str) -> HttpResponse:
    """The customers behind a number: contacted, held out, counted by now, or set aside."""
    store = _store(request)
    progress = _progress(request, store, code)
    rows = Assignment.objects.for_user(request.user).filter(
        dealership=request.store, campaign=code, salt=progress.subject.salt
    )
    group = request.GET.get("group", "")
    rows = rows.exclude(pk__in=rows.measured().values("pk")) if group == "aside" else rows.measured()
    if group in {"asked", "held"}:
        rows = rows.filter(is_held_out=group == "held")
    if group == "counted":
        rows = rows.filter(assigned_on__lte=store.today - timedelta(days=store.values.horizon_days))
    rows = rows.select_related("customer", "occasion", "version").order_by("-assigned_on", "-pk")
    context = {
        "page": Paginator(rows, ROWS).get_page(request.GET.get("page")),
        "group": group if group in GROUPS else "",
        "progress": progress,
        "name": name_of(progress.subject),
        "code": code,
    }
    return render(request, "campaigns/campaign_assignments.html", context)


@require_safe
@role_required(Role.OPERATOR, Role.MANAGER)
def call_worth(request: StoreRequest, pk: int) -> HttpResponse:
    """A line of the call card: what such calls were measured to bring. Two queries; the card does not wait for it."""
    task = get_object_or_404(ContactTask.objects.for_user(request.user).select_related("occasion", "dealership"), pk=pk)
    check_role_at(request.user, task.dealership_id, Role.OPERATOR, Role.MANAGER)
    verdict = standing_verdicts(task.dealership).get(task.kind)
    words = call_sentence(verdict, task.occasion.closes_on)
    store = Store.load(task.dealership, timezone.now())
    place = [sentence(why.as_json()) for why in (*why_there(task), *why_worth_more(task, store))]
    return render(request, "campaigns/_call_worth.html", {"words": words, "place": place})


def _store(request: StoreRequest) -> Store:
    return Store.load(request.store, timezone.now())


def _progress(request: StoreRequest, store: Store, code: str) -> Progress:
    """The measurement of this code at the reader's store; 404 where there is none."""
    for progress in progress_of(request.store, store, store.today):
        if progress.subject.code == code:
            return progress
    raise Http404


def _row(progress: Progress, store: Store) -> dict[str, Any]:
    result = progress.verdict.result if progress.verdict else None
    return {
        "progress": progress,
        "name": name_of(progress.subject),
        "code": progress.subject.code,
        "verdict": progress.verdict,
        "result": result,
        "sentence": verdict_sentence(result) if result else progress_sentence(progress, store.today),
        "ahead": progress_sentence(progress, store.today) if result and progress.verdict_on else "",
    }
