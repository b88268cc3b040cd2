"""The first page after signing in: the one a role works with."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from dealercrm.accounts.navigation import home_of


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Operators to today's calls, managers to the base by stage, administrators to the imports."""
    address = home_of(request.role)  # type: ignore[attr-defined]
    if address is None and request.user.is_superuser:
        return redirect("store-add")  # a fresh installation: no store yet
    if address is None:
        raise PermissionDenied(
            _("This account has no pages: it works at no store yet, or it belongs to another system.")
        )
    return redirect(address)
