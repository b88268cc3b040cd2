from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.belonging import Belonging, Rows
from customers.models import Customer
from dealercrm.accounts.models import Dealership, Policy, ScopedQuerySet
from dealercrm.remembering import Remembered
from dealercrm.why import Why
from vehicles.models.ownership import Ownership
from vehicles.models.repair_order import RepairOrder
from vehicles.rules import loyalty
from vehicles.rules.policy import LoyaltyValues

if TYPE_CHECKING:
    from customers.moving import Plan

SOON = timedelta(days=31)
_VALUES: Remembered[LoyaltyValues] = Remembered(5)


class LoyaltyPolicy(Policy):
    """A store's loyalty programme: on or off, and what a point costs and is worth."""

    values_class = LoyaltyValues

    runs_since = models.DateField(
        _("runs since"), null=True, blank=True, help_text=_("repair orders from this day on earn points")
    )
    today: date | None = None  # whoever changes it says which day it is; else the next night's day counts

    class Meta:
        verbose_name = _("loyalty policy")
        verbose_name_plural = _("loyalty policies")

    @classmethod
    def values_of(cls, dealership: Dealership) -> LoyaltyValues:
        """What pages read; kept for five seconds, because every card asks. Seldom a query."""

        def read() -> LoyaltyValues:
            values: LoyaltyValues = cls.of(dealership).values()
            return values

        return _VALUES.get(dealership.pk, read)

    def start(self, today: date) -> date:
        """The day from which orders earn: kept from the day on which the programme was first seen switched on."""
        if self.runs_since is None:
            self.runs_since = today
            self.save(update_fields=["runs_since"])
        return self.runs_since

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.values().is_on:
            self.runs_since = None
        elif self.runs_since is None:
            self.runs_since = self.today
        super().save(*args, **kwargs)
        _VALUES.forget()


class _BothAccounts(Belonging):
    """Both cards have points at this store: they are counted together, and the earlier draw day stands.

    Where one earned points and the other was held out, one person was both: the account shows nothing any more
    when the programme is measured, and goes on earning.
    """

    def clash(self, plan: Plan, kept: Any, gone: Any) -> None:
        is_mixed = kept.is_mixed or gone.is_mixed or kept.is_held_out != gone.is_held_out
        firsts = sorted(
            (one.expires_on, one.expiring) for one in (kept, gone) if one.expires_on is not None
        )  # until the next night counts them
        plan.set(
            kept,
            is_mixed=is_mixed,
            assigned_on=min(kept.assigned_on, gone.assigned_on),
            balance=kept.balance + gone.balance,
            expires_on=firsts[0][0] if firsts else None,
            expiring=sum(points for on, points in firsts if on == firsts[0][0]) if firsts else 0,
        )

    def settle(self, plan: Plan, kept: Rows, gone: Rows) -> None:
        mixed = sum(plan.value(row, "is_mixed") and not row.is_mixed for row in kept)
        if mixed:
            plan.notes.append(Why("merge.assignments_set_aside", {"number": mixed}))


class LoyaltyAccountQuerySet(ScopedQuerySet["LoyaltyAccount"]):
    def living(self) -> Self:
        """Of people who are there: neither merged into another card nor erased."""
        return self.filter(customer__merged_into=None, customer__erased_at=None)

    def running(self) -> Self:
        """Of stores whose programme is on: it is off by default, so that only those that changed it have it on."""
        on = LoyaltyPolicy.objects.filter(dealership=models.OuterRef("dealership"), overrides__is_on=True)
        return self.filter(models.Exists(on))

    def members(self) -> Self:
        return self.filter(models.Q(is_held_out=False) | models.Q(is_mixed=True))

    def measured(self) -> Self:
        """Those that count in a result: a merged card has left to the one that was kept, a mixed one shows nothing."""
        return self.filter(is_mixed=False, customer__merged_into=None)


