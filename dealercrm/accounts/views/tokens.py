"""Tokens by which other systems reach the API. Each is shown once; the database keeps only its digest."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from knox.models import AuthToken

from dealercrm.accounts.forms.people import TokenForm, integrations_of
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role


@role_required(Role.ADMINISTRATOR)
def tokens(request: StoreRequest) -> HttpResponse:
    form = TokenForm(request.POST or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        row, secret = AuthToken.objects.create(
            user=form.cleaned_data["user"], expiry=timedelta(days=form.cleaned_data["days"])
        )
        response = render(request, "accounts/token_once.html", {"token": row, "secret": secret})
        response["Cache-Control"] = "no-store"
        return response
    return render(
        request,
        "accounts/tokens.html",
        {
            "form": form,
            "tokens": AuthToken.objects.filter(user__in=integrations_of(request.user))
            .select_related("user")
            .order_by("-created"),
            "has_integrations": form.fields["user"].queryset.exists(),  # type: ignore[attr-defined]
            "now": timezone.now(),
        },
        status=422 if form.errors else 200,
    )


@require_POST
@role_required(Role.ADMINISTRATOR)
def token_revoke(request: StoreRequest, digest: str) -> HttpResponse:
    token = get_object_or_404(AuthToken, digest=digest, user__in=integrations_of(request.user))
    token.delete()
    messages.success(request, _("Revoked: the next request with it is refused."))
    return redirect("tokens")
