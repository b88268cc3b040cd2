"""The only door to rows that belong to a dealership."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from dealercrm.accounts.models.user import User


Row = TypeVar("Row", bound=models.Model)


class ScopedQuerySet(models.QuerySet[Row]):
    """A queryset that knows whose rows it holds.

    `for_user` is where every view and viewset starts; a row outside it is a 404, so nobody can
    learn that it exists. Models reached through another row override `scope_path`.
    """

    scope_path = "dealership"

    def for_user(self, user: User | AnonymousUser) -> Self:
        """Rows of the stores this user works at; everything for a group manager, nothing for a stranger."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_all_dealerships:
            return self
        return self.filter(**{f"{self.scope_path}__in": user.dealership_ids})
