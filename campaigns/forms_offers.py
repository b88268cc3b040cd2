"""Offers as a manager writes them, and the numbers of a launch."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Offer
from campaigns.rules.economics import Launch
from dealercrm.accounts.models import Dealership, User
from lifecycle.models import Segment
from vehicles.forms import DayInput
from vehicles.models import WorkGroup

if TYPE_CHECKING:
    OfferModelForm = forms.ModelForm[Offer]  # generic for the type checker only
else:
    OfferModelForm = forms.ModelForm

NEEDS_AMOUNT = frozenset({Offer.Kind.BONUS, Offer.Kind.POINTS})


class ShareField(forms.DecimalField):
    """A share, typed in percent."""

    def __init__(self, **more: Any) -> None:
        super().__init__(min_value=0, max_value=100, decimal_places=1, **more)

    def prepare_value(self, value: Any) -> Any:
        return round(value * 100, 1) if isinstance(value, float) else value

    def clean(self, value: Any) -> Any:
        percent = super().clean(value)
        return None if percent is None else float(percent / 100)


class OfferForm(OfferModelForm):
    work_groups = forms.MultipleChoiceField(
        label=gettext_lazy("Only where due"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 6}),
        help_text=gettext_lazy("None chosen: whatever is due. A discount is taken off these works."),
    )
    take_rate = ShareField(label=gettext_lazy("Take it, %"), help_text=gettext_lazy("Of those who hear it."))
    anyway_share = ShareField(
        label=gettext_lazy("Would come anyway, %"), help_text=gettext_lazy("Of those who take it.")
    )

    class Meta:
        model = Offer
        fields = tuple(name for name in Offer.FIELDS if name != "is_active")
        widgets = {"valid_from": DayInput(), "valid_until": DayInput()}

    def __init__(self, data: Any = None, *, store: Dealership, user: User, instance: Offer | None = None) -> None:
        super().__init__(data, instance=instance or Offer(dealership=store))
        self.store, self.was = store, instance
        segments = Segment.objects.for_user(user).filter(archived_at=None)
        self.fields["segment"].queryset = segments  # type: ignore[attr-defined]
        groups = [(code, group.name) for code, group in WorkGroup.by_code().items()]
        self.fields["work_groups"].choices = groups  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        kind, percent, amount = cleaned.get("kind"), cleaned.get("percent"), cleaned.get("amount")
        if kind == Offer.Kind.DISCOUNT and "percent" in cleaned and "amount" in cleaned:
            if (percent is None) == (amount is None):
                self.add_error("percent", _("A discount is a percent or an amount, one of the two."))
        elif kind in NEEDS_AMOUNT and amount is None and "amount" in cleaned:
            self.add_error("amount", _("How much is it?"))
        begins, ends = cleaned.get("valid_from"), cleaned.get("valid_until")
        if begins and ends and ends < begins:
            self.add_error("valid_until", _("It ends before it begins."))
        if kind != Offer.Kind.DISCOUNT:
            cleaned["percent"] = None
        return cleaned

    def store_as(self, *, by: User, at: datetime) -> Offer:
        """The offer as typed: a new one with a code of its English name, or the next state of the one that was."""
        wanted = {name: self.cleaned_data[name] for name in self.Meta.fields}
        if self.was is not None:
            return self.was.change(wanted, by=by, at=at)
        base = slugify(wanted["name_en"])[:34].strip("-") or "offer"
        known = set(Offer.objects.filter(dealership=self.store, code__startswith=base).values_list("code", flat=True))
        codes = (base, *(f"{base}-{number}" for number in range(2, len(known) + 2)))
        code = next(one for one in codes if one not in known)
        return Offer.objects.create(dealership=self.store, code=code, created_by=by, created_at=at, **wanted)


class LaunchForm(forms.Form):
    """What if: every number may be tried without changing the offer."""

    eligible = forms.IntegerField(label=gettext_lazy("Customers"), min_value=0, max_value=10_000_000)
    holdout_share = ShareField(label=gettext_lazy("Held out, %"))
    contact_cost = forms.DecimalField(label=gettext_lazy("A contact costs"), min_value=0, max_digits=10)
    reach_share = ShareField(label=gettext_lazy("Hear it, %"))
    take_rate = ShareField(label=gettext_lazy("Take it, %"))
    anyway_share = ShareField(label=gettext_lazy("Come anyway, %"))
    cost = forms.DecimalField(label=gettext_lazy("The offer costs"), min_value=0, max_digits=10)
    margin = forms.DecimalField(label=gettext_lazy("Margin of a visit"), min_value=Decimal(0), max_digits=12)

    def launch(self) -> Launch:
        said = self.cleaned_data
        return Launch(
            eligible=said["eligible"],
            holdout_share=said["holdout_share"],
            contact_cost=float(said["contact_cost"]),
            reach_share=said["reach_share"],
            take_rate=said["take_rate"],
            cost=float(said["cost"]),
            margin=float(said["margin"]),
            anyway_share=said["anyway_share"],
        )
