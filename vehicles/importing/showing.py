"""What the page of an import shows: its step, what was recognised, counts and reasons."""

from __future__ import annotations

from typing import Any

from dealercrm.sentences import sentence
from vehicles.labels import FIELDS as FIELD_LABELS
from vehicles.labels import KINDS, STEPS
from vehicles.models import ImportRun
from vehicles.rules.columns import FIELDS
from vehicles.rules.profiles import Profile

FIRST_REJECTS = 20
Status = ImportRun.Status


def page_of(run: ImportRun) -> dict[str, Any]:
    """`step`: recognised, working, planned, done or failed. One query more where there are rejects to show."""
    step = step_of(run)
    page: dict[str, Any] = {"step": step, "is_waiting": run.status == Status.QUEUED}
    if step == "working":
        page["progress"] = _progress(run)
    if step in ("recognised", "planned"):
        page["files"] = [_file(file, run) for file in run.recognised]
        page["missing_kinds"] = _missing_kinds(run)
    if step in ("planned", "done", "failed"):
        page |= _account(run)
    return page


def step_of(run: ImportRun) -> str:
    if run.status in ImportRun.ACTIVE:
        return "working"
    if run.status == Status.FAILED:
        return "failed"
    if run.status == Status.DONE:
        return "planned" if run.is_dry_run else "done"
    return "recognised"


def _progress(run: ImportRun) -> dict[str, Any]:
    done, total = run.progress.get("done", 0), run.progress.get("total", 0)
    step = run.progress.get("step", "")
    return {
        "done": done,
        "total": total,
        "label": STEPS.get(step, ""),
        "share": round(100 * done / total) if total else None,
    }


def _file(file: dict[str, Any], run: ImportRun) -> dict[str, Any]:
    """A recognised file: which of its columns mean what, and which of ours it does not have."""
    kind = file["kind"]
    if not kind:
        return {**file, "kind_label": "", "columns": [{"header": text, "label": ""} for text in file["header"]]}
    meaning = {place: FIELD_LABELS[name] for name, place in file["places"].items()}
    columns = [{"header": text, "label": meaning.get(place, "")} for place, text in enumerate(file["header"])]
    missing = [FIELD_LABELS[one.name] for one in FIELDS[kind] if one.name in _expected(run, kind) - set(file["places"])]
    return {**file, "kind_label": KINDS[kind], "columns": columns, "missing": missing}


def _expected(run: ImportRun, kind: str) -> set[str]:
    """Fields the profile has a column for."""
    try:
        profile = Profile.from_mapping(run.profile.mapping) if run.profile else None
    except ValueError:
        profile = None
    return set(profile.files[kind].columns) if profile and kind in profile.files else set()


def _missing_kinds(run: ImportRun) -> list[Any]:
    """Kinds of files the profile knows and this export does not have."""
    found = {file["kind"] for file in run.recognised}
    known = run.profile.mapping.get("files", {}) if run.profile else {}
    return [KINDS[kind] for kind in KINDS if kind in known and kind not in found]


def _account(run: ImportRun) -> dict[str, Any]:
    rows = [
        {"name": name, "kind_label": KINDS.get(one["kind"], ""), "note": sentence({"code": one["note"]}), **one}
        for name, one in sorted(run.counts.items())
    ]
    names = ("rows", "created", "updated", "unchanged", "rejected", "warnings")
    totals = {name: sum(one[name] for one in run.counts.values()) for name in names}
    unknown = [
        {"file": name, "label": FIELD_LABELS.get(field, field), "word": word, "times": times}
        for name, one in sorted(run.counts.items())
        for field, word, times in one["unknown"]
    ]
    return {
        "account": rows,
        "totals": totals,
        "unknown": unknown,
        "first_rejects": list(run.rejects.all()[:FIRST_REJECTS]),
    }
