from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from customers.belonging import Belonging
from customers.models import Customer
from dealercrm.accounts.models import Dealership, ScopedQuerySet
from vehicles.models.complaint import Complaint

if TYPE_CHECKING:
    from datetime import datetime

BAD_TO = 3  # so many stars or fewer open a complaint


class ReviewQuerySet(ScopedQuerySet["Review"]):
    @transaction.atomic
    def record(self, *, now: datetime, **fields: Any) -> Review:
        """Write down what was said in public; a bad word is answered by tomorrow, whoever said it."""
        review = self.model(**fields)
        if review.customer_id is not None:
            review.customer = Customer.objects.held_person(review.customer_id)
        if review.is_bad:
            review.complaint = Complaint.objects.record(
                dealership=review.dealership,
                customer=review.customer,
                opened_at=now,
                text=review.text or f"{review.site}: {review.stars}/5",
                source="review",
                owner=review.by,
                due_on=review.dealership.today(now) + timedelta(days=1),
            )
        review.save(force_insert=True)
        return review


class Review(models.Model):
    """What somebody wrote about the store in public: where, how many stars, in which words. Append-only."""

    belonging = Belonging(personal=("author", "text", "url"), plain=("site",))

    dealership = models.ForeignKey(
        Dealership, on_delete=models.PROTECT, related_name="reviews", verbose_name=_("dealership")
    )
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reviews",
        verbose_name=_("customer"),
        help_text=_("where we know who wrote it"),
    )
    site = models.CharField(_("where"), max_length=40, help_text=_("Yandex Maps, 2GIS, Google ..."))
    author = models.CharField(_("author as shown there"), max_length=100, blank=True)
    stars = models.PositiveSmallIntegerField(_("stars, 1 to 5"))
    text = models.TextField(_("text"), blank=True)
    url = models.URLField(_("link"), max_length=300, blank=True)
    at = models.DateTimeField(_("written at"))
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
        related_name="review",
        verbose_name=_("complaint it opened"),
    )

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.CheckConstraint(condition=models.Q(stars__range=(1, 5)), name="a_review_has_one_to_five_stars"),
            models.UniqueConstraint(
                fields=["dealership", "url"], condition=~models.Q(url=""), name="a_review_is_written_down_once"
            ),
        ]
        indexes = [models.Index(fields=["dealership", "at"], name="reviews_of_a_store")]

    def __str__(self) -> str:
        return f"{self.site} {self.stars}/5 · {self.at:%Y-%m-%d}"

    @property
    def is_bad(self) -> bool:
        return self.stars <= BAD_TO
