"""Thin background tasks: look what is due and do it. The broker carries nothing but their names."""

from __future__ import annotations

from celery import shared_task
from django.db.models import Max
from django.utils import timezone

from campaigns.crediting import is_due, start_crediting
from campaigns.crediting import work as credit
from campaigns.entering import JOB as CREDITS
from campaigns.hearing import close_answered
from campaigns.loading import Store
from campaigns.measuring import write_verdicts
from campaigns.ordering import order_day
from campaigns.playbook import Playbook
from campaigns.redeeming import post_offer_points
from campaigns.running import plan_store, work
from campaigns.sending import send_due
from campaigns.settling import JOB, has_something_waiting, settle_day
from dealercrm.accounts.models import Dealership, JobRun
from dealercrm.accounts.running import fail_run
from lifecycle.nights import JOB as LIFECYCLE
from vehicles.models import VisitRequest


@shared_task
def sweep_planning() -> None:
    """Plan every store whose lifecycle night of the local date is done and whose planning is not.

    A night asked for by hand, after an import say, is planned too: its calls come out today. A run that
    its day has left behind is closed: contacts are planned for today only, and today's run takes them all.
    """
    now = timezone.now()
    for store in Dealership.objects.active():
        today = store.today(now)
        for run in JobRun.objects.filter(dealership=store, job=JOB, status=JobRun.Status.RUNNING, logical_on__lt=today):
            fail_run(run, "its day was over before it was", now=now)
        if has_something_waiting(store) and not _is_planning(store):
            loaded = Store.load(store, now)  # a manager has confirmed, or whoever planned died before it was handed out
            playbook = Playbook.load(store, loaded.today)
            if settle_day(loaded, playbook, now=now)["released"]:
                order_day(loaded, playbook.measured)
        runs = JobRun.objects.filter(dealership=store, logical_on=today)
        plans = runs.filter(job=JOB)
        judged_at = runs.filter(job=LIFECYCLE, status=JobRun.Status.DONE).aggregate(last=Max("finished_at"))["last"]
        if judged_at is None:
            continue
        for run in plans.filter(status=JobRun.Status.RUNNING):
            work(run)  # its worker may have died; where it has not, two share the chunks
        if not plans.filter(started_at__gte=judged_at).exists():
            plan_store(store, on=today, now=now, by_hand=plans.filter(sequence=0).exists())


def _is_planning(store: Dealership) -> bool:
    return JobRun.objects.filter(dealership=store, job=JOB, status=JobRun.Status.RUNNING).exists()


@shared_task
def sweep_verdicts() -> None:
    """Say what campaigns earned, where the planned day has come; the night of the day before has every visit."""
    now = timezone.now()
    for store in Dealership.objects.active():
        write_verdicts(store, now=now)


@shared_task
def sweep_offer_points() -> None:
    """Post the points of offers whose customers have come."""
    now = timezone.now()
    for store in Dealership.objects.active():
        post_offer_points(store, now=now)


@shared_task
def sweep_credits() -> None:
    """Once a local date, and again where a worker died: whose visits were those that have come about?"""
    now = timezone.now()
    for store in Dealership.objects.active():
        if is_due(store, now):
            start_crediting(store, on=store.today(now), now=now)
        for run in JobRun.objects.filter(dealership=store, job=CREDITS, status=JobRun.Status.RUNNING):
            credit(run)


@shared_task
def sweep_messages() -> None:
    """Send the messages that are due, and close what was answered or waited for in vain."""
    now = timezone.now()
    send_due(now=now)
    close_answered(now)
    VisitRequest.objects.all().expire(now)
