from __future__ import annotations

from datetime import timedelta
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
            answer.complaint = Complaint.objects.record(
                dealership=answer.dealership,
                customer=answer.customer,
                ownership=answer.ownership,
                opened_at=answer.at,
                text=answer.comment or f"NPS {answer.score}/10",
                source="nps",
                owner=answer.by,
                due_on=answer.dealership.today(answer.at) + timedelta(days=1),
            )
        answer.save(force_insert=True)
        Ownership.objects.note_new_facts_of(answer)
        return answer

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
    """What a customer answered after a visit: would you recommend us, 0 to 10 (NPS), and why. Append-only."""

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


def _visit_before(answer: Feedback) -> RepairOrder | None:
    on = answer.dealership.today(answer.at)
    visits = RepairOrder.objects.standing().filter(
        ownership=answer.ownership, opened_on__range=(on - timedelta(days=ASKED_WITHIN_DAYS), on)
    )
    return visits.order_by("-opened_on", "-pk").first()
