"""Who asks, from which store, in which language and zone: settled once, before any view."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject

from dealercrm.accounts.models import Dealership, User

SESSION_KEY = "dealership"


class ActiveStoreMiddleware:
    """Sets `request.store` (a Dealership or None), `request.stores` and `request.role` for a signed-in user.

    The active store is the one last switched to, if the user still works there, else the first by
    name. Language: the user's own choice, else what LocaleMiddleware found in the browser. Times
    are shown in the active store's zone.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        request.store, request.stores, request.role = None, [], None  # type: ignore[attr-defined]
        if isinstance(user, SimpleLazyObject | User) and user.is_authenticated:
            stores = user.stores()
            store = active_store(stores, request.session.get(SESSION_KEY))
            request.stores, request.store = stores, store  # type: ignore[attr-defined]
            request.role = user.role_at(store) if store else None  # type: ignore[attr-defined]
            if user.language in dict(settings.LANGUAGES):
                translation.activate(user.language)
                request.LANGUAGE_CODE = translation.get_language()
        with timezone.override(request.store.zone if request.store else None):  # type: ignore[attr-defined]
            return self.get_response(request)


def active_store(stores: list[Dealership], chosen_id: object) -> Dealership | None:
    """The chosen store if it is among `stores`, else the first; None without any."""
    return next((store for store in stores if store.pk == chosen_id), stores[0] if stores else None)
