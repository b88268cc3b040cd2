"""Imports: upload, what was recognised, what would change, progress, report, and the rows to mend."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import AccessLog, Role
from dealercrm.sentences import sentence
from vehicles.exports.sources import UnreadableExportError
from vehicles.importing import go_on, start_again
from vehicles.importing.mending import mendable_rows
from vehicles.importing.showing import page_of
from vehicles.importing.uploading import profiles_of, recognise, suggest_profile, take_upload
from vehicles.models import ImportProfile, ImportRun
from vehicles.tasks import take_import

MOST_UPLOADS = 100
SHOWN = 50


@require_http_methods(["GET", "POST"])
@role_required(Role.ADMINISTRATOR, Role.MANAGER)
def imports(request: StoreRequest) -> HttpResponse:
    """The store's imports, newest first; the administrator drops a new export here."""
    if request.method == "POST" and request.role == Role.ADMINISTRATOR:
        return _upload(request)
    runs = ImportRun.objects.for_user(request.user).filter(dealership=request.store).select_related("profile")
    context = {"runs": runs[:SHOWN], "is_cut": runs.count() > SHOWN, "most": SHOWN}
    return render(request, "vehicles/imports.html", context)


def _upload(request: StoreRequest) -> HttpResponse:
    files = request.FILES.getlist("files")
    if not files or len(files) > MOST_UPLOADS:
        messages.error(request, _("Choose the files of the export: CSV, XLSX, or a zip of them."))
        return redirect("imports")
    try:
        run = take_upload(request.store, files, by=request.user)
    except UnreadableExportError as error:
        messages.error(request, sentence(error.why.as_json()))
        return redirect("imports")
    return redirect("import-run", run.pk)


@require_GET
@role_required(Role.ADMINISTRATOR, Role.MANAGER)
def import_run(request: StoreRequest, pk: int) -> HttpResponse:
    """One import at whatever step it is; while it is worked on, its body asks again every two seconds."""
    run = _run(request, pk)
    template = "vehicles/_import.html" if request.htmx else "vehicles/import_run.html"
    return render(request, template, _page(request, run))


@require_POST
@role_required(Role.ADMINISTRATOR)
def import_plan(request: StoreRequest, pk: int) -> HttpResponse:
    """Say what would change under the chosen profile; nothing is changed."""
    run = _run(request, pk)
    chosen = [one for one in profiles_of(request.store) if str(one.pk) == request.POST.get("profile")]
    if not chosen or not run.path:
        messages.error(request, _("Choose an import profile."))
        return redirect("import-run", pk)
    run.profile = chosen[0]
    try:
        recognise(run)
    except UnreadableExportError as error:
        messages.error(request, sentence(error.why.as_json()))
        return redirect("import-run", pk)
    if "plan" in request.POST:
        _queue(run, is_dry_run=True)
    return redirect("import-run", pk)


@require_POST
@role_required(Role.ADMINISTRATOR)
def import_start(request: StoreRequest, pk: int) -> HttpResponse:
    """Import for good; or go on where a failed import stopped."""
    run = _run(request, pk)
    if run.status == ImportRun.Status.FAILED and not run.is_dry_run and go_on(run):
        _send(run)
    elif run.path and run.profile:
        _queue(run, is_dry_run=False)
    return redirect("import-run", pk)


@require_POST
@role_required(Role.ADMINISTRATOR)
def import_suggestion(request: StoreRequest, pk: int) -> HttpResponse:
    """Make a profile from the headers of this upload and open it to be completed."""
    run = _run(request, pk)
    try:
        profile = suggest_profile(run)
        run.profile = profile
        recognise(run)
    except UnreadableExportError as error:
        messages.error(request, sentence(error.why.as_json()))
        return redirect("import-run", pk)
    response = redirect("import-profile", profile.pk)
    response["Location"] += f"?run={run.pk}"
    return response


@require_GET
@role_required(Role.ADMINISTRATOR, Role.MANAGER)
def rejects(request: StoreRequest, pk: int) -> HttpResponse:
    """The rows that were not taken, as files to mend and upload again. Who took them stands in the access log."""
    run = _run(request, pk)
    found = mendable_rows(run, with_warnings=bool(request.GET.get("warnings")))
    AccessLog.objects.create(
        user=request.user, dealership=request.store, at=timezone.now(), action=AccessLog.Action.EXPORT,
        subject="import rejects", object_id=run.pk, rows=found.rows,
    )  # fmt: skip
    response = HttpResponse(found.content, content_type=found.content_type)
    response.headers["Content-Disposition"] = _attachment(found.name)
    response.headers["Cache-Control"] = "no-store"
    return response


def _attachment(name: str) -> str:
    from django.utils.http import content_disposition_header

    return content_disposition_header(as_attachment=True, filename=name) or "attachment"


def _run(request: StoreRequest, pk: int) -> ImportRun:
    mine = ImportRun.objects.for_user(request.user).filter(dealership=request.store)
    return get_object_or_404(mine.select_related("profile", "dealership", "uploaded_by"), pk=pk)


def _queue(run: ImportRun, *, is_dry_run: bool) -> None:
    if start_again(run, is_dry_run=is_dry_run):
        _send(run)


def _send(run: ImportRun) -> None:
    transaction.on_commit(lambda: take_import.delay(run.pk))


def _page(request: StoreRequest, run: ImportRun) -> dict[str, Any]:
    profiles: list[ImportProfile] = profiles_of(request.store)
    return {"run": run, "profiles": profiles, "is_administrator": request.role == Role.ADMINISTRATOR, **page_of(run)}