class LoyaltyAccount(models.Model):
    """A customer at a store's programme: where the draw put them, and what the ledger comes to at present.

    The draw is written once, at the first visit that would earn. Balance and next expiry only repeat what the
    entries say, for lists and cards; whoever spends counts the entries anew under the customer's lock.
    """

    belonging = _BothAccounts(once=("dealership",))

    dealership = models.ForeignKey(
        Dealership, on_delete=models.CASCADE, related_name="loyalty_accounts", verbose_name=_("dealership")
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="loyalty_accounts", verbose_name=_("customer")
    )
    is_held_out = models.BooleanField(_("is held out"), help_text=_("earns nothing, to measure the programme"))
    is_mixed = models.BooleanField(
        _("is set aside"), default=False, help_text=_("two cards of one person, one a member and one held out")
    )
    share = models.FloatField(_("share held out then"))
    assigned_on = models.DateField(_("assigned on"))
    balance = models.IntegerField(_("balance, points"), default=0)
    expiring = models.PositiveIntegerField(_("points that expire next"), default=0)
    expires_on = models.DateField(_("their last day"), null=True, blank=True)

    objects = LoyaltyAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("loyalty account")
        verbose_name_plural = _("loyalty accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "dealership"], name="a_customer_has_one_loyalty_account_at_a_store"
            ),
            models.CheckConstraint(condition=models.Q(balance__gte=0), name="a_balance_of_points_is_never_negative"),
        ]
        indexes = [models.Index(fields=["dealership", "expires_on"], name="points_that_expire")]

    def __str__(self) -> str:
        return f"{self.customer_id} @ {self.dealership_id}: {self.balance}"

    def expires_soon(self, today: date) -> bool:
        """Is it time to tell the customer? In the last month of the points that go first."""
        return self.expires_on is not None and self.expires_on < today + SOON

    @property
    def is_member(self) -> bool:
        return self.is_mixed or not self.is_held_out


class LoyaltyEntryQuerySet(ScopedQuerySet["LoyaltyEntry"]):
    def in_order(self) -> Self:
        """As they were written, which is how the ledger is read."""
        return self.order_by("pk")


class LoyaltyEntry(models.Model):
    """Points of a customer at a store that came or went, and why. Append-only: what is wrong is set right by another.

    `external_code` is the key of whoever wrote it from outside (`source`): the same key again writes nothing.
    """

    belonging = Belonging(personal=("note",), plain=("source", "external_code"))

    class Kind(models.TextChoices):
        EARNED = loyalty.EARNED, _("earned")
        SPENT = loyalty.SPENT, _("spent")
        EXPIRED = loyalty.EXPIRED, _("expired")
        ADJUSTED = loyalty.ADJUSTED, _("adjusted")
        TAKEN_BACK = loyalty.TAKEN_BACK, _("taken back")
        GIVEN_BACK = loyalty.GIVEN_BACK, _("given back")

    dealership = models.ForeignKey(
        Dealership, on_delete=models.PROTECT, related_name="loyalty_entries", verbose_name=_("dealership")
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="loyalty_entries", verbose_name=_("customer")
    )
    ownership = models.ForeignKey(
        Ownership,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="loyalty_entries",
        verbose_name=_("ownership"),
    )
    repair_order = models.ForeignKey(
        RepairOrder,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="loyalty_entries",
        verbose_name=_("repair order"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    points = models.IntegerField(_("points"))
    on = models.DateField(_("on"))
    expires_on = models.DateField(_("last day"), null=True, blank=True, help_text=_("of points that came in"))
    amount = models.DecimalField(_("paid by the customer"), max_digits=12, decimal_places=2, null=True, blank=True)
    rate = models.PositiveIntegerField(_("points per 100 then"), null=True, blank=True)
    source = models.SlugField(_("source"), max_length=32, blank=True)
    external_code = models.CharField(_("code in the source"), max_length=64, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    at = models.DateTimeField(_("written at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )

    objects = LoyaltyEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("loyalty entry")
        verbose_name_plural = _("loyalty entries")
        constraints = [
            models.UniqueConstraint(
                fields=["repair_order"],
                condition=models.Q(kind=loyalty.EARNED),
                name="a_repair_order_earns_points_once",
            ),
            models.UniqueConstraint(
                fields=["dealership", "source", "external_code"],
                condition=~models.Q(external_code=""),
                name="a_code_of_a_source_writes_one_loyalty_entry",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=sorted(loyalty.COMES_IN), points__gt=0)
                | models.Q(kind__in=sorted(loyalty.GOES_OUT), points__lt=0)
                | (models.Q(kind=loyalty.ADJUSTED) & ~models.Q(points=0)),
                name="points_come_or_go_as_their_kind_says",
            ),
            models.CheckConstraint(
                condition=models.Q(points__lt=0) | models.Q(expires_on__isnull=False),
                name="points_that_come_in_have_a_last_day",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "dealership"], name="points_of_a_customer"),
            models.Index(fields=["dealership", "on"], name="points_of_a_store"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.points:+}"

    @property
    def as_line(self) -> loyalty.Entry:
        """As the rules read it."""
        return loyalty.Entry(
            self.kind, self.points, self.on, self.expires_on, self.repair_order_id, self.amount, self.rate
        )
