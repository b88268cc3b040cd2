from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models.lookups import GreaterThan
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import CampaignStep
from customers.belonging import Belonging, Rows
from customers.models import Channel, Customer, Purpose
from dealercrm.accounts.models import Dealership, ScopedQuerySet
from dealercrm.why import Why
from lifecycle.models import Occasion
from vehicles.models import Ownership

if TYPE_CHECKING:
    from customers.moving import Plan
    from dealercrm.accounts.models import User


class Outcome(models.TextChoices):
    """What a call ended with, in the order of the number keys."""

    BOOKED = "booked", _("booked")
    CALLBACK = "callback", _("call back")
    NO_ANSWER = "no_answer", _("no answer")
    BUSY = "busy", _("busy")
    THINKS = "thinks", _("thinks about it")
    REFUSED = "refused", _("not this offer")
    NO_CALLS = "no_calls", _("no calls")
    WRONG_NUMBER = "wrong_number", _("wrong number")
    SOLD = "sold", _("sold the car")
    DONE_ELSEWHERE = "done_elsewhere", _("done elsewhere")
    COMPLAINT = "complaint", _("complaint")
    MOVED = "moved", _("moved")
    DONE = "done", _("talked, nothing to follow")
    DECEASED = "deceased", _("deceased")
    DUPLICATE = "duplicate", _("duplicate")


def is_overdue(today: date, now: datetime) -> models.Q:
    """Calls that come late: a promised hour has passed, or more than half of the time in which the call is useful.

    That time runs from the due day of the occasion to the day on which it closes. Merely to be left from
    yesterday is no lateness: a list that is longer than a day would be late as a whole. A call that came
    onto the list today is late for nobody yet.
    """
    gone = models.ExpressionWrapper(models.Value(today) - models.F("occasion__due_on"), models.DurationField())
    left = models.ExpressionWrapper(models.F("occasion__closes_on") - models.Value(today), models.DurationField())
    broken_promise = models.Q(promised_at__lt=now)
    half_gone = models.Q(GreaterThan(gone, left)) & models.Q(promised_at=None, due_on__lt=today)
    return broken_promise | half_gone


class ContactTaskQuerySet(ScopedQuerySet["ContactTask"]):
    def open(self) -> Self:
        return self.filter(status__in=ContactTask.OPEN)

    def calls(self) -> Self:
        return self.filter(channel=Channel.CALL)

    def callable_at(self, now: datetime) -> Self:
        """Open calls whose time has come and whose window has not closed, claimed or not."""
        return self.calls().open().filter(is_released=True, not_before__lte=now, closes_at__gt=now)

    def free_for(self, user: User, now: datetime, grace: timedelta) -> Self:
        """What this operator may take: a promised call is its operator's own until it is `grace` overdue."""
        return self.filter(
            models.Q(assigned_to=None) | models.Q(assigned_to=user) | models.Q(promised_at__lte=now - grace)
        )

    def not_held(self, now: datetime) -> Self:
        """Open, or claimed by somebody whose lease ran out."""
        return self.filter(models.Q(status="open") | models.Q(status="claimed", lease_until__lte=now))

    def not_paused(self, now: datetime) -> Self:
        """Neither paused themselves nor of a kind that is; an hour that we promised is kept whatever the kind."""
        pause: Any = ContactTask._meta.get_field("pauses").related_model
        pauses = pause.objects.standing(now).filter(dealership=models.OuterRef("dealership"))
        of_kind = pauses.filter(kind=models.OuterRef("kind"))
        return self.filter(
            ~models.Exists(pauses.filter(task=models.OuterRef("pk"))),
            models.Q(promised_at__isnull=False) | ~models.Exists(of_kind),
        )

    def in_call_order(self) -> Self:
        """Promised calls by their hour first, then by priority."""
        return self.order_by(models.F("promised_at").asc(nulls_last=True), "-priority", "pk")


class _OneCallAtATime(Belonging):
    """Both cards had the same contact ahead, about one car: the one that the merged card brought is taken off."""

    def settle(self, plan: Plan, kept: Rows, gone: Rows) -> None:
        ahead = {self._what(plan, task) for task in kept if task.status in ContactTask.OPEN}
        taken_off = 0
        for task in gone:
            if task.status == ContactTask.Status.OPEN and self._what(plan, task) in ahead:
                why = Why("closed.merged").as_json()
                plan.set(task, status=ContactTask.Status.CANCELLED, closed_at=plan.at, closed_why=why)
                taken_off += 1
        if taken_off:
            plan.notes.append(Why("merge.tasks_taken_off", {"number": taken_off}))

    def _what(self, plan: Plan, task: ContactTask) -> tuple[Any, ...]:
        return plan.value(task, "ownership"), task.kind, task.channel

    def close(self, rows: models.QuerySet[Any], *, at: datetime) -> None:
        """Nobody is to call; who has the call in hand finds it gone."""
        results: Any = ContactTask._meta.get_field("results").related_model
        results._base_manager.filter(task__in=rows).update(note="", details={}, trace={})
        pauses: Any = ContactTask._meta.get_field("pauses").related_model
        pauses._base_manager.filter(task__in=rows).delete()
        rows.filter(status__in=ContactTask.OPEN).update(
            status=ContactTask.Status.CANCELLED,
            closed_at=at,
            closed_why=Why("closed.erased").as_json(),
            claimed_by=None,
            lease_until=None,
        )


