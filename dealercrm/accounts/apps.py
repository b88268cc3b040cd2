from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "dealercrm.accounts"
    label = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from dealercrm import checks, lookups  # noqa: F401 - they register themselves
        from dealercrm.sqlite import teach_unicode

        connection_created.connect(teach_unicode, dispatch_uid="teach SQLite Unicode")
