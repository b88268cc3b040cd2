"""Schedules with their prices, and the numbers of a make, as forms."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dealercrm.why import Why
from vehicles.models import Make, ScheduledWork, VehicleModel, WorkGroup
from vehicles.rules.cells import read_money
from vehicles.rules.pricing import PriceLine
from vehicles.scheduling import Work

if TYPE_CHECKING:
    MakeModelForm = forms.ModelForm[Make]
    GroupChoice = forms.ModelChoiceField[WorkGroup]
    ModelChoiceField = forms.ModelChoiceField[VehicleModel]
    WorkFormSetBase = forms.BaseFormSet["WorkForm"]
else:
    MakeModelForm = forms.ModelForm
    GroupChoice = ModelChoiceField = forms.ModelChoiceField
    WorkFormSetBase = forms.BaseFormSet

MOST_MONEY = Decimal("9999999.99")


def _number(label: Any, most: int) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"aria-label": label, "min": 1, "max": most, "inputmode": "numeric"})
    return forms.IntegerField(required=False, min_value=1, max_value=most, widget=widget)


class MoneyField(forms.CharField):
    """An amount as people type it: 11 400,50 or 11400.5; None where nothing stands."""

    def __init__(self, label: Any) -> None:
        attrs = {"aria-label": label, "inputmode": "decimal", "autocomplete": "off"}
        super().__init__(required=False, max_length=20, widget=forms.TextInput(attrs=attrs))

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        amount = read_money(text, "," if "," in text else ".")
        if isinstance(amount, Why) or (amount is not None and not 0 <= amount <= MOST_MONEY):
            raise forms.ValidationError(_("Enter an amount of money."))
        return amount

    def run_validators(self, value: Any) -> None:
        """`to_python` has looked at the amount; validators of texts do not apply."""

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class WorkForm(forms.Form):
    """A line of a schedule and what the work costs at this store."""

    group = GroupChoice(
        queryset=WorkGroup.objects.all(),
        required=False,
        empty_label="—",
        widget=forms.Select(attrs={"aria-label": _("Work")}),
    )
    km = _number(_("Every, km"), 500_000)
    months = _number(_("Every, months"), 240)
    is_maintenance = forms.BooleanField(
        required=False, widget=forms.CheckboxInput(attrs={"aria-label": _("Resets the clock")})
    )
    labour = MoneyField(_("Labour"))
    parts = MoneyField(_("Parts"))

    def __init__(self, *args: Any, price: PriceLine | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.price = price

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        is_said = any(cleaned.get(name) is not None for name in ("km", "months", "labour", "parts"))
        if cleaned.get("group") is None:
            if is_said:
                self.add_error("group", _("Which work is it?"))
        elif (
            cleaned.get("km") is None and cleaned.get("months") is None and not (self.errors.keys() & {"km", "months"})
        ):
            self.add_error("km", _("Every so many km, or months, or both."))
        return cleaned


class WorkFormSet(WorkFormSetBase):
    """The lines of one schedule; `prices` of its cars at this store by work group id."""

    def __init__(self, data: Any, *, prices: dict[int, PriceLine], works: list[ScheduledWork]) -> None:
        self.prices, self.rows = prices, works
        super().__init__(data, initial=[self._initial(work) for work in works], prefix="works")

    def _initial(self, work: ScheduledWork) -> dict[str, Any]:
        price = self.prices.get(work.work_group_id)
        return {
            "group": work.work_group_id,
            "km": work.interval_km,
            "months": work.interval_months,
            "is_maintenance": work.is_maintenance,
            "labour": price.labour if price else None,
            "parts": price.parts if price else None,
        }

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        work = self.rows[index] if index is not None and index < len(self.rows) else None
        return {**super().get_form_kwargs(index), "price": self.prices.get(work.work_group_id) if work else None}

    def add_fields(self, form: WorkForm, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].widget.attrs["aria-label"] = _("Remove")

    def clean(self) -> None:
        groups = [form.cleaned_data["group"] for form in self.said() if not form.errors]
        if len(groups) != len(set(groups)):
            raise forms.ValidationError(_("A work stands here twice."))
        if not any(form.cleaned_data.get("is_maintenance") for form in self.said() if not form.errors):
            raise forms.ValidationError(_("One of the works must reset the maintenance clock: stages follow it."))

    def said(self) -> list[WorkForm]:
        """The lines that name a work and stay."""
        return [
            form
            for form in self.forms
            if getattr(form, "cleaned_data", {}).get("group") and not form.cleaned_data.get("DELETE")
        ]

    def works(self) -> list[Work]:
        return [
            Work(said["group"], said["km"], said["months"], said["is_maintenance"])
            for said in (form.cleaned_data for form in self.said())
        ]


def work_form_set(data: Any, *, works: list[ScheduledWork], prices: dict[int, PriceLine]) -> WorkFormSet:
    """The form of a schedule with two spare lines."""
    made: Any = forms.formset_factory(WorkForm, formset=WorkFormSet, extra=2, max_num=40, can_delete=True)
    found: WorkFormSet = made(data, works=works, prices=prices)
    return found


class NewScheduleForm(forms.Form):
    """A schedule of its own for a model that goes by its make's so far."""

    model = ModelChoiceField(
        label=_("Model"),
        queryset=VehicleModel.objects.filter(schedules=None).select_related("make"),
        help_text=_("It begins with the works of its make; change them on the next page."),
    )


class MakeForm(MakeModelForm):
    class Meta:
        model = Make
        fields = [
            "price_class", "first_ownership_months", "km_per_year", "warranty_months", "warranty_km",
            "warranty_early_days", "warranty_late_days",
        ]  # fmt: skip

    def clean_km_per_year(self) -> int:
        km: int = self.cleaned_data["km_per_year"]
        if not 1000 <= km <= 200_000:
            raise forms.ValidationError(_("Between 1,000 and 200,000 km a year."))
        return km