class ContactTask(models.Model):
    """One call or message to do: the row of a call list.

    Unique on (occasion, step, attempt), so planning twice changes nothing. A claim is a lease with
    an epoch: a browser that dies gives the call back when the lease runs out, and its late result
    is refused because the epoch has moved.
    """

    belonging = _OneCallAtATime(plain=("kind", "why", "closed_why"))

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        CLAIMED = "claimed", _("taken")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("cancelled")
        EXPIRED = "expired", _("expired")

    OPEN = frozenset({Status.OPEN, Status.CLAIMED})

    dealership = models.ForeignKey(
        Dealership, on_delete=models.CASCADE, related_name="contact_tasks", verbose_name=_("dealership")
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="contact_tasks", verbose_name=_("customer")
    )
    ownership = models.ForeignKey(
        Ownership,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="contact_tasks",
        verbose_name=_("ownership"),
    )
    occasion = models.ForeignKey(
        Occasion, on_delete=models.CASCADE, related_name="contact_tasks", verbose_name=_("occasion")
    )
    step = models.ForeignKey(
        CampaignStep, on_delete=models.PROTECT, related_name="contact_tasks", verbose_name=_("step")
    )
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose.choices)
    kind = models.CharField(_("kind"), max_length=32)
    why = models.JSONField(_("why now"), default=dict)
    due_on = models.DateField(_("due on"))
    not_before = models.DateTimeField(_("not before"))
    closes_at = models.DateTimeField(_("closes at"))
    value = models.FloatField(_("value"), default=0, help_text=_("what a minute of this call is worth, as last judged"))
    priority = models.FloatField(_("priority"), default=0)
    is_lifted = models.BooleanField(
        _("lifted for its class"), default=False, help_text=_("stands higher than by its value: its class has a share")
    )
    is_by_chance = models.BooleanField(
        _("stands there by chance"), default=False, help_text=_("a draw placed it, to learn what such calls bring")
    )
    propensity = models.FloatField(
        _("propensity"), null=True, blank=True, help_text=_("chance it had of being placed as it was")
    )
    promised_at = models.DateTimeField(
        _("promised at"), null=True, blank=True, help_text=_("the hour the customer asked for")
    )
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="assigned_tasks",
        verbose_name=_("assigned to"),
    )
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.OPEN)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="claimed_tasks",
        verbose_name=_("taken by"),
    )
    epoch = models.PositiveIntegerField(_("epoch"), default=0)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=24, choices=Outcome.choices, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_why = models.JSONField(_("why it was taken off the list"), default=dict, blank=True)
    planned_on = models.DateField(_("planned on"))
    is_released = models.BooleanField(
        _("is released"), default=True, help_text=_("no: it waits until the plan of its day is whole, or for a word")
    )

    objects = ContactTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact task")
        verbose_name_plural = _("contact tasks")
        constraints = [
            models.UniqueConstraint(
                fields=["occasion", "step", "attempt"], name="a_step_of_an_occasion_is_tried_once_per_attempt"
            ),
            models.CheckConstraint(
                condition=~models.Q(status="claimed") | models.Q(claimed_by__isnull=False, lease_until__isnull=False),
                name="a_claimed_task_has_a_holder_and_a_lease",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["open", "claimed"], closed_at=None)
                | (models.Q(status__in=["done", "cancelled", "expired"]) & models.Q(closed_at__isnull=False)),
                name="a_closed_task_says_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["dealership", "-priority", "id"],
                condition=models.Q(status__in=["open", "claimed"], channel="call"),
                name="open_calls_in_order",
            ),
            models.Index(fields=["customer", "status"], name="tasks_of_a_customer"),
            models.Index(fields=["dealership", "closed_at"], name="closed_tasks_of_a_store"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.channel} #{self.pk}"

    def take_off(self, why: Why, *, at: datetime) -> bool:
        """Off the list without a contact, and why. A call that somebody else has in hand stays with them."""
        rows = ContactTask.objects.filter(pk=self.pk, status=self.status, epoch=self.epoch)
        taken_off = rows.filter(status__in=self.OPEN).update(
            status=ContactTask.Status.CANCELLED,
            closed_at=at,
            closed_why=why.as_json(),
            claimed_by=None,
            lease_until=None,
        )
        return bool(taken_off)

    def pause(self, now: datetime) -> Any:
        """The pause that keeps everybody from taking this call, its own before that of its kind; or None."""
        of_this = models.Q(task=self.pk) if self.promised_at else models.Q(task=self.pk) | models.Q(kind=self.kind)
        pause: Any = ContactTask._meta.get_field("pauses").related_model
        standing = pause.objects.standing(now).filter(dealership=self.dealership_id)
        return standing.filter(of_this).order_by("kind").first()

    def assign(self, user: User | None) -> bool:
        """Make it this operator's own, or everybody's. False where somebody has it in hand or it is closed."""
        moved = ContactTask.objects.filter(pk=self.pk, status=ContactTask.Status.OPEN).update(assigned_to=user)
        self.refresh_from_db(fields=["assigned_to", "status"])
        return bool(moved)
