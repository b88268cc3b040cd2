"""The population-wide numbers: when they were estimated, from what, how good they are, and what was refused."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role
from lifecycle.charts import ReliabilityChart, reliability_chart
from lifecycle.models import Calibration
from lifecycle.rules.health import POINTS_PER_LOGIT
from vehicles.models import Make

SHOWN = 24  # two years of months


class Card(NamedTuple):
    """One scorecard of a calibration beside the one that stood before it, on customers neither was fitted on."""

    title: str
    quality: dict[str, Any]
    chart: ReliabilityChart | None

    @property
    def verdict(self) -> str:
        return {
            "better": _("Kept: on customers it had not seen it was right more often."),
            "worse": _("Refused: on customers it had not seen the old points were right more often."),
        }.get(self.quality.get("why", ""), _("As before: fewer than 500 ownerships could teach it."))


@role_required(Role.MANAGER, Role.ADMINISTRATOR)
def calibrations(request: StoreRequest) -> HttpResponse:
    """The newest, or with ?version= an older one; the numbers are the group's, no customer is in them."""
    rows = list(Calibration.objects.order_by("-version")[:SHOWN])
    chosen = _chosen(request.GET.get("version", ""), rows)
    current = next((row.version for row in rows if row.is_kept), 0)
    return render(
        request,
        "lifecycle/calibrations.html",
        {"rows": rows, "chosen": chosen, "current": current, **(_details(chosen) if chosen else {})},
    )


def _chosen(version: str, rows: list[Calibration]) -> Calibration | None:
    if not version:
        return rows[0] if rows else None
    for row in rows:
        if str(row.version) == version:
            return row
    raise Http404


def _details(row: Calibration) -> dict[str, Any]:
    quality, numbers = row.quality, row.numbers()
    makes = {str(pk): name for pk, name in Make.objects.values_list("pk", "name")}
    life = quality.get("life", {}).get("makes", {})
    season = numbers.driving.season
    return {
        "cards": [
            _card(_("A visit within 12 months"), quality.get("year", {})),
            _card(_("A visit within 30 days"), quality.get("month", {})),
        ],
        "driving": quality.get("driving", {}),
        "summer": sum(season[4:9]) / 5 / (sum((*season[:4], *season[9:])) / 7),
        "terms": sorted((makes.get(key, "—"), found) for key, found in life.items()),
        "finance_ratio": numbers.life.finance_ratio,
        "spend": [
            (Make.PriceClass(name).label, spend, spend.p * spend.gamma / (spend.q - 1))
            for name, spend in sorted(numbers.spend.items())
        ],
        "points_double": round(POINTS_PER_LOGIT * 0.6931),
    }


def _card(title: str, quality: dict[str, Any]) -> Card:
    table = (quality.get("new") or {}).get("table")
    return Card(title, quality, reliability_chart(table) if table else None)
