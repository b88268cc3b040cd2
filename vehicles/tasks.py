"""Imports in the background: the broker carries the id of a run and may lose it, the sweep finds it again."""

from __future__ import annotations

from celery import shared_task
from django.db.models import Q
from django.utils import timezone

from dealercrm.accounts.models import Dealership, JobRun
from vehicles.duplicates import JOB, is_due, look, start_looking
from vehicles.importing import claim, run_import
from vehicles.importing.uploading import forget_old_uploads
from vehicles.loyalty_nights import JOB as LOYALTY
from vehicles.loyalty_nights import is_due as is_posting_due
from vehicles.loyalty_nights import post, start_posting
from vehicles.models import ImportRun


@shared_task
def take_import(run_id: int) -> None:
    """Do a queued import, or go on with one whose worker died; harmless where somebody else has it."""
    now = timezone.now()
    run = ImportRun.objects.select_related("dealership", "profile").filter(pk=run_id).first()
    if run is not None and run.status in ImportRun.ACTIVE and claim(run, now=now) is None:
        run_import(run, now=now)


@shared_task
def sweep_imports() -> None:
    """Send workers to imports that wait or whose lease ran out; forget uploads nobody wanted."""
    now = timezone.now()
    waiting = Q(status=ImportRun.Status.QUEUED) | Q(status=ImportRun.Status.RUNNING, lease_until__lt=now)
    for pk in ImportRun.objects.filter(waiting).order_by("pk").values_list("pk", flat=True):
        take_import.delay(pk)
    forget_old_uploads(now=now)


@shared_task
def sweep_duplicates() -> None:
    """Once a night, and again where a worker died: look for people filed twice."""
    now = timezone.now()
    store = Dealership.objects.active().order_by("pk").first()
    if store is not None and is_due(store, now):
        start_looking(store, now=now)
    for run in JobRun.objects.filter(job=JOB, status=JobRun.Status.RUNNING):
        look_for_duplicates.delay(run.pk)


@shared_task
def look_for_duplicates(run_id: int) -> None:
    """Do a run that waits; harmless where another worker holds it or it has ended."""
    run = JobRun.objects.filter(pk=run_id, status=JobRun.Status.RUNNING).first()
    if run is not None:
        look(run)


@shared_task
def sweep_loyalty() -> None:
    """Once a night and store whose programme is on, and again where a worker died: post points."""
    now = timezone.now()
    for store in Dealership.objects.active():
        if is_posting_due(store, now):
            start_posting(store, now=now)
    for run in JobRun.objects.filter(job=LOYALTY, status=JobRun.Status.RUNNING):
        post_loyalty.delay(run.pk)


@shared_task
def post_loyalty(run_id: int) -> None:
    """Do a run that waits; harmless where another worker holds it or it has ended."""
    run = JobRun.objects.select_related("dealership").filter(pk=run_id, status=JobRun.Status.RUNNING).first()
    if run is not None:
        post(run)
