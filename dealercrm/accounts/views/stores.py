"""The stores one administers."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from dealercrm.accounts.forms.people import StoreForm
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role


@role_required(Role.ADMINISTRATOR)
def stores(request: StoreRequest) -> HttpResponse:
    own = request.user.administered().annotate(people=Count("memberships", distinct=True)).order_by("name")
    return render(request, "accounts/stores.html", {"own_stores": list(own)})


@role_required(Role.ADMINISTRATOR)
def store_edit(request: StoreRequest, code: str) -> HttpResponse:
    shop = get_object_or_404(request.user.administered(), code=code)
    form = StoreForm(request.POST or None, instance=shop)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("stores")
    return render(request, "accounts/store.html", {"form": form, "shop": shop}, status=422 if form.errors else 200)


@login_required
def store_add(request: HttpRequest) -> HttpResponse:
    """Only for a superuser: the one who installed the product opens the first store here."""
    if not request.user.is_superuser:
        raise PermissionDenied(_("New stores are opened by the group's own administrator."))
    form = StoreForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Store opened. Next: its people."))
        return redirect("users")
    return render(request, "accounts/store.html", {"form": form, "shop": None}, status=422 if form.errors else 200)
