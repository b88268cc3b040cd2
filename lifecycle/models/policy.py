from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from dealercrm.accounts.models import Policy
from lifecycle.rules.policy import LifecycleValues


class Category(models.TextChoices):
    """Categories of customers that a number may differ by; a customer is of the first that fits."""

    CORPORATE = "corporate", _("companies")
    PREMIUM = "premium", _("premium")
    CHINESE = "chinese", _("Chinese brands")
    MASS = "mass", _("mass")


class LifecyclePolicy(Policy):
    """A store's numbers for stages, windows and forecasts, and what of them is different for a category."""

    values_class = LifecycleValues

    categories = models.JSONField(
        _("numbers of categories"), default=dict, blank=True, help_text=_("by category: what differs from the store's")
    )

    class Meta:
        verbose_name = _("lifecycle policy")
        verbose_name_plural = _("lifecycle policies")

    def clean(self) -> None:
        super().clean()
        try:
            for category in self.categories:
                self.values_of(category)
        except (TypeError, ValueError) as error:
            raise ValidationError({"categories": str(error)}) from error

    def values_of(self, category: str) -> LifecycleValues:
        """The numbers that hold for customers of a category: the store's, with the category's own over them."""
        values: LifecycleValues = self.fitted(self.categories.get(category, {}))
        return values

    def of_category(self, category: str) -> CategoryPolicy:
        return CategoryPolicy(self, category)


class CategoryPolicy:
    """The policy of a store as one category of its customers has it; the defaults are the store's own numbers."""

    values_class: ClassVar[Any] = LifecycleValues

    def __init__(self, policy: LifecyclePolicy, category: str) -> None:
        self.policy, self.category = policy, category

    @property
    def overrides(self) -> dict[str, Any]:
        found: dict[str, Any] = self.policy.categories.get(self.category, {})
        return found

    @property
    def version(self) -> int:
        return self.policy.version

    def defaults(self) -> LifecycleValues:
        values: LifecycleValues = self.policy.values()
        return values

    def values(self) -> LifecycleValues:
        return self.policy.values_of(self.category)

    def fitted(self, values: Mapping[str, Any]) -> LifecycleValues:
        found: LifecycleValues = self.policy.fitted({**self.overrides, **values})
        return found

    def change(self, values: Mapping[str, Any]) -> bool:
        """Store what differs from the store's own numbers; the version of the policy rises where something changed."""
        before = {name: getattr(self.defaults(), name) for name in values}
        after = self.fitted(values)
        wanted = {
            name: list(value) if isinstance(value, tuple) else value
            for name in values
            if (value := getattr(after, name)) != before[name]
        }
        kept = {name: value for name, value in self.overrides.items() if name not in values}
        if {**kept, **wanted} == self.overrides:
            return False
        self.policy.categories = {**self.policy.categories, self.category: {**kept, **wanted}}
        if not self.policy.categories[self.category]:
            del self.policy.categories[self.category]
        self.policy.version += 1
        self.policy.save()
        return True
