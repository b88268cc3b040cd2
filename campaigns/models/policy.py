from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.rules.policy import ContactValues
from dealercrm.accounts.models import Dealership, Policy
from dealercrm.remembering import Remembered

_VALUES: Remembered[ContactValues] = Remembered(5)


class ContactPolicy(Policy):
    """A store's contact policy: budgets, quiet hours, retries."""

    values_class = ContactValues

    @classmethod
    def values_of(cls, dealership: Dealership) -> ContactValues:
        """What the rules read; kept for five seconds, for every claim and every card asks. Seldom a query."""

        def read() -> ContactValues:
            values: ContactValues = cls.of(dealership).values()
            return values

        return _VALUES.get(dealership.pk, read)

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        _VALUES.forget()

    class Meta:
        verbose_name = _("contact policy")
        verbose_name_plural = _("contact policies")
