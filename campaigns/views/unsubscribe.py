from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from campaigns.unsubscribing import read_token, withdraw


@require_http_methods(["GET", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the link of a marketing mail. Looking changes nothing; the button withdraws at once."""
    opt_out = read_token(token)
    if opt_out is None:
        raise Http404
    is_done = request.method == "POST"
    if is_done:
        withdraw(opt_out, now=timezone.now())
    return render(request, "campaigns/unsubscribe.html", {"is_done": is_done})
