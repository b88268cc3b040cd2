"""Import profiles: how each DMS writes its files, edited column by column."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role
from vehicles.forms_import import ImportProfileForm
from vehicles.importing.uploading import profiles_of
from vehicles.models import ImportProfile, ImportRun


@require_GET
@role_required(Role.ADMINISTRATOR)
def import_profiles(request: StoreRequest) -> HttpResponse:
    return render(request, "vehicles/import_profiles.html", {"profiles": profiles_of(request.store)})


@require_http_methods(["GET", "POST"])
@role_required(Role.ADMINISTRATOR)
def import_profile(request: StoreRequest, pk: int) -> HttpResponse:
    """Edit a profile. A shipped one belongs to everybody: changing it makes a copy for this store."""
    profile = get_object_or_404(ImportProfile, pk__in=[one.pk for one in profiles_of(request.store)], pk=pk)
    run = _run_at_hand(request)
    headers = {file["kind"]: file["header"] for file in run.recognised if file["kind"]} if run else {}
    everything = sorted({text for file in run.recognised for text in file["header"] if text}) if run else []
    form = ImportProfileForm(request.POST or None, instance=profile, headers=headers)
    if request.method == "POST" and form.is_valid():
        if profile.dealership_id is None:
            _make_own(profile, request)
        saved = form.save()
        messages.success(request, _("The profile “%(name)s” was saved.") % {"name": saved.name})
        if run is not None:
            ImportRun.objects.filter(pk=run.pk).update(profile=saved)
            return redirect("import-run", run.pk)
        return redirect("import-profiles")
    context = {"profile": profile, "form": form, "run": run, "headers": everything}
    return render(request, "vehicles/import_profile.html", context, status=422 if form.errors else 200)


def _make_own(profile: ImportProfile, request: StoreRequest) -> None:
    """The same profile as a row of this store; the shipped one stays as it ships."""
    code, number = f"{profile.code}-{request.store.code}"[:28], 1
    while ImportProfile.objects.filter(code=f"{code}-{number}").exists():
        number += 1
    profile.pk, profile.code, profile.dealership, profile.is_shipped = None, f"{code}-{number}", request.store, False
    profile._state.adding = True


def _run_at_hand(request: StoreRequest) -> ImportRun | None:
    """The upload this profile is being made for, if any."""
    pk = request.GET.get("run", "")
    mine = ImportRun.objects.for_user(request.user).filter(dealership=request.store)
    return mine.filter(pk=pk).first() if pk.isdecimal() else None
