"""People of the stores one administers: who they are, their role at each store, the way in."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dealercrm.accounts.forms.people import PersonForm
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Membership, Role
from dealercrm.accounts.views.passwords import password_link


@role_required(Role.ADMINISTRATOR)
def users(request: StoreRequest) -> HttpResponse:
    """Everybody with a role at a store of this administrator; roles elsewhere are not shown."""
    own = request.user.administered()
    memberships = Membership.objects.filter(dealership__in=own).select_related("dealership")
    people = (
        request.user.staff()
        .order_by("-is_active", "last_name", "username")
        .prefetch_related(Prefetch("memberships", memberships.order_by("dealership__name"), to_attr="own_memberships"))
    )
    return render(request, "accounts/users.html", {"people": list(people), "own_stores": list(own)})


@role_required(Role.ADMINISTRATOR)
def user_add(request: StoreRequest) -> HttpResponse:
    form = PersonForm(
        request.POST or None, by=request.user, initial={f"role_{request.store.pk}": Role.OPERATOR, "is_active": True}
    )
    if request.method == "POST" and form.is_valid():
        person = form.save()
        messages.success(request, _("Account made. It has no password yet: hand over a link."))
        return redirect("user", person.pk)
    return render(request, "accounts/user.html", {"form": form, "person": None}, status=422 if form.errors else 200)


@role_required(Role.ADMINISTRATOR)
def user(request: StoreRequest, user_id: int) -> HttpResponse:
    person = get_object_or_404(request.user.staff(), pk=user_id)
    form = PersonForm(request.POST or None, instance=person, by=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("users")
    return render(
        request,
        "accounts/user.html",
        {"form": form, "person": person, "may_govern": request.user.may_govern(person)},
        status=422 if form.errors else 200,
    )


@require_POST
@role_required(Role.ADMINISTRATOR)
def user_link(request: StoreRequest, user_id: int) -> HttpResponse:
    """Shows the link once; it is neither stored nor logged."""
    person = get_object_or_404(request.user.staff(), pk=user_id)
    if not request.user.may_govern(person) or not person.is_active:
        raise PermissionDenied(
            _("This account also has rights outside your stores; only a group administrator may do that.")
        )
    response = render(request, "accounts/user_link.html", {"person": person, "link": password_link(request, person)})
    response["Cache-Control"] = "no-store"
    return response
