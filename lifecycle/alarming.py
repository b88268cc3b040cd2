"""The memory of health: a row a month, and an alarm when a customer's health falls. Called by the night, per chunk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from lifecycle.models import HealthAlert, HealthMonth, Stage
from lifecycle.models.health import first_of_last_month

WATCHED = frozenset({Stage.FIRST_SERVICE, Stage.RETENTION, Stage.REPEAT_PURCHASE})


class Turn(NamedTuple):
    """A standing's columns before and after it was judged anew. `judged_on`: when it was judged before.

    `alarm_at` is the fall in points that raises an alarm.
    """

    old: Mapping[str, Any]
    new: Mapping[str, Any]
    judged_on: date
    alarm_at: int


def remember_health(turns: Sequence[Turn], *, day: date) -> int:
    """Keep the health that last month ended with, and raise the alarms of this month; how many. Three queries.

    The first change in a month writes the row of the month before: until then the standing itself says it.
    A killed chunk takes its rows with it; twice is harmless by the unique keys.
    """
    this_month, last_month = day.replace(day=1), first_of_last_month(day)
    ended_with = {turn.old["ownership_id"]: turn.old["health"] for turn in turns if turn.judged_on < this_month}
    fell = [
        turn
        for turn in turns
        if turn.new["stage"] in WATCHED and turn.new["health"] is not None and turn.new["health"] != turn.old["health"]
    ]
    HealthMonth.objects.bulk_create(
        [HealthMonth(ownership_id=pk, month=last_month, health=health) for pk, health in sorted(ended_with.items())],
        batch_size=500,
        ignore_conflicts=True,
    )
    others = [turn.old["ownership_id"] for turn in fell if turn.old["ownership_id"] not in ended_with]
    if others:
        rows = HealthMonth.objects.filter(ownership_id__in=others, month=last_month)
        ended_with.update(rows.values_list("ownership_id", "health"))
    alerts = []
    for turn in fell:
        was, now = ended_with.get(turn.old["ownership_id"]), turn.new["health"]
        if was is not None and now is not None and was - now >= turn.alarm_at > 0:
            alerts.append(
                HealthAlert(
                    ownership_id=turn.new["ownership_id"],
                    customer_id=turn.new["customer_id"],
                    dealership_id=turn.new["dealership_id"],
                    on=day,
                    month=this_month,
                    was=was,
                    now=now,
                )
            )
    HealthAlert.objects.bulk_create(alerts, batch_size=500, ignore_conflicts=True)
    return len(alerts)
