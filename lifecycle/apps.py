from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LifecycleConfig(AppConfig):
    name = "lifecycle"
    verbose_name = _("Lifecycle")

    def ready(self) -> None:
        from dealercrm.sentences import register
        from lifecycle.health_words import ACTIONS
        from lifecycle.segments.words import SENTENCES as SEGMENT_SENTENCES
        from lifecycle.sentences import KIND_LABELS, SENTENCES

        register(SENTENCES)
        register(ACTIONS)
        register(SEGMENT_SENTENCES)
        register({f"kind.{code}": label for code, label in KIND_LABELS.items()})  # for rooms below, which show topics
