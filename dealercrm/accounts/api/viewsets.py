"""The base of every viewset: whose rows these are and who may write is decided here, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast, final

from django.db import models
from django.utils import timezone
from rest_framework import mixins, viewsets
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from dealercrm.accounts.api.permissions import MayWriteHere, WorksHere, may_write_at
from dealercrm.accounts.models import AccessLog, Dealership, Role, User

if TYPE_CHECKING:
    Generic = viewsets.GenericViewSet[Any]
else:
    Generic = viewsets.GenericViewSet


class ScopedViewSet(Generic):
    """Rows of one model, always seen through `for_user`; a row of a foreign store is a 404.

    A viewset names its `model`; it has no other way to a queryset (`get_queryset` is final, and
    tests/test_api_house.py walks the router to see that nobody found one). What a list needs
    beside its rows goes into `loaded`.
    """

    model: ClassVar[type[models.Model]]
    permission_classes = [IsAuthenticated, WorksHere, MayWriteHere]
    write_roles: ClassVar[frozenset[str]] = frozenset({Role.INTEGRATION, Role.ADMINISTRATOR})
    lookup_value_regex = r"[0-9]{1,18}"
    ordering_fields: ClassVar[tuple[str, ...]] = ("id",)
    ordering: ClassVar[tuple[str, ...]] = ("id",)
    # Actions that only read although they are POST (what is asked for must not stand in an address).
    reading_actions: ClassVar[frozenset[str]] = frozenset()
    # Rows that show who a customer is: every read is noted in the access log.
    shows_people: ClassVar[bool] = False

    @final
    def get_queryset(self) -> models.QuerySet[models.Model]:
        manager = cast(Any, self.model._default_manager)
        if getattr(self, "swagger_fake_view", False):  # the schema is drawn without a user
            return cast("models.QuerySet[models.Model]", manager.none())
        return self.loaded(manager.for_user(self.request.user))

    def loaded(self, rows: Any) -> models.QuerySet[models.Model]:
        """`rows` with what the serializer will ask for, so that a list costs a fixed number of queries."""
        return cast("models.QuerySet[models.Model]", rows)

    @property
    def user(self) -> User:
        return cast(User, self.request.user)

    def own_dealership(self, code: str, *, to_write: bool = True) -> Dealership:
        """The store that an address names: 404 where it is not the caller's, 403 where the role only reads there."""
        found = Dealership.objects.for_user(self.user).filter(code=code).first()
        if found is None:
            raise NotFound
        if to_write and not may_write_at(self.user, found, self.write_roles):
            raise PermissionDenied(MayWriteHere.message)
        return found

    def note_reading(self, rows: int, object_id: int | None = None) -> None:
        """One access log row a request: who read how many people. Ids and counts, never names."""
        if self.shows_people and rows:
            self.log_reading(rows, object_id)

    def log_reading(self, rows: int, object_id: int | None) -> None:
        stores = self.user.dealership_ids
        AccessLog.objects.create(
            user=self.user,
            dealership_id=stores[0] if len(stores) == 1 else None,
            at=timezone.now(),
            action=AccessLog.Action.API,
            subject=self.basename.removeprefix("api-")[:40],
            object_id=object_id,
            rows=rows,
        )


class ListMixin(mixins.ListModelMixin):
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        response = super().list(request, *args, **kwargs)
        cast(ScopedViewSet, self).note_reading(len(response.data["results"]))
        return response


class RetrieveMixin(mixins.RetrieveModelMixin):
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        response = super().retrieve(request, *args, **kwargs)
        cast(ScopedViewSet, self).note_reading(1, object_id=int(response.data["id"]))
        return response


class ReadViewSet(ListMixin, RetrieveMixin, ScopedViewSet):
    """A list and its rows."""
