"""What is ours about signing in; the rest is django-allauth."""

from __future__ import annotations

import base64
import hashlib

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.http import HttpRequest

from dealercrm.accounts.models import Membership, User


class StaffAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves: an administrator makes the account and hands over a link."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class StaffBackend(AuthenticationBackend):  # type: ignore[misc]
    """Who asks, with the stores they work at, in one query: every page of an operator begins with it."""

    def get_user(self, user_id: int) -> User | None:
        rows = list(Membership.objects.filter(user=user_id).select_related("user", "dealership"))
        if not rows:  # a superuser or a group manager may belong to no store
            found: User | None = super().get_user(user_id)
            return found
        user = rows[0].user
        user.works_at = rows
        return user if self.user_can_authenticate(user) else None


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of authenticator apps lie encrypted: a copied database alone passes no second factor.

    The key comes from SECRET_KEY; a new SECRET_KEY means that people set up their apps again.
    """

    def encrypt(self, text: str) -> str:
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _fernet().decrypt(encrypted_text.encode()).decode()


def _fernet() -> Fernet:
    digest = hashlib.sha256(b"second factor:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
