"""The policy page that every room shares: the room gives its policy, its words and its check."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dealercrm.accounts.forms.policy import Check, Numbers, PolicyForm, Section
from dealercrm.accounts.guards import StoreRequest
from dealercrm.accounts.models import Dealership


def nothing_to_object(_values: Any) -> Mapping[str, str]:
    return {}


def policy_page(
    request: StoreRequest,
    policy_of: Callable[[Dealership], Numbers],
    sections: Sequence[Section],
    template: str,
    address: str,
    check: Check = nothing_to_object,
    more: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Show and change the active store's values; POST `defaults` puts every value back to its default.

    `address` is the page itself, by name or as a path; `more` is shown on it besides.
    """
    if request.method != "POST":
        policy = policy_of(request.store)
        return _page(request, template, PolicyForm(policy=policy, sections=sections, check=check), more=more)
    with transaction.atomic():
        # The store's row is the lock: two managers who save at once do not lose each other's change.
        Dealership.objects.for_user(request.user).select_for_update().get(pk=request.store.pk)
        policy = policy_of(request.store)
        if "defaults" in request.POST:
            is_changed = policy.change(_defaults(policy))
        else:
            form = PolicyForm(request.POST, policy=policy, sections=sections, check=check)
            if not form.is_valid():
                return _page(request, template, form, status=422, more=more)
            is_changed = form.save()
    if is_changed:
        messages.success(
            request, _("Saved as version %(version)d; the next night works with it.") % {"version": policy.version}
        )
    else:
        messages.info(request, _("Nothing was different."))
    return redirect(address)


def _defaults(policy: Numbers) -> dict[str, Any]:
    values = policy.defaults()
    return {name: getattr(values, name) for name in policy.overrides}


def _page(
    request: StoreRequest,
    template: str,
    form: PolicyForm,
    *,
    status: int = 200,
    more: Mapping[str, Any] | None = None,
) -> HttpResponse:
    return render(request, template, {"form": form, "policy": form.policy, **(more or {})}, status=status)
