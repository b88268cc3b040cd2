from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from campaigns.unsubscribing import preferences_token, read_token, withdraw
from dealercrm.accounts.limiting import is_too_often


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the link of a marketing message. Looking changes nothing; the button withdraws at once.

    Mail programs press the button themselves (RFC 8058: a POST of theirs, without our cookie), so it asks for
    no CSRF token: whoever knows the signed link may use it, and can only ever withdraw. Not limited by the
    caller's address: one provider withdraws for many customers from the same few machines.
    """
    opt_out = read_token(token)
    if opt_out is None:
        raise Http404
    is_done = request.method == "POST"
    if is_done and not is_too_often("unsubscribe", token, most=60, seconds=3600):
        withdraw(opt_out, now=timezone.now())
    choose = reverse("preferences", args=[preferences_token(opt_out.customer_id, opt_out.dealership_id)])
    return render(
        request, "campaigns/unsubscribe.html", {"is_done": is_done, "channel": opt_out.channel, "choose": choose}
    )
