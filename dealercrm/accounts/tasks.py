"""Thin background tasks of the foundation."""

from celery import shared_task
from django.utils import timezone

from dealercrm.accounts.alarming import raise_alarms
from dealercrm.accounts.models import Heartbeat


@shared_task
def heartbeat() -> None:
    """Proves the whole way: beat sent it, the broker carried it, a worker wrote it."""
    Heartbeat.strike("jobs", at=timezone.now())


@shared_task
def watch_nights() -> None:
    """Tell people about a night that is late or has failed."""
    raise_alarms(timezone.now())
