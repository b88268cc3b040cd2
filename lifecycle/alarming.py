"""The memory of health: a row a month, and an alarm when a customer's health falls. Called by the night, per chunk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from lifecycle.models import HealthAlert, HealthMonth, Stage
from lifecycle.models.health import first_of_last_month
from lifecycle.rules.calibration import Scorecard
from lifecycle.rules.health import PARTS, chance

WATCHED = frozenset({Stage.FIRST_SERVICE, Stage.RETENTION, Stage.REPEAT_PURCHASE})


_KEPT = ("ownership_id", "health", "bands")


class Turn(NamedTuple):
    """A standing's columns before and after it was judged anew. `judged_on`: when it was judged before.

    `alarm_at` is the fall in points that raises an alarm.
    """

    old: Mapping[str, Any]
    new: Mapping[str, Any]
    judged_on: date
    alarm_at: int


def remember_health(turns: Sequence[Turn], *, day: date, card: Scorecard) -> int:
    """Keep the health that last month ended with, and raise the alarms of this month; how many. Three queries.

    The first change in a month writes the row of the month before: until then the standing itself says it.
    Both ends of a fall are scored by the points of today (`card`): new points alone raise no alarm.
    A killed chunk takes its rows with it; twice is harmless by the unique keys.
    """
    this_month, last_month = day.replace(day=1), first_of_last_month(day)
    ended_with: dict[int, tuple[int | None, list[int]]] = {
        turn.old["ownership_id"]: (turn.old["health"], turn.old["forecasts"].get("health_bands", []))
        for turn in turns
        if turn.judged_on < this_month
    }
    fell = [
        turn
        for turn in turns
        if turn.new["stage"] in WATCHED and turn.new["health"] is not None and turn.new["health"] != turn.old["health"]
    ]
    HealthMonth.objects.bulk_create(
        [
            HealthMonth(ownership_id=pk, month=last_month, health=health, bands=bands)
            for pk, (health, bands) in sorted(ended_with.items())
        ],
        batch_size=500,
        ignore_conflicts=True,
    )
    others = [turn.old["ownership_id"] for turn in fell if turn.old["ownership_id"] not in ended_with]
    if others:
        rows = HealthMonth.objects.filter(ownership_id__among=others, month=last_month)
        ended_with.update({pk: (health, bands) for pk, health, bands in rows.values_list(*_KEPT)})
    alerts = []
    for turn in fell:
        _, bands = ended_with.get(turn.old["ownership_id"], (None, []))
        if len(bands) != len(PARTS):  # no health then, or a scorecard of other parts
            continue
        was, now = chance(card, tuple(bands)), turn.new["health"]
        if was - now >= turn.alarm_at > 0:
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
