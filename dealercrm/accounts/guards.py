"""Who may open a page. `@role_required(Role.OPERATOR)`: a stranger signs in first, a wrong role gets 403."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from dealercrm.accounts.models import Dealership, User

Params = ParamSpec("Params")


class StoreRequest(HttpRequest):
    """A request that passed a guard: somebody is signed in and works at `store` as `role`."""

    user: User
    store: Dealership
    stores: list[Dealership]
    role: str
    htmx: HtmxDetails


def role_required(
    *roles: str,
) -> Callable[
    [Callable[Concatenate[StoreRequest, Params], HttpResponse]],
    Callable[Concatenate[HttpRequest, Params], HttpResponse],
]:
    """Open a view to these roles *at the active store*; being manager elsewhere opens nothing here."""

    def guard(
        view: Callable[Concatenate[StoreRequest, Params], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, Params], HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: Params.args, **kwargs: Params.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return _to_login(request)
            if request.store is None:  # type: ignore[attr-defined]
                raise PermissionDenied(_("You work at no store yet. An administrator can change that."))
            if request.role not in roles:  # type: ignore[attr-defined]
                raise PermissionDenied(_("This page is not part of your role at this store."))
            if _has_nul(request):
                raise BadRequest
            response = view(request, *args, **kwargs)  # type: ignore[arg-type]
            # The next person at this computer must not page back into customers after a sign-out.
            response.headers.setdefault("Cache-Control", "private, no-store")
            return response

        guarded.roles = frozenset(roles)  # type: ignore[attr-defined]
        return guarded

    return guard


def check_role_at(user: User, dealership_id: int, *roles: str) -> None:
    """The second half of the guard, for an act on one row: the role counts at the store that owns it."""
    if user.role_at(dealership_id) not in roles:
        raise PermissionDenied(_("This page is not part of your role at this store."))


def _has_nul(request: HttpRequest) -> bool:
    """Nobody types a NUL, and PostgreSQL answers one with an error in whatever query it reaches."""
    return any(
        "\x00" in value for said in (request.GET, request.POST) for _, all_of in said.lists() for value in all_of
    )


def _to_login(request: HttpRequest) -> HttpResponse:
    """A page comes back after signing in; a fragment sends the whole page to sign in."""
    if request.headers.get("HX-Request"):
        back = request.headers.get("HX-Current-URL", "")
        response = redirect_to_login(_path_of(back))
        return HttpResponseClientRedirect(response.url)
    return redirect_to_login(request.get_full_path())


def _path_of(address: str) -> str:
    return urlsplit(address).path or "/"
