from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from customers.belonging import Belonging
from customers.models import Customer
from dealercrm.accounts.models import Dealership, ScopedQuerySet
from vehicles.models.catalogue import WorkGroup
from vehicles.models.ownership import Ownership


class AppointmentQuerySet(ScopedQuerySet["Appointment"]):
    def open(self) -> Self:
        """Booked or confirmed: the customer is expected."""
        return self.filter(status__in=Appointment.OPEN)

    @transaction.atomic
    def book(self, **fields: Any) -> Appointment:
        """Expect the customer; an open appointment keeps the car's stage alive whatever its delay."""
        appointment = self.create(**fields)
        Ownership.objects.note_new_facts_of(appointment)
        return appointment

    def on_day(self, day: date, store: Dealership) -> Self:
        """The store's appointments that start on this date of its own calendar, in the order of the day."""
        starts = datetime.combine(day, time.min, tzinfo=store.zone).astimezone(UTC)
        ends = datetime.combine(day + timedelta(days=1), time.min, tzinfo=store.zone).astimezone(UTC)
        return self.filter(dealership=store, starts_at__gte=starts, starts_at__lt=ends).order_by("starts_at", "pk")


class Appointment(models.Model):
    """The customer is expected at the store: for service, or for a test drive."""

    belonging = Belonging(personal=("note",), plain=("source", "external_code", "proposal"))

    class Purpose(models.TextChoices):
        SERVICE = "service", _("service")
        TEST_DRIVE = "test_drive", _("test drive")

    class Status(models.TextChoices):
        BOOKED = "booked", _("booked")
        CONFIRMED = "confirmed", _("confirmed")
        ARRIVED = "arrived", _("arrived")
        NO_SHOW = "no_show", _("did not come")
        CANCELLED = "cancelled", _("cancelled")

    OPEN = frozenset({Status.BOOKED, Status.CONFIRMED})

    dealership = models.ForeignKey(
        Dealership, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("dealership")
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("customer")
    )
    ownership = models.ForeignKey(
        Ownership,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="appointments",
        verbose_name=_("ownership"),
    )
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose.choices, default=Purpose.SERVICE)
    starts_at = models.DateTimeField(_("starts at"))
    minutes = models.PositiveSmallIntegerField(_("duration, minutes"), default=60)
    work_group = models.ForeignKey(
        WorkGroup, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("work group")
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    proposal = models.CharField(
        _("what was promised"), max_length=300, blank=True, help_text=_("the offer that was taken, in words")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.BOOKED)
    source = models.SlugField(_("source"), max_length=32, default="crm")
    external_code = models.CharField(_("external code"), max_length=64, blank=True)
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("booked by"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        constraints = [
            models.UniqueConstraint(
                fields=["dealership", "source", "external_code"],
                condition=~models.Q(external_code=""),
                name="an_external_appointment_code_is_unique",
            ),
        ]
        indexes = [
            models.Index(fields=["dealership", "starts_at"], name="appointments_of_a_store"),
            models.Index(fields=["ownership", "starts_at"], name="appointments_of_an_ownership"),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} · {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    def confirm(self) -> bool:
        """The customer said that they will come."""
        return self._become(self.Status.CONFIRMED, out_of={self.Status.BOOKED})

    def arrive(self) -> bool:
        """The customer is here; also after the day's end had marked them as not come."""
        return self._become(self.Status.ARRIVED, out_of={*self.OPEN, self.Status.NO_SHOW})

    def miss(self, *, at: datetime) -> bool:
        """The customer did not come; tomorrow that is a reason to call. False too while the time has not come yet."""
        return self.starts_at <= at and self._become(self.Status.NO_SHOW, out_of=self.OPEN)

    def cancel(self) -> bool:
        """The customer or the store called it off."""
        return self._become(self.Status.CANCELLED, out_of=self.OPEN)

    def reopen(self) -> bool:
        """Undo: it is booked again, whatever it had become."""
        return self._become(self.Status.BOOKED, out_of=set(self.Status) - {self.Status.BOOKED})

    @transaction.atomic
    def _become(self, status: str, *, out_of: Iterable[str]) -> bool:
        """One conditional UPDATE: False where somebody was faster and the appointment is past that state."""
        moved = Appointment.objects.filter(pk=self.pk, status__in=list(out_of)).update(status=status)
        self.refresh_from_db(fields=["status"])
        if moved:
            Ownership.objects.note_new_facts_of(self)
        return bool(moved)
