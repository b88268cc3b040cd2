"""Fields that several rooms use: a store by its code, a reason as a sentence, a moment with its offset."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, cast

from django.db import models
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dealercrm.accounts.api.permissions import may_write_at
from dealercrm.accounts.models import Dealership, User
from dealercrm.sentences import sentence


class CodeOf(serializers.SlugRelatedField[Any]):
    """Read only: the code of a related row that the queryset has loaded."""

    def __init__(self, slug_field: str = "code", **kwargs: Any) -> None:
        super().__init__(slug_field=slug_field, read_only=True, **kwargs)


class DealershipField(serializers.SlugRelatedField[Dealership]):
    """A store by its code, among the stores where the caller may write what the view writes."""

    default_error_messages = {
        "does_not_exist": _("You have no dealership with the code {value}. Yours: {known}."),
        "invalid": _("Give the code of a dealership as text."),
        "read_only": _("At {value} your role reads and does not write."),
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "Code of one of your dealerships.")
        super().__init__(slug_field="code", queryset=Dealership.objects.none(), **kwargs)

    def get_queryset(self) -> models.QuerySet[Dealership]:
        return Dealership.objects.for_user(self.context["request"].user)

    def to_internal_value(self, data: Any) -> Dealership:
        if not isinstance(data, str) or "\x00" in data:
            self.fail("invalid")
        user = cast(User, self.context["request"].user)
        found = next((store for store in self.stores(user) if store.code == data), None)
        if found is None:
            self.fail("does_not_exist", value=data[:40], known=", ".join(s.code for s in self.stores(user)))
        if not may_write_at(user, found, self.context["view"].write_roles):
            self.fail("read_only", value=data)
        return found

    def stores(self, user: User) -> list[Dealership]:
        """Loaded once a request, however many records name their store."""
        request = self.context["request"]
        if not hasattr(request, "_stores"):
            request._stores = list(Dealership.objects.for_user(user))
        return cast("list[Dealership]", request._stores)


class MomentField(serializers.DateTimeField):
    """A moment with its offset. Without one it would silently be read in a zone the caller did not mean."""

    default_error_messages = {"naive": _("Add the offset from UTC, e.g. 2026-03-20T10:00:00+03:00.")}

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.tzinfo is None:
            self.fail("naive")
        return super().enforce_timezone(value)


@extend_schema_field(
    {
        "type": "object",
        "required": ["code", "params", "text"],
        "properties": {
            "code": {"type": "string", "description": "Stable name of the reason; empty where there is none."},
            "params": {"type": "object", "description": "Numbers and dates of the sentence."},
            "text": {"type": "string", "description": "The sentence in the language you accept."},
        },
        "example": {
            "code": "stage.overdue",
            "params": {"days": 56},
            "text": "Service 8 weeks overdue.",
        },
    }
)
class WhyField(serializers.Field[Any, Any, Any, Any]):
    """A stored reason with its sentence in the reader's language."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        return {"code": value.get("code", ""), "params": value.get("params", {}), "text": sentence(value)}


class OwnStoreOnly(serializers.ModelSerializer[Any]):
    """Of a fact of another store people see date and purpose; the fields in `own_store_only` turn null."""

    own_store_only: ClassVar[tuple[str, ...]] = ()
    store_field: ClassVar[str] = "dealership_id"

    def get_fields(self) -> Any:
        fields = super().get_fields()
        for name in self.own_store_only:
            fields[name].allow_null = True
        return fields

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown = super().to_representation(instance)
        user = cast(User, self.context["request"].user)
        store_id = getattr(instance, self.store_field)
        if store_id is not None and not user.sees_all_dealerships and store_id not in user.roles_by_dealership:
            shown.update(dict.fromkeys(self.own_store_only))
        return shown
