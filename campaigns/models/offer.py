from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign
from campaigns.rules.offers import Terms, is_marketing
from dealercrm.accounts.models import Dealership, ScopedQuerySet
from dealercrm.remembering import Remembered
from lifecycle.models import Segment

if TYPE_CHECKING:
    from dealercrm.accounts.models import User


class OfferQuerySet(ScopedQuerySet["Offer"]):
    def current(self) -> Self:
        """The newest version of each, those taken off included."""
        return self.filter(replaced_at=None)

    def on_sale(self) -> Self:
        return self.current().filter(is_active=True)


class Offer(models.Model):
    """What a customer is promised, by when, and what it costs us.

    A version that a customer has heard or read is never overwritten: a change makes the next version, and
    the campaigns that carry this one carry the next from then on. Amounts are in the store's currency.
    """

    class Kind(models.TextChoices):
        FIXED_PRICE = "fixed_price", _("fixed price")
        DISCOUNT = "discount", _("discount")
        BONUS = "bonus", _("bonus")
        POINTS = "points", _("points")
        GIFT = "gift", _("gift")
        TRADE_IN = "trade_in", _("trade-in and credit")

    # What a person may change; everything else says which version this is.
    FIELDS = (
        "kind", "name_en", "name_ru", "text_en", "text_ru", "percent", "amount", "work_groups", "valid_from",
        "valid_until", "days_valid", "segment", "needs_slot", "stock", "cost", "take_rate", "margin", "anyway_share",
        "is_active",
    )  # fmt: skip

    dealership = models.ForeignKey(
        Dealership, on_delete=models.CASCADE, related_name="offers", verbose_name=_("dealership")
    )
    code = models.SlugField(_("code"), max_length=40)
    version = models.PositiveIntegerField(_("version"), default=1)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    name_en = models.CharField(_("English name"), max_length=80)
    name_ru = models.CharField(_("Russian name"), max_length=80)
    text_en = models.CharField(
        _("English words"), max_length=300, blank=True, help_text=_("one sentence, as it is said")
    )
    text_ru = models.CharField(_("Russian words"), max_length=300, blank=True)
    percent = models.DecimalField(
        _("percent off"),
        max_digits=4,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.1")), MaxValueValidator(Decimal(100))],
    )
    amount = models.DecimalField(
        _("amount"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(1))],
        help_text=_("money off, bonus, or number of points"),
    )
    work_groups = models.JSONField(
        _("work groups"), default=list, blank=True, help_text=_("only where one of them is due; none: any work")
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    days_valid = models.PositiveSmallIntegerField(
        _("days to decide"), null=True, blank=True, help_text=_("from the day the customer first hears of it")
    )
    segment = models.ForeignKey(
        Segment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="offers",
        verbose_name=_("segment"),
        help_text=_("only these ownerships; empty: all"),
    )
    needs_slot = models.BooleanField(
        _("needs a free slot"),
        default=False,
        help_text=_("made only where the workshop has a free time before its end"),
    )
    stock = models.PositiveIntegerField(
        _("pieces in stock"), null=True, blank=True, help_text=_("empty: no limit; what was promised is held")
    )
    cost = models.DecimalField(
        _("costs us"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("each time it is taken; empty: what is taken off the price"),
    )
    take_rate = models.FloatField(_("take rate"), default=0.25, help_text=_("expected share of those who hear it"))
    margin = models.DecimalField(
        _("margin of a visit"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("before the cost of the offer"),
    )
    anyway_share = models.FloatField(
        _("would come anyway"), default=0.5, help_text=_("share of the takers who would have come without us")
    )
    is_active = models.BooleanField(_("is active"), default=True)
    created_at = models.DateTimeField(_("created at"), null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
    )
    replaced_at = models.DateTimeField(_("replaced at"), null=True, blank=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        ordering = ["name_en", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["dealership", "code", "version"], name="an_offer_version_is_unique"),
            models.UniqueConstraint(
                fields=["dealership", "code"],
                condition=models.Q(replaced_at=None),
                name="an_offer_has_one_current_version",
            ),
            models.CheckConstraint(
                condition=models.Q(take_rate__gte=0, take_rate__lte=1, anyway_share__gte=0, anyway_share__lte=1),
                name="shares_of_an_offer_are_from_0_to_1",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_from=None)
                | models.Q(valid_until=None)
                | models.Q(valid_until__gte=models.F("valid_from")),
                name="an_offer_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="discount")
                | models.Q(percent__gt=0, percent__lte=100, amount=None)
                | models.Q(percent=None, amount__gt=0),
                name="a_discount_is_a_percent_or_an_amount",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.named(translation.get_language() or "en")

    def named(self, language: str) -> str:
        return self.name_ru if language.startswith("ru") else self.name_en

    def said(self, language: str) -> str:
        """The sentence for the customer; may be empty."""
        return self.text_ru if language.startswith("ru") else self.text_en

    @property
    def text(self) -> str:
        return self.said(translation.get_language() or "en")

    @property
    def is_marketing(self) -> bool:
        return is_marketing(self.kind)

    @property
    def terms(self) -> Terms:
        """What the rules look at."""
        return Terms(
            code=self.code,
            kind=self.kind,
            percent=self.percent,
            amount=self.amount,
            groups=tuple(self.work_groups),
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            days_valid=self.days_valid,
            needs_slot=self.needs_slot,
            is_active=self.is_active,
        )

    @property
    def is_frozen(self) -> bool:
        """Has a customer heard of this version, or does a letter that waits carry it? Two queries."""
        return self.events.exists() or self.letters.exists()

    def switch(self, is_active: bool) -> None:
        """Offer it, or not any more. No other version: what it promises is the same."""
        Offer.objects.filter(pk=self.pk).update(is_active=is_active)
        self.is_active = is_active
        CARRIED.forget()

    @transaction.atomic
    def change(self, wanted: dict[str, Any], *, by: User, at: datetime) -> Offer:
        """Store what differs: in place while nobody has heard of it, else as the next version; the row that stands.

        An offer that was changed meanwhile is changed on top of what it has become.
        """
        now = Offer.objects.select_for_update(of=("self",), no_key=True).get(
            dealership=self.dealership_id, code=self.code, replaced_at=None
        )
        if all(getattr(now, name) == value for name, value in wanted.items()):
            return now
        if not now.is_frozen:
            for name, value in wanted.items():
                setattr(now, name, value)
            now.save(update_fields=list(wanted))
            CARRIED.forget()
            return now
        kept = {name: getattr(now, name) for name in self.FIELDS}
        Offer.objects.filter(pk=now.pk).update(replaced_at=at)
        following = Offer.objects.create(
            dealership_id=now.dealership_id, code=now.code, version=now.version + 1, created_at=at, created_by=by,
            **(kept | wanted),
        )  # fmt: skip
        CampaignOffer.objects.replace(now, following, at=at)
        return following


# A campaign and its offers: read with every card, changed a few times a year.
CARRIED: Remembered[list[CampaignOffer]] = Remembered(5)


class CampaignOfferQuerySet(ScopedQuerySet["CampaignOffer"]):
    scope_path = "campaign__dealership"

    def current(self) -> Self:
        return self.filter(ended_at=None)

    @transaction.atomic
    def set_for(self, campaign: Campaign, offers: Sequence[Offer], *, at: datetime) -> int:
        """These offers in this order from now on; what stood there before stays as history. Rows that changed."""
        Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
        standing = list(self.filter(campaign=campaign).current())
        wanted = {(position, offer.pk): offer for position, offer in enumerate(offers, start=1)}
        known = {(row.position, row.offer_id) for row in standing}
        ended = [row.pk for row in standing if (row.position, row.offer_id) not in wanted]
        self.filter(pk__in=ended).update(ended_at=at)
        added = [
            CampaignOffer(campaign=campaign, offer=offer, position=position, since=at)
            for (position, pk), offer in wanted.items()
            if (position, pk) not in known
        ]
        self.bulk_create(added)
        CARRIED.forget()
        return len(ended) + len(added)

    def replace(self, old: Offer, new: Offer, *, at: datetime) -> None:
        """Campaigns carry the next version from now on, each at the same place."""
        rows = list(self.filter(offer=old).current())
        self.filter(pk__in=[row.pk for row in rows]).update(ended_at=at)
        self.bulk_create(
            [CampaignOffer(campaign_id=row.campaign_id, offer=new, position=row.position, since=at) for row in rows]
        )
        CARRIED.forget()


class CampaignOffer(models.Model):
    """An offer of a campaign: the first is the main one, the next its fallback. A row that ended is history."""

    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="campaign_offers", verbose_name=_("campaign")
    )
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="campaign_offers", verbose_name=_("offer"))
    position = models.PositiveSmallIntegerField(_("position"))
    since = models.DateTimeField(_("since"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = CampaignOfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer of a campaign")
        verbose_name_plural = _("offers of campaigns")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "position"],
                condition=models.Q(ended_at=None),
                name="a_campaign_has_one_offer_at_a_position",
            ),
            models.UniqueConstraint(
                fields=["campaign", "offer"],
                condition=models.Q(ended_at=None),
                name="a_campaign_makes_an_offer_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id}/{self.position}: {self.offer_id}"
