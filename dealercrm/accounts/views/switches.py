"""Language and store: small choices at the top of every page. Both go back to where they were made."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from dealercrm.accounts.middleware import SESSION_KEY
from dealercrm.accounts.models import Dealership


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keeps the choice with the user, and in a cookie for the pages before signing in."""
    code = request.POST.get("language", "")
    if code not in dict(settings.LANGUAGES):
        raise Http404
    if request.user.is_authenticated:
        request.user.language = code
        request.user.save(update_fields=["language"])
    response = redirect(safe_next(request))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=365 * 24 * 3600,
        samesite="Lax",
        secure=request.is_secure(),
        httponly=True,
    )
    return response


@require_POST
@login_required
def store(request: HttpRequest) -> HttpResponse:
    """Goes home: the page one stood on may show a row of the other store."""
    value = request.POST.get("store", "")
    chosen = get_object_or_404(
        Dealership.objects.for_user(request.user).active(), pk=int(value) if value.isdecimal() else 0
    )
    request.session[SESSION_KEY] = chosen.pk
    return redirect("home")


def safe_next(request: HttpRequest) -> str:
    """The posted `next` if it stays on this host, else home."""
    address = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return address
    return "/"
