"""Nights by the broker, which carries ids only and may lose everything: the sweep looks what is due and does it."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from dealercrm.accounts.models import Dealership, JobRun
from lifecycle.calibrating import calibrate, is_calibration_due
from lifecycle.nights import JOB, is_night_due, start_night, work_on

WORKERS = 4  # as many chunks of one run are worked on at the same time, if so many workers are free


@shared_task
def sweep_nights() -> None:
    """Start the nights whose hour has come, and send workers to every run that has chunks left."""
    now = timezone.now()
    for store in Dealership.objects.active():
        if is_night_due(store, now):
            start_night(store, on=store.today(now), now=now)
    for run in JobRun.objects.filter(job=JOB, status=JobRun.Status.RUNNING):
        left = run.chunks.exclude(status="done").count()
        for _ in range(min(max(left, 1), WORKERS)):
            work_on_night.delay(run.pk)


@shared_task
def work_on_night(run_id: int) -> None:
    """Take chunks of a run until none is left; harmless where the run has ended meanwhile."""
    run = JobRun.objects.select_related("dealership").filter(pk=run_id, status=JobRun.Status.RUNNING).first()
    if run is not None:
        work_on(run)


@shared_task
def sweep_calibration() -> None:
    """Refit the population-wide numbers once a month; a doubled beat finds the month's row."""
    now = timezone.now()
    store = Dealership.objects.active().order_by("pk").first()
    if store is not None and is_calibration_due(now):
        calibrate(store.today(now))
