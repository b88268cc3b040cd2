from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.belonging import Belonging
from customers.models.customer import Customer
from customers.rules.duplicates import chance_of
from dealercrm.why import Why

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from dealercrm.accounts.models import User

Row = TypeVar("Row", bound="Pair")


class PairQuerySet(models.QuerySet[Row]):
    """Pairs of customers; seen by whoever may see both."""

    def for_user(self, user: User | AnonymousUser) -> Self:
        if not user.is_authenticated:
            return self.none()
        if user.sees_all_dealerships:
            return self
        seen = Customer.objects.for_user(user).values("pk")
        return self.filter(first__in=seen, second__in=seen)

    def living(self) -> Self:
        """Both are neither merged nor erased."""
        return self.filter(
            first__merged_into=None, first__erased_at=None, second__merged_into=None, second__erased_at=None
        )

    def with_any(self, ids: Iterable[int]) -> Self:
        known = list(ids)
        return self.filter(models.Q(first__in=known) | models.Q(second__in=known))


class Pair(models.Model):
    """Two customers, and a question about them that a person answers. Reasons hold codes, never names or numbers."""

    # What was found or answered is about two cards; after a merge it is read through the survivors.
    belonging = Belonging(plain=("reasons",), moves=False, is_deleted=True)

    first = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", verbose_name=_("first"))
    second = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", verbose_name=_("second"))
    points = models.SmallIntegerField(_("points"), default=0)
    reasons = models.JSONField(_("reasons"), default=list, blank=True)
    found_at = models.DateTimeField(_("found at"))
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.first_id} + {self.second_id}"

    def other(self, customer_id: int) -> Customer:
        """The one of the two who is not this customer."""
        return self.second if customer_id == self.first_id else self.first


def _decide(pair: DuplicatePair | RelatedPair, status: str, *, by: User, at: datetime) -> bool:
    """One conditional UPDATE: False where somebody has answered otherwise since the page was drawn."""
    rows: models.QuerySet[Any] = type(pair)._default_manager.filter(pk=pair.pk, status=pair.status)
    decided = rows.update(status=status, decided_by=by, decided_at=at)
    if decided:
        pair.status, pair.decided_by, pair.decided_at = status, by, at
    return bool(decided)


def pair_values(one: int, two: int) -> dict[str, Any]:
    """The two columns of a pair, the smaller id first."""
    return {"first_id": min(one, two), "second_id": max(one, two)}


class DuplicatePairQuerySet(PairQuerySet["DuplicatePair"]):
    def notice(self, one: int, two: int, *, by: User, at: datetime) -> DuplicatePair:
        """Somebody takes these two cards for one customer; what was answered before is not asked again."""
        reasons = [{**Why("duplicate.by_hand").as_json(), "points": 0}]
        values = {"found_at": at, "noticed_by": by, "reasons": reasons}
        return self.get_or_create(**pair_values(one, two), defaults=values)[0]


def _in_order() -> models.Q:
    return models.Q(first__lt=models.F("second"))


class DuplicatePair(Pair):
    """Perhaps one person on two cards. What a person has rejected is never suggested again."""

    class Status(models.TextChoices):
        SUGGESTED = "suggested", _("suggested")
        MERGED = "merged", _("merged")
        REJECTED = "rejected", _("not the same")

    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.SUGGESTED)
    noticed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("noticed by"),
        help_text=_("a person's own suspicion stays until it is answered"),
    )

    objects = DuplicatePairQuerySet.as_manager()

    class Meta:
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="two_customers_are_suspected_once"),
            models.CheckConstraint(condition=_in_order(), name="of_possible_duplicates_the_older_card_is_first"),
            models.CheckConstraint(
                condition=models.Q(status="suggested") | models.Q(decided_at__isnull=False),
                name="a_decided_duplicate_says_when",
            ),
        ]
        indexes = [models.Index(fields=["status", "-points", "id"], name="duplicates_by_certainty")]

    @property
    def chance(self) -> float:
        """How sure it is that they are one, 0 to 1."""
        return chance_of(self.points)

    def reject(self, *, by: User, at: datetime) -> bool:
        """They are two; it is not asked again."""
        return _decide(self, self.Status.REJECTED, by=by, at=at)

    def suspect_again(self) -> bool:
        """Undo of a rejection or a merge: the question is open again."""
        rows = DuplicatePair.objects.filter(pk=self.pk).exclude(status=self.Status.SUGGESTED)
        opened = rows.update(status=self.Status.SUGGESTED, decided_by=None, decided_at=None)
        if opened:
            self.status, self.decided_by, self.decided_at = self.Status.SUGGESTED, None, None
        return bool(opened)


class RelatedPair(Pair):
    """Two customers who belong together: a household, a firm and its people, firms of one owner.

    A party group is everybody whom confirmed pairs join.
    """

    class Kind(models.TextChoices):
        HOUSEHOLD = "household", _("household")
        REPRESENTS = "represents", _("speaks for the company")
        FIRMS = "firms", _("companies that belong together")

    class Status(models.TextChoices):
        SUGGESTED = "suggested", _("suggested")
        CONFIRMED = "confirmed", _("confirmed")
        DISMISSED = "dismissed", _("not related")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.SUGGESTED)

    objects = PairQuerySet["RelatedPair"].as_manager()

    class Meta:
        verbose_name = _("related parties")
        verbose_name_plural = _("related parties")
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="two_customers_are_related_once"),
            models.CheckConstraint(condition=_in_order(), name="of_related_parties_the_older_card_is_first"),
            models.CheckConstraint(
                condition=models.Q(status="suggested") | models.Q(decided_at__isnull=False),
                name="a_decided_relation_says_when",
            ),
        ]

    def confirm(self, *, by: User, at: datetime) -> bool:
        """They belong together, somebody who knows them says."""
        return _decide(self, self.Status.CONFIRMED, by=by, at=at)

    def dismiss(self, *, by: User, at: datetime) -> bool:
        """They have nothing to do with each other; it is not asked again."""
        return _decide(self, self.Status.DISMISSED, by=by, at=at)
