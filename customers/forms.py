"""What a person may type about a customer; the rules of contacts and consent have the last word."""

from __future__ import annotations

from copy import copy
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from customers.models import Channel, Customer
from customers.rules.names import known_zones

if TYPE_CHECKING:
    CustomerModelForm = forms.ModelForm[Customer]  # generic for the type checker only
else:
    CustomerModelForm = forms.ModelForm

EARLIEST_BIRTH = date(1900, 1, 1)


class CustomerForm(CustomerModelForm):
    """What an operator corrects while talking. `corrections` holds it afterwards; the customer changes by its verb."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"), required=False, help_text=_("Only where the city's zone is not theirs.")
    )
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("not known")), *settings.LANGUAGES]
    )
    preferred_channel = forms.ChoiceField(
        label=_("Prefers"), required=False, choices=[("", _("nothing in particular")), *Channel.choices]
    )

    class Meta:
        model = Customer
        fields = (
            "last_name", "first_name", "middle_name", "company_name", "inn", "birth_on", "sex", "occupation", "family",
            "city", "time_zone", "language", "preferred_channel",
        )  # fmt: skip
        widgets = {"birth_on": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})}

    def __init__(self, data: Any = None, *, instance: Customer, now: datetime) -> None:
        # A copy, because validating a ModelForm writes into its instance and hides what changed.
        super().__init__(data, instance=copy(instance))
        self.now = now
        hidden = ("birth_on", "sex", "family", "occupation") if instance.kind == Customer.Kind.COMPANY else ()
        for name in hidden or ("company_name", "inn"):
            del self.fields[name]
        zones = self.fields["time_zone"]
        assert isinstance(zones, forms.ChoiceField)
        zones.choices = [("", _("as the city's, else the store's")), *_zones(now, instance.time_zone)]

    def clean_birth_on(self) -> date | None:
        day: date | None = self.cleaned_data["birth_on"]
        if day and not EARLIEST_BIRTH <= day <= self.now.date():
            raise forms.ValidationError(_("Nobody who drives was born on that day."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for name in ("last_name", "first_name", "middle_name", "company_name", "city", "occupation", "inn"):
            if name in cleaned:
                cleaned[name] = " ".join(cleaned[name].split())
        if not any(cleaned.get(name) for name in ("last_name", "first_name", "company_name")):
            self.add_error(
                "company_name" if "company_name" in self.fields else "last_name", _("A customer needs a name.")
            )
        return cleaned

    @property
    def corrections(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.fields}


def _zones(now: datetime, chosen: str) -> list[tuple[str, str]]:
    """Zones by their hour: `UTC+04:00 Samara`. One that was set before stays a choice."""
    names = set(known_zones()) | ({chosen} if chosen else set())
    by_hour = sorted((f"{now.astimezone(ZoneInfo(name)):%z}", name) for name in names)
    return [(name, f"UTC{offset[:3]}:{offset[3:]} · {name.split('/')[-1]}") for offset, name in by_hour]


class ConsentForm(forms.Form):
    """`say` is purpose:channel:yes or no; an empty purpose or channel means all of them."""

    SOURCES = (("call", _("said it on the phone")), ("visit", _("said it here")), ("paper", _("signed a paper")))

    say = forms.RegexField(regex=r"\A[a-z]*:[a-z]*:(yes|no)\Z")
    source = forms.ChoiceField(label=_("How we know"), choices=SOURCES)

    def clean_say(self) -> dict[str, Any]:
        from customers.models import Purpose

        purpose, channel, answer = self.cleaned_data["say"].split(":")
        if purpose not in ("", *Purpose.values) or channel not in ("", *Channel.values):
            raise forms.ValidationError(_("There is no such purpose or channel."))
        return {"purpose": purpose, "channel": channel, "is_given": answer == "yes"}
