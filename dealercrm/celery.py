"""The Celery application and the one table of what runs when.

Every entry asks "what is due?" and does it, so a doubled, late or lost one is harmless; the
database decides. `expires` drops what waited so long that the next one has come.
"""

import os
from datetime import UTC, datetime
from typing import Any

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dealercrm.settings")

app = Celery("dealercrm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def every(seconds: int, task: str) -> dict[str, Any]:
    """A sweep, first at once and then at this interval.

    What waits longer than one interval is dropped: the next one looks at the same rows.
    """
    return {"task": task, "schedule": float(seconds), "last_run_at": LONG_AGO, "options": {"expires": seconds}}


@setup_logging.connect
def leave_logging_to_django(**kwargs: Any) -> None:
    """Celery would add handlers of its own, without the formatter that keeps personal data out."""


app.conf.beat_schedule = {
    "jobs are alive": every(15, "dealercrm.accounts.tasks.heartbeat"),
    "nights that are late": every(300, "dealercrm.accounts.tasks.watch_nights"),
    "imports that wait": every(30, "vehicles.tasks.sweep_imports"),
    "nights of the lifecycle": every(60, "lifecycle.tasks.sweep_nights"),
    "numbers of the month": every(3600, "lifecycle.tasks.sweep_calibration"),
    "planning after the night": every(30, "campaigns.tasks.sweep_planning"),
    "verdicts that are due": every(3600, "campaigns.tasks.sweep_verdicts"),
    "visits that calls brought": every(600, "campaigns.tasks.sweep_credits"),
    "people filed twice": every(300, "vehicles.tasks.sweep_duplicates"),
    "points of visits": every(300, "vehicles.tasks.sweep_loyalty"),
    "points of offers": every(3600, "campaigns.tasks.sweep_offer_points"),
    "letters that are due": every(30, "campaigns.tasks.sweep_messages"),
}
