from django.utils.translation import gettext_lazy as _

from campaigns.rules.policy import ContactValues
from dealercrm.accounts.models import Policy


class ContactPolicy(Policy):
    """A store's contact policy: budgets, quiet hours, retries."""

    values_class = ContactValues

    class Meta:
        verbose_name = _("contact policy")
        verbose_name_plural = _("contact policies")
