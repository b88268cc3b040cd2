from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CampaignsConfig(AppConfig):
    name = "campaigns"
    verbose_name = _("Campaigns")

    def ready(self) -> None:
        from campaigns.models import Outcome
        from campaigns.sentences import SENTENCES
        from dealercrm.sentences import register

        register(SENTENCES)
        # For rooms below: what a touch of ours may have ended with, a letter that left among them.
        register({f"outcome.{outcome.value}": outcome.label for outcome in Outcome} | {"outcome.sent": _("sent")})
