from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from customers.belonging import Belonging
from customers.models import Channel, Customer
from dealercrm.accounts.models import Dealership, ScopedQuerySet
from vehicles.models.complaint import Complaint
from vehicles.models.ownership import Ownership
from vehicles.models.repair_order import RepairOrder

PROMOTER_FROM, DETRACTOR_TO = 9, 6  # the definition of the Net Promoter Score, not a setting
ASKED_WITHIN_DAYS = 60
CHANGEABLE_FOR = timedelta(days=7)


class FeedbackQuerySet(ScopedQuerySet["Feedback"]):
    @transaction.atomic
    def record(self, **fields: Any) -> Feedback:
        """Write down an answer; whoever would not recommend us has a complaint, and it is opened at once.

        Without an `order` the answer is about the last visit of the car, of the last two months.
        """
        answer = self.model(**fields)
        answer.customer = Customer.objects.held_person(answer.customer_id)
        if answer.order is None and answer.ownership is not None:
            answer.order = _visit_before(answer)
        if answer.is_detractor and answer.complaint is None:
            answer.open_complaint()
        answer.save(force_insert=True)
        Ownership.objects.note_new_facts_of(answer)
        return answer

    @transaction.atomic
    def answer_by_link(self, order: RepairOrder, *, score: int, at: datetime) -> tuple[Feedback, bool]:
        """(the answer about this visit, was it taken). Once a visit; changed for a while by whoever holds the link."""
        Customer.objects.held_person(order.customer_id)
        given = self.filter(order=order).order_by("-at", "-pk").first()
        if given is not None:
            return given, given.change(score=score, at=at)
        return self.record(
            dealership=order.dealership,
            customer=order.customer,
            ownership=order.ownership,
            order=order,
            at=at,
            score=score,
            channel=Channel.EMAIL,
            by_link=True,
        ), True

    def of_group(self, group: str) -> Self:
        """Promoters, passives or detractors."""
        if group == "promoter":
            return self.filter(score__gte=PROMOTER_FROM)
        if group == "detractor":
            return self.filter(score__lte=DETRACTOR_TO)
        return self.filter(score__gt=DETRACTOR_TO, score__lt=PROMOTER_FROM)

    def counts(self) -> dict[str, int]:
        """How many promoters, passives and detractors there are. One query."""
        found = self.order_by().aggregate(
            promoter=models.Count("pk", filter=models.Q(score__gte=PROMOTER_FROM)),
            detractor=models.Count("pk", filter=models.Q(score__lte=DETRACTOR_TO)),
            number=models.Count("pk"),
        )
        return {**found, "passive": found["number"] - found["promoter"] - found["detractor"]}


class Feedback(models.Model):
    """What a customer answered after a visit: would you recommend us, 0 to 10 (NPS), and why.

    Append-only, but for the customer's own second thoughts during `CHANGEABLE_FOR`.
    """

    belonging = Belonging(personal=("comment",))

    dealership = models.ForeignKey(
        Dealership, on_delete=models.PROTECT, related_name="feedback", verbose_name=_("dealership")
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="feedback", verbose_name=_("customer")
    )
    ownership = models.ForeignKey(
        Ownership,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="feedback",
        verbose_name=_("ownership"),
    )
    order = models.ForeignKey(
        RepairOrder, on_delete=models.SET_NULL, null=True, blank=True, related_name="feedback", verbose_name=_("visit")
    )
    at = models.DateTimeField(_("at"))
    score = models.PositiveSmallIntegerField(_("score, 0 to 10"))
    comment = models.TextField(_("comment"), blank=True)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    by_link = models.BooleanField(_("answered by the link"), default=False)
    changed_at = models.DateTimeField(_("changed at"), null=True, blank=True)
    complaint = models.OneToOneField(
        Complaint,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="feedback",
        verbose_name=_("complaint it opened"),
    )

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
        constraints = [
            models.CheckConstraint(condition=models.Q(score__lte=10), name="a_score_is_between_0_and_10"),
            models.UniqueConstraint(
                fields=["order"], condition=models.Q(by_link=True), name="a_visit_is_answered_once_by_its_link"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "at"], name="feedback_of_a_customer"),
            models.Index(fields=["dealership", "at"], name="feedback_of_a_store"),
        ]

    def __str__(self) -> str:
        return f"{self.score}/10 · {self.at:%Y-%m-%d}"

    @property
    def is_detractor(self) -> bool:
        return self.score <= DETRACTOR_TO

    @property
    def is_promoter(self) -> bool:
        return self.score >= PROMOTER_FROM

    def may_change(self, at: datetime) -> bool:
        """Only what was answered by the link, and not for ever: a manager reads these numbers."""
        return self.by_link and at < self.at + CHANGEABLE_FOR

    @transaction.atomic
    def change(self, *, at: datetime, score: int | None = None, comment: str | None = None) -> bool:
        """The customer thinks again, or adds why. False where it is too late.

        A complaint that it opened stays: a person decides whether it is settled.
        """
        if not self.may_change(at):
            return False
        Customer.objects.held_person(self.customer_id)
        self.refresh_from_db()
        before = self.complaint_text
        self.score = self.score if score is None else score
        self.comment = self.comment if comment is None else comment
        self.changed_at = at
        if self.is_detractor and self.complaint is None:
            self.open_complaint()
        elif self.complaint is not None and self.complaint.is_open and self.complaint.text == before:
            self.complaint.text = self.complaint_text
            self.complaint.save(update_fields=["text"])
        self.save(update_fields=["score", "comment", "changed_at", "complaint"])
        Ownership.objects.note_new_facts_of(self)
        return True

    @property
    def complaint_text(self) -> str:
        return self.comment or f"NPS {self.score}/10"

    def open_complaint(self) -> None:
        """Somebody calls back by tomorrow; the answer is saved by the caller."""
        self.complaint = Complaint.objects.record(
            dealership=self.dealership,
            customer=self.customer,
            ownership=self.ownership,
            opened_at=self.changed_at or self.at,
            text=self.complaint_text,
            source="nps",
            owner=self.by,
            due_on=self.dealership.today(self.changed_at or self.at) + timedelta(days=1),
        )


def _visit_before(answer: Feedback) -> RepairOrder | None:
    on = answer.dealership.today(answer.at)
    visits = RepairOrder.objects.standing().filter(
        ownership=answer.ownership, opened_on__range=(on - timedelta(days=ASKED_WITHIN_DAYS), on)
    )
    return visits.order_by("-opened_on", "-pk").first()
