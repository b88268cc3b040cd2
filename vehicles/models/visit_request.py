from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.belonging import Belonging
from customers.models import Customer
from customers.rules.names import plate_key
from dealercrm.accounts.models import Dealership, ScopedQuerySet
from vehicles.models.appointment import Appointment
from vehicles.models.catalogue import WorkGroup

if TYPE_CHECKING:
    from dealercrm.accounts.models import User


class _Asked(Belonging):
    def close(self, rows: models.QuerySet[Any], *, at: datetime) -> None:
        """Nobody waits for an erased customer."""
        rows.filter(status=VisitRequest.Status.WAITING).update(status=VisitRequest.Status.DECLINED, settled_at=at)


_FORGOTTEN = {"name": "", "phone": "", "plate": "", "note": ""}


class VisitRequestQuerySet(ScopedQuerySet["VisitRequest"]):
    def waiting(self) -> Self:
        return self.filter(status=VisitRequest.Status.WAITING)

    def expire(self, now: datetime) -> int:
        """Close those whose time has come and that nobody answered; how many. What they told us is forgotten."""
        late = self.waiting().filter(starts_at__lte=now)
        return late.update(status=VisitRequest.Status.EXPIRED, settled_at=now, **_FORGOTTEN)


class VisitRequest(models.Model):
    """Somebody asked on the web for a time in the workshop; the time is kept for them until it is answered.

    Whoever came by their own link, or gave the plate and the phone that we know together, is booked at
    once. Anybody else waits for an operator, who finds or makes the customer.
    """

    belonging = _Asked(personal=("name", "phone", "plate", "note"), plain=("once", "language"))

    class Status(models.TextChoices):
        WAITING = "waiting", _("waits for an answer")
        BOOKED = "booked", _("booked")
        DECLINED = "declined", _("declined")
        CANCELLED = "cancelled", _("called off")
        EXPIRED = "expired", _("nobody answered in time")

    dealership = models.ForeignKey(
        Dealership, on_delete=models.CASCADE, related_name="visit_requests", verbose_name=_("dealership")
    )
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="visit_requests",
        verbose_name=_("customer"),
    )
    appointment = models.OneToOneField(
        Appointment,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="visit_request",
        verbose_name=_("appointment"),
    )
    asked_at = models.DateTimeField(_("asked at"))
    starts_at = models.DateTimeField(_("starts at"))
    minutes = models.PositiveSmallIntegerField(_("duration, minutes"), default=60)
    work_group = models.ForeignKey(
        WorkGroup, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("work group")
    )
    name = models.CharField(_("name"), max_length=100, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    plate = models.CharField(_("plate"), max_length=16, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    language = models.CharField(_("language"), max_length=5, blank=True)
    by_link = models.BooleanField(_("came by their own link"), default=False)
    once = models.CharField(max_length=32, unique=True, help_text=_("of the form: sent twice it is one request"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.WAITING)
    settled_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answered by"),
    )

    objects = VisitRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request for a visit")
        verbose_name_plural = _("requests for visits")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(status="booked") | models.Q(settled_at__isnull=False),
                name="a_booked_request_says_when",
            )
        ]
        indexes = [
            models.Index(
                fields=["dealership", "starts_at"],
                condition=models.Q(status="waiting"),
                name="visit_requests_that_wait",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} · {self.starts_at:%Y-%m-%d %H:%M} · {self.status}"

    @property
    def plate_key(self) -> str:
        return plate_key(self.plate)

    @property
    def is_called_off(self) -> bool:
        """By the customer or by us; whoever asked is not expected at this time."""
        if self.appointment is not None:
            return self.appointment.status == Appointment.Status.CANCELLED
        return self.status in {self.Status.DECLINED, self.Status.CANCELLED}

    def settle(self, status: str, *, at: datetime, by: User | None = None, **fields: Any) -> bool:
        """One answer ends the waiting: False where somebody was faster. What a declined person told us is forgotten."""
        if status == self.Status.DECLINED:
            fields |= _FORGOTTEN
        settled = VisitRequest.objects.filter(pk=self.pk, status=self.Status.WAITING).update(
            status=status, settled_at=at, settled_by=by, **fields
        )
        if settled:
            self.refresh_from_db()
        return bool(settled)
