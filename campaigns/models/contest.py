from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.decision import Decision
from customers.belonging import Belonging
from customers.models import Customer
from dealercrm.accounts.models import Dealership, ScopedQuerySet

if TYPE_CHECKING:
    from dealercrm.accounts.models import User


class ContestQuerySet(ScopedQuerySet["Contest"]):
    def open(self) -> Self:
        return self.filter(answered_at=None)


class Contest(models.Model):
    """Somebody who knows the customer says that a decision is wrong, and a manager answers.

    It changes no verdict: a gate that is shut by a wrong fact opens when the fact is mended, a gate that is
    wrongly set when the policy is. Both words stay, so that a gate that is often wrong is seen.
    """

    belonging = Belonging(personal=("text", "answer"), plain=("gate",))

    decision = models.ForeignKey(
        Decision, on_delete=models.CASCADE, related_name="contests", verbose_name=_("decision")
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="contests", verbose_name=_("customer")
    )
    dealership = models.ForeignKey(
        Dealership, on_delete=models.CASCADE, related_name="contests", verbose_name=_("dealership")
    )
    gate = models.CharField(_("gate that was shut"), max_length=24)
    text = models.TextField(_("what is wrong with it"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    is_upheld = models.BooleanField(_("was right"), null=True, blank=True)
    answer = models.TextField(_("answer"), blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answered by"),
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    objects = ContestQuerySet.as_manager()

    class Meta:
        verbose_name = _("contested decision")
        verbose_name_plural = _("contested decisions")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["decision"],
                condition=models.Q(answered_at=None),
                name="a_decision_is_contested_once_until_it_is_answered",
            ),
            models.CheckConstraint(
                condition=models.Q(answered_at=None, is_upheld=None, answered_by=None)
                | models.Q(answered_at__isnull=False, is_upheld__isnull=False, answered_by__isnull=False),
                name="an_answered_contest_says_by_whom_and_how",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision_id}: {self.gate}"

    def settle(self, *, is_upheld: bool, answer: str, by: User, at: datetime) -> bool:
        """The manager's word. False where a colleague was quicker."""
        settled = Contest.objects.filter(pk=self.pk, answered_at=None).update(
            is_upheld=is_upheld, answer=answer.strip(), answered_by=by, answered_at=at
        )
        return bool(settled)
