from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from dealercrm.accounts.models.dealership import Dealership
from dealercrm.accounts.models.scope import ScopedQuerySet


class JobRun(models.Model):
    """One run of a job for one store and one logical date: the row people look at on the health page.

    `sequence` 0 is the nightly run that beat starts (a doubled beat meets the unique key); runs
    asked for by hand on the same date take the next numbers.
    """

    class Status(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    job = models.CharField(_("job"), max_length=32)
    dealership = models.ForeignKey(
        Dealership, on_delete=models.CASCADE, related_name="job_runs", verbose_name=_("dealership")
    )
    logical_on = models.DateField(_("logical date"), help_text=_("the store's date this run is for"))
    sequence = models.PositiveIntegerField(_("sequence"), default=0)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.RUNNING)
    options = models.JSONField(_("options"), default=dict, blank=True)
    counts = models.JSONField(_("counts"), default=dict, blank=True)
    error = models.TextField(_("error"), blank=True)
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    objects = ScopedQuerySet["JobRun"].as_manager()

    class Meta:
        verbose_name = _("job run")
        verbose_name_plural = _("job runs")
        get_latest_by = "started_at"
        constraints = [
            models.UniqueConstraint(
                fields=["job", "dealership", "logical_on", "sequence"],
                name="a_job_runs_once_per_store_date_and_sequence",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["running", "done", "failed"]), name="a_job_run_has_a_known_status"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.dealership_id} {self.logical_on} #{self.sequence}"

    @property
    def duration(self) -> timedelta | None:
        """From start to end; None while it runs."""
        return self.finished_at - self.started_at if self.finished_at else None


class JobChunk(models.Model):
    """A range of ids that one worker takes; its results and its completion commit together.

    Claimed by conditional UPDATE with a lease and an epoch: a worker that comes back after its
    lease ran out finds another epoch and is refused.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        CLAIMED = "claimed", _("claimed")
        DONE = "done", _("done")

    run = models.ForeignKey(JobRun, on_delete=models.CASCADE, related_name="chunks", verbose_name=_("run"))
    number = models.PositiveIntegerField(_("number"))
    first_id = models.BigIntegerField(_("first id"))
    last_id = models.BigIntegerField(_("last id"))
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.PENDING)
    epoch = models.PositiveIntegerField(_("epoch"), default=0)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    counts = models.JSONField(_("counts"), default=dict, blank=True)

    class Meta:
        verbose_name = _("job chunk")
        verbose_name_plural = _("job chunks")
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="a_chunk_number_is_unique_in_its_run"),
            models.CheckConstraint(
                condition=models.Q(first_id__lte=models.F("last_id")), name="a_chunk_is_a_forward_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.number}"
