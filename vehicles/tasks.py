"""Imports in the background: the broker carries the id of a run and may lose it, the sweep finds it again."""

from __future__ import annotations

from celery import shared_task
from django.db.models import Q
from django.utils import timezone

from vehicles.importing import claim, run_import
from vehicles.importing.uploading import forget_old_uploads
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
