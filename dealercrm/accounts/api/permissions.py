"""Who may do what over REST: by role, store by store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import SAFE_METHODS, BasePermission

from dealercrm.accounts.models import Dealership, User

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView


class WorksHere(BasePermission):
    """The user belongs to a store, or sees the whole group; a login without a store reads nothing."""

    message = _("Your login belongs to no dealership. Ask an administrator for a membership.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        user = cast(User, request.user)
        return user.sees_all_dealerships or bool(user.dealership_ids)


class MayWriteHere(BasePermission):
    """Writing needs one of the viewset's `write_roles` at some store; at which one, `may_write_at` asks."""

    message = _("Your role reads here and does not write. Writing needs the role integration or administrator.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        scoped = cast(Any, view)
        if request.method in SAFE_METHODS or scoped.action in scoped.reading_actions:
            return True
        return cast(User, request.user).has_role(*scoped.write_roles)


def may_write_at(user: User, dealership: Dealership | int, roles: frozenset[str]) -> bool:
    return user.role_at(dealership) in roles
