"""The report of an import as data: per file what became of its rows, and every row that was not taken."""

from __future__ import annotations

from typing import Any

from dealercrm.sentences import sentence
from vehicles.importing.accounting import OUTCOMES
from vehicles.models import ImportRun

MOST_REJECTS = 1000


def report(run: ImportRun) -> dict[str, Any]:
    """Plain JSON. `rows` = created + updated + unchanged + rejected; totals lines are counted apart."""
    rejects = run.rejects.order_by("file", "line", "pk")
    return {
        "run": run.pk,
        "dealership": run.dealership.code,
        "profile": run.profile.code if run.profile else None,
        "status": run.status,
        "dry_run": run.is_dry_run,
        "error": sentence(run.error) or None,
        "files": {
            name: {key: counts[key] for key in ("kind", "rows", *OUTCOMES, "repeated", "warnings", "totals")}
            | {"unknown_words": counts["unknown"], "note": sentence({"code": counts["note"]}) or None}
            for name, counts in sorted(run.counts.items())
        },
        "rejects": [
            {"file": one.file, "line": one.line, "field": one.field, "reason": sentence(one.reason)}
            for one in rejects.filter(is_warning=False)[:MOST_REJECTS]
        ],
        "warnings": [
            {"file": one.file, "line": one.line, "field": one.field, "reason": sentence(one.reason)}
            for one in rejects.filter(is_warning=True)[:MOST_REJECTS]
        ],
    }
