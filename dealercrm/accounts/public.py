"""The guard of pages without a login. `@public_page()`: counted per address and per link, kept by nobody, found by no
search engine.

Nothing here is ever allowed by a session: what may be done is said by the signed link, or by nothing at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils import timezone, translation

from dealercrm.accounts.limiting import caller_of, is_too_often
from dealercrm.accounts.models import Dealership

Params = ParamSpec("Params")

# How often in how many seconds. A phone network puts thousands behind one address, so reading is cheap;
# writing without a signed link keeps a place in the workshop, so that is not.
READS_OF_ADDRESS, READS_OF_LINK = (300, 60), (60, 60)
WRITES_OF_ADDRESS, WRITES_OF_LINK = (60, 60), (12, 60)
WRITES_OF_STRANGERS = (10, 600)


def public_page(
    *methods: str, by_link: bool = True
) -> Callable[
    [Callable[Concatenate[HttpRequest, Params], HttpResponse]],
    Callable[Concatenate[HttpRequest, Params], HttpResponse],
]:
    """Open a view to everybody. `by_link`: its `token` decides; else strangers write, and are counted more strictly."""

    def guard(
        view: Callable[Concatenate[HttpRequest, Params], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, Params], HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: Params.args, **kwargs: Params.kwargs) -> HttpResponse:
            return _sealed(_answer(request, view, methods, str(kwargs.get("token", "")), by_link, args, kwargs))

        guarded.is_public = True  # type: ignore[attr-defined]
        return guarded

    return guard


def _answer(
    request: HttpRequest,
    view: Callable[..., HttpResponse],
    methods: tuple[str, ...],
    token: str,
    by_link: bool,
    args: Any,
    kwargs: Any,
) -> HttpResponse:
    if request.method not in (methods or ("GET", "HEAD", "POST")):
        return HttpResponseNotAllowed(methods or ("GET", "HEAD", "POST"))
    if _too_many(request, token, by_link):
        return render(request, "429.html", status=429)
    if any("\x00" in value for said in (request.GET, request.POST) for _, all_of in said.lists() for value in all_of):
        return HttpResponse(status=400)
    try:
        return view(request, *args, **kwargs)
    except Http404:
        return render(request, "accounts/link_gone.html", status=404)


def _sealed(response: HttpResponse) -> HttpResponse:
    """No cache keeps it, no search engine lists it, and no other host learns its address.

    Not `no-referrer`: browsers then send `Origin: null` with a form, which the protection against forged forms
    refuses; `same-origin` tells other hosts just as little.
    """
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _too_many(request: HttpRequest, token: str, by_link: bool) -> bool:
    is_write = request.method == "POST"
    kind, caller = "write" if is_write else "read", caller_of(request)
    asked = [(f"public-{kind}", caller, WRITES_OF_ADDRESS if is_write else READS_OF_ADDRESS)]
    if token:
        asked.append((f"link-{kind}", token, WRITES_OF_LINK if is_write else READS_OF_LINK))
    if is_write and not by_link:
        asked.append(("stranger", caller, WRITES_OF_STRANGERS))
    over = [is_too_often(what, who, most=most, seconds=seconds) for what, who, (most, seconds) in asked]
    return any(over)  # every count goes up, whichever was over first


@contextmanager
def at_store(request: HttpRequest, store: Dealership, language: str = "") -> Iterator[None]:
    """Speak as this store does: its wall clock, and the customer's language unless the reader chose another here."""
    known = dict(settings.LANGUAGES)
    code = language[:2]
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES and code in known:
        translation.activate(code)
        request.LANGUAGE_CODE = translation.get_language()
    with timezone.override(store.zone):
        yield
