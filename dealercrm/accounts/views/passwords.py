"""Choosing a password by the link that an administrator handed over: works once, for three days."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.tokens import default_token_generator
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.urls import reverse, reverse_lazy
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from dealercrm.accounts.models import User


class ChoosePassword(PasswordResetConfirmView):
    """Django's own view: it moves the token into the session, so that no Referer carries it."""

    template_name = "accounts/password_link.html"
    success_url = reverse_lazy("login")

    def form_valid(self, form: SetPasswordForm[User]) -> HttpResponse:
        response = super().form_valid(form)
        messages.success(self.request, _("The password is set. Sign in with it."))
        return response


def password_link(request: HttpRequest, user: User) -> str:
    """The address by which `user` chooses a password; void after use or after the next sign-in."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    path = reverse("password-link", args=[uid, default_token_generator.make_token(user)])
    return request.build_absolute_uri(path)
