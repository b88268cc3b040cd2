"""Did the nights run? What is late or failed stands first and loud."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.health import NIGHTLY, Progress, counts_in_words, nights_of, progress_of, read_by
from dealercrm.accounts.models import Heartbeat, JobRun, Role

LAST_RUNS = 40


@role_required(Role.MANAGER, Role.ADMINISTRATOR)
def health(request: StoreRequest) -> HttpResponse:
    """The nights of every store whose base the user reads, and the last runs of the active one."""
    now = timezone.now()
    nights = nights_of(read_by(request.user, request.stores), now)
    nights.sort(key=lambda night: not night.is_bad)
    rows = JobRun.objects.for_user(request.user).filter(dealership=request.store).order_by("-started_at", "-pk")
    runs = list(rows[:LAST_RUNS])
    progress = progress_of([*runs, *(night.run for night in nights if night.run)])
    return render(
        request,
        "accounts/health.html",
        {
            "nights": [
                (night, progress.get(night.run.pk, Progress()) if night.run else Progress(), night.age(now))
                for night in nights
            ],
            "bad": sum(night.is_bad for night in nights),
            "is_running": any(night.state == "running" for night in nights),
            "silent_since": Heartbeat.silent_since("jobs", now=now),
            "is_ruler": request.role == Role.ADMINISTRATOR,
            "runs": [
                (run, NIGHTLY.get(run.job, run.job), counts_in_words(run), progress.get(run.pk, Progress()))
                for run in runs
            ],
            "now": now,
        },
    )
