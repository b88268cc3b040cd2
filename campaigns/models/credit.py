from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.call_result import CallResult
from campaigns.rules.credit import CREDITED, OPEN, REFUSED
from customers.belonging import Belonging
from customers.models import Customer
from dealercrm.accounts.models import Dealership, ScopedQuerySet
from vehicles.models import Feedback, RepairOrder, Review

if TYPE_CHECKING:
    from dealercrm.accounts.models import User

SUBJECTS = ("result", "feedback", "review")


class CreditQuerySet(ScopedQuerySet["Credit"]):
    def standing(self) -> Self:
        """Of each subject its last entry: what holds today."""
        return self.filter(~models.Exists(_later()))

    def of_month(self, month: date) -> Self:
        """Every entry of a month's sheet. Their sums are the sheet's numbers."""
        return self.filter(month=month)

    def last_of_month(self, month: date) -> Self:
        """Of each subject its last entry within a month: what that month's sheet says of it, and goes on to say."""
        return self.filter(~models.Exists(_later().filter(month=month)), month=month)

    def of_visits(self) -> Self:
        return self.filter(result__isnull=False)

    def of_praise(self) -> Self:
        return self.filter(result=None)

    def of_operator(self, user: User) -> Self:
        return self.filter(operator=user)

    def of_customers(self, ids: Iterable[int]) -> Self:
        return self.filter(customer_id__in=list(ids))


def _later() -> models.QuerySet[Credit]:
    """Later entries about the same subject."""
    same = models.Q()
    for name in SUBJECTS:
        same |= models.Q(**{name: models.OuterRef(name)})
    return Credit._base_manager.filter(same, number__gt=models.OuterRef("number"))


class Credit(models.Model):
    """An entry of the monthly sheet: a booked visit credited or refused, or praise that a visit earned.

    One row a booked call, an answer or a review. While it is open it waits and may be rewritten; once it is decided it
    never is: what is found out later is the next row of the same subject (`number`), which takes back what the one
    before it gave. `visits`, `praises`, `points` and `margin` are what this row adds, and may be below zero.
    """

    belonging = Belonging(plain=("why", "advisor"))

    class Verdict(models.TextChoices):
        OPEN = OPEN, _("still open")
        CREDITED = CREDITED, _("credited")
        REFUSED = REFUSED, _("refused")

    dealership = models.ForeignKey(Dealership, on_delete=models.CASCADE, related_name="+", verbose_name=_("dealership"))
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="credits", verbose_name=_("customer"))
    result = models.ForeignKey(
        CallResult,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="credits",
        verbose_name=_("call result"),
    )
    feedback = models.ForeignKey(
        Feedback, on_delete=models.CASCADE, null=True, blank=True, related_name="credits", verbose_name=_("feedback")
    )
    review = models.ForeignKey(
        Review, on_delete=models.CASCADE, null=True, blank=True, related_name="credits", verbose_name=_("review")
    )
    number = models.PositiveSmallIntegerField(_("number of the entry"), default=1)
    verdict = models.CharField(_("verdict"), max_length=8, choices=Verdict.choices)
    why = models.JSONField(_("why"), default=dict)
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("operator"),
        help_text=_("who booked the visit"),
    )
    order = models.ForeignKey(
        RepairOrder, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("repair order")
    )
    advisor = models.CharField(_("service advisor"), max_length=80, blank=True)
    event_on = models.DateField(_("day"), help_text=_("booked for; of praise: said on"))
    days = models.PositiveSmallIntegerField(
        _("days that count"), null=True, blank=True, help_text=_("the policy of the first entry, for every later one")
    )
    month = models.DateField(_("month"), help_text=_("first day of the month whose sheet it stands in"))
    visits = models.SmallIntegerField(_("visits"), default=0)
    praises = models.SmallIntegerField(_("good reviews"), default=0)
    points = models.IntegerField(_("points"), default=0)
    margin = models.DecimalField(_("margin"), max_digits=12, decimal_places=2, default=0)
    decided_at = models.DateTimeField(_("decided at"))

    objects = CreditQuerySet.as_manager()

    class Meta:
        verbose_name = _("credit")
        verbose_name_plural = _("credits")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(result__isnull=False, feedback=None, review=None)
                | models.Q(result=None, feedback__isnull=False, review=None)
                | models.Q(result=None, feedback=None, review__isnull=False),
                name="a_credit_is_about_one_row",
            ),
            models.CheckConstraint(condition=models.Q(month__day=1), name="a_month_is_named_by_its_first_day"),
            *(
                models.UniqueConstraint(
                    fields=[name, "number"],
                    condition=models.Q(**{f"{name}__isnull": False}),
                    name=f"a_{name}_has_an_entry_once",
                )
                for name in SUBJECTS
            ),
        ]
        indexes = [
            models.Index(fields=["dealership", "month"], name="credits_of_a_month"),
            models.Index(fields=["operator", "month"], name="credits_of_an_operator"),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} {self.event_on} #{self.number}"

    @property
    def is_praise(self) -> bool:
        return self.result_id is None

    @property
    def subject(self) -> tuple[str, int]:
        """What it is about: the name of the field and the id."""
        for name in SUBJECTS:
            pk = getattr(self, f"{name}_id")
            if pk is not None:
                return name, int(pk)
        raise ValueError("A credit is about one row.")
