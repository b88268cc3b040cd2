"""Did the nights run? What is late or failed stands first and loud."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.health import NIGHTLY, counts_in_words, nights_of
from dealercrm.accounts.models import JobRun, Role

LAST_RUNS = 40


@role_required(Role.ADMINISTRATOR)
def health(request: StoreRequest) -> HttpResponse:
    now = timezone.now()
    nights = nights_of(request.user.administered().filter(is_active=True).order_by("name"), now)
    nights.sort(key=lambda night: not night.is_bad)
    runs = JobRun.objects.for_user(request.user).filter(dealership=request.store).order_by("-started_at", "-pk")
    return render(
        request,
        "accounts/health.html",
        {
            "nights": nights,
            "bad": sum(night.is_bad for night in nights),
            "is_running": any(night.state == "running" for night in nights),
            "runs": [(run, NIGHTLY.get(run.job, run.job), counts_in_words(run)) for run in runs[:LAST_RUNS]],
            "now": now,
        },
    )
