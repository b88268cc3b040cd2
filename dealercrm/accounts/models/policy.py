"""Values of the business: rows per dealership over defaults that live in one frozen dataclass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from dealercrm.accounts.models.dealership import Dealership


def _plain(values: Any) -> dict[str, Any]:
    """A values dataclass as JSON keeps it: tuples are lists."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(values).items()}


class Policy(models.Model):
    """What a store changed of the defaults; each room subclasses this with its own `values_class`.

    `overrides` holds only changed values as JSON, so a better default reaches every store that
    never touched it. `version` rises with each change; what was computed under an older version
    is computed again.
    """

    values_class: ClassVar[Any]

    dealership = models.OneToOneField(
        Dealership, on_delete=models.CASCADE, related_name="+", verbose_name=_("dealership")
    )
    overrides = models.JSONField(_("overrides"), default=dict, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} · {self.dealership}"

    def clean(self) -> None:
        try:
            self.values()
        except (TypeError, ValueError) as error:
            raise ValidationError({"overrides": str(error)}) from error

    def values(self) -> Any:
        """The frozen dataclass that rules read: defaults with this store's overrides."""
        return self.values_class.from_overrides(self.overrides)

    def defaults(self) -> Any:
        """The dataclass that the overrides lie over."""
        return self.values_class()

    def fitted(self, values: Mapping[str, Any]) -> Any:
        """The dataclass with these values over the store's; ValueError names one that does not fit."""
        return self.values_class.from_overrides({**self.overrides, **values})

    def change(self, values: Mapping[str, Any]) -> bool:
        """Store what differs from the defaults; the version rises only where something changed.

        Fields that `values` does not name keep their override. ValidationError names a bad value.
        """
        defaults = _plain(self.values_class())
        try:
            after = _plain(self.fitted(values))
        except (TypeError, ValueError) as error:
            raise ValidationError({"overrides": str(error)}) from error
        wanted = {name: value for name, value in after.items() if value != defaults[name]}
        if wanted == self.overrides:
            return False
        self.overrides = wanted
        self.version += 1  # a store that never changed anything is at 1, saved or not
        self.save()
        return True

    @classmethod
    def of(cls, dealership: Dealership | int) -> Self:
        """The store's policy row, saved or (all defaults) not yet saved. One query."""
        dealership_id = dealership if isinstance(dealership, int) else dealership.pk
        return cls._default_manager.filter(dealership_id=dealership_id).first() or cls(dealership_id=dealership_id)
