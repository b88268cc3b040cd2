from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from vehicles.models import Ownership


class FactSheet(models.Model):
    """The facts of one ownership as a night last read them, packed. A cache: see `lifecycle/sheets.py`.

    It speaks for the ownership only while nobody has noted a new fact (`facts_version` is the same) and
    the program still reads the same facts in the same form (`layout`).
    """

    # No foreign key check: the night writes many of these, each for an ownership that it has just read.
    ownership = models.OneToOneField(
        Ownership,
        on_delete=models.CASCADE,
        primary_key=True,
        db_constraint=False,
        related_name="fact_sheet",
        verbose_name=_("ownership"),
    )
    facts_version = models.PositiveIntegerField(_("version of the facts"))
    layout = models.CharField(_("layout"), max_length=16)
    store_zone = models.CharField(_("time zone of the dates"), max_length=64)
    make_id = models.BigIntegerField(null=True)
    model_id = models.BigIntegerField(null=True)
    packed = models.TextField(_("facts"))

    class Meta:
        verbose_name = _("fact sheet")
        verbose_name_plural = _("fact sheets")

    def __str__(self) -> str:
        return f"{self.ownership_id} v{self.facts_version}"
