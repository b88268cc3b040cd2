from django.utils.translation import gettext_lazy as _

from dealercrm.accounts.models import Policy
from lifecycle.rules.policy import LifecycleValues


class LifecyclePolicy(Policy):
    """A store's numbers for stages, windows and forecasts."""

    values_class = LifecycleValues

    class Meta:
        verbose_name = _("lifecycle policy")
        verbose_name_plural = _("lifecycle policies")
