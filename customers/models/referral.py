from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from customers.belonging import Belonging
from customers.models.contact import ContactPoint
from customers.models.customer import Customer
from customers.rules.contacts import normalise_phone
from dealercrm.accounts.models import Dealership, ScopedQuerySet
from dealercrm.why import Why

if TYPE_CHECKING:
    from dealercrm.accounts.models import User


class ReferralQuerySet(ScopedQuerySet["Referral"]):
    def about(self, customer: Customer) -> Self:
        """Whom they recommended us to, and who recommended us to them."""
        return self.filter(models.Q(referrer=customer) | models.Q(referred=customer))

    @transaction.atomic
    def note(
        self, referrer: Customer, *, name: str, phone: str, dealership: Dealership, by: User | None, at: datetime
    ) -> Referral | Why:
        """Write down whom somebody recommended us to, or why the number is none that can be dialled.

        The person is known at once where a customer has this number; else as soon as one has it. The same number twice
        is one recommendation. It gives nobody the right to call them: no contact point is made of it.
        """
        number = normalise_phone(phone, dealership.country)
        if isinstance(number, Why):
            return number
        person = Customer.objects.held_person(referrer.pk)
        if person.contact_points.filter(value=number).exists():
            return Why("referral.themselves")
        before = self.filter(referrer=person, phone=number).first()
        if before is not None:
            return before
        row = self.create(
            referrer=person,
            referred=who_has(number, but=person.pk),
            name=name.strip()[:100],
            phone=number,
            dealership=dealership,
            by=by,
            at=at,
        )
        person.note_new_facts()
        return row

    def match(self) -> int:
        """Find the recommended people who have become customers since; how many. A query a hundred numbers."""
        waiting = list(self.filter(referred=None).exclude(phone="").values_list("pk", "phone", "referrer_id"))
        found = 0
        for start in range(0, len(waiting), 100):
            some = waiting[start : start + 100]
            points = ContactPoint.objects.filter(
                kind=ContactPoint.Kind.PHONE,
                value__in=[phone for _, phone, _ in some],
                customer__in=Customer.objects.living(),
            )
            by_phone: dict[str, list[int]] = {}
            for value, customer in points.order_by("customer_id").values_list("value", "customer_id"):
                by_phone.setdefault(value, []).append(customer)
            for pk, phone, referrer in some:
                known = next((one for one in by_phone.get(phone, []) if one != referrer), None)
                if known is not None:
                    found += self.filter(pk=pk, referred=None).update(referred=known)
        return found


def who_has(phone: str, *, but: int = 0) -> Customer | None:
    """The customer with this number, the oldest card first; None where nobody has it."""
    points = ContactPoint.objects.filter(
        kind=ContactPoint.Kind.PHONE, value=phone, customer__in=Customer.objects.living()
    )
    point = points.exclude(customer=but).select_related("customer").order_by("customer_id").first()
    return point.customer if point else None


class Referral(models.Model):
    """A customer recommended us to somebody: a customer of ours, or a name and a number that we may meet one day."""

    belonging = Belonging(personal=("name", "phone"))

    referrer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="referrals", verbose_name=_("who recommended us")
    )
    referred = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="recommended_by",
        verbose_name=_("to whom"),
        help_text=_("empty until a customer has that number"),
    )
    name = models.CharField(_("name, as told"), max_length=100, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+", verbose_name=_("dealership"))
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )

    objects = ReferralQuerySet.as_manager()

    class Meta:
        verbose_name = _("recommendation")
        verbose_name_plural = _("recommendations")
        indexes = [
            models.Index(fields=["phone"], condition=models.Q(referred=None), name="people_we_may_meet"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(phone="") | models.Q(phone__startswith="+"), name="a_referred_phone_is_e164"
            )
        ]

    def __str__(self) -> str:
        return f"{self.referrer_id} -> {self.referred_id or '?'}"
