from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dealercrm.accounts.models import Dealership, ScopedQuerySet


class ImportProfile(models.Model):
    """How one DMS writes its files: which headers, encodings, date and number formats and codes mean what.

    A row, so that an administrator makes one for another DMS without code. No dealership: for all stores.
    """

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=80)
    dealership = models.ForeignKey(
        Dealership, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("dealership")
    )
    source = models.SlugField(
        _("source"), max_length=32, default="dms", help_text=_("name space of the codes in these files")
    )
    mapping = models.JSONField(
        _("mapping"),
        default=dict,
        help_text=_("files, columns, formats and code lists; see docs/how-to/import-profile.md"),
    )
    is_shipped = models.BooleanField(_("ships with the product"), default=False)

    class Meta:
        verbose_name = _("import profile")
        verbose_name_plural = _("import profiles")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ImportRun(models.Model):
    """One import of one export: what was uploaded, how far it got, and the account of every row."""

    class Status(models.TextChoices):
        UPLOADED = "uploaded", _("uploaded")
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    ACTIVE = frozenset({Status.QUEUED, Status.RUNNING})

    dealership = models.ForeignKey(
        Dealership, on_delete=models.CASCADE, related_name="import_runs", verbose_name=_("dealership")
    )
    profile = models.ForeignKey(
        ImportProfile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("profile")
    )
    name = models.CharField(_("file name"), max_length=200)
    path = models.CharField(max_length=500, help_text=_("where the export lies on this machine"))
    content_digest = models.CharField(max_length=64, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.UPLOADED)
    is_dry_run = models.BooleanField(_("dry run"), default=False)
    cursor = models.JSONField(
        default=dict, blank=True, help_text=_("file and row reached; committed together with the rows before it")
    )
    counts = models.JSONField(
        _("counts"), default=dict, blank=True, help_text=_("per file: rows, created, updated, unchanged, rejected")
    )
    recognised = models.JSONField(
        _("what was recognised"), default=list, blank=True, help_text=_("per file: form, header, kind, first rows")
    )
    planned = models.JSONField(
        _("what would change"), default=dict, blank=True, help_text=_("counts of the last dry run of this export")
    )
    progress = models.JSONField(
        _("progress"), default=dict, blank=True, help_text=_("step, rows done and rows in all; for people to look at")
    )
    error = models.JSONField(_("error"), default=dict, blank=True, help_text=_("code and values of the sentence"))
    epoch = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(
        max_length=120, blank=True, help_text=_("host and process at work: one that is dead is not waited for")
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    objects = ScopedQuerySet["ImportRun"].as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["dealership"],
                condition=models.Q(status="running", is_dry_run=False),
                name="a_store_runs_one_import_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.created_at:%Y-%m-%d %H:%M}"


class ImportReject(models.Model):
    """A row that could not be taken: where it stands, which field, why; the row itself, to be mended and sent again."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rejects", verbose_name=_("import"))
    file = models.CharField(_("file"), max_length=120)
    line = models.PositiveIntegerField(_("line"))
    field = models.CharField(_("field"), max_length=80, blank=True)
    reason = models.JSONField(_("reason"), default=dict, help_text=_("code and values of the sentence"))
    is_warning = models.BooleanField(
        _("is a warning"), default=False, help_text=_("the row was taken, without this field or with a doubt")
    )
    row = models.JSONField(_("row"), default=list, help_text=_("the cells as they stood in the file"))

    class Meta:
        verbose_name = _("rejected row")
        verbose_name_plural = _("rejected rows")
        ordering = ["file", "line", "pk"]
        indexes = [models.Index(fields=["run", "file", "line"], name="rejects_of_an_import")]

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"
