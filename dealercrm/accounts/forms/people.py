"""Forms of the administrator: people with one role per store, stores, tokens of other systems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dealercrm.accounts.models import Dealership, Membership, Role, User

if TYPE_CHECKING:  # Django's forms take no type argument at run time
    UserModelForm = forms.ModelForm[User]
    StoreModelForm = forms.ModelForm[Dealership]
else:
    UserModelForm = StoreModelForm = forms.ModelForm


class PersonForm(UserModelForm):
    """A colleague or another system, with a role at each store the administrator governs."""

    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("as the browser asks")), *settings.LANGUAGES]
    )

    class Meta:
        model = User
        fields = ["username", "last_name", "first_name", "email", "language", "is_active"]
        labels = {"username": _("Sign-in name"), "is_active": _("May sign in"), "email": _("Email")}
        help_texts = {
            "username": _("Letters, digits and @ . + - _"),
            "is_active": _("Switch off when somebody leaves: their work stays under their name."),
        }

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        self.stores = list(by.administered())
        self.is_new = self.instance.pk is None
        roles = self.instance.roles_by_dealership if not self.is_new else {}
        for store in self.stores:
            self.fields[f"role_{store.pk}"] = forms.ChoiceField(
                label=_("Role at %(store)s") % {"store": store.name},
                required=False,
                choices=[("", _("none")), *Role.choices],
                initial=roles.get(store.pk, ""),
            )
        if not self.is_new:
            self.fields["username"].disabled = True
            if self.instance == by or not by.may_govern(self.instance):
                self.fields["is_active"].disabled = True
            if not by.may_govern(self.instance):
                for name in ("last_name", "first_name", "email", "language"):
                    self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not any(cleaned.get(f"role_{store.pk}") for store in self.stores) and self.is_new:
            raise forms.ValidationError(_("Give a role at one store at least; without one the account opens nothing."))
        if self.instance == self.by and not self.by.is_superuser:
            kept = [s for s in self.stores if cleaned.get(f"role_{s.pk}") == Role.ADMINISTRATOR]
            if not kept:
                raise forms.ValidationError(
                    _("You would lock yourself out: stay an administrator of one store, or let a colleague do this.")
                )
        return cleaned

    @transaction.atomic
    def save(self, commit: bool = True) -> User:
        if self.is_new:
            self.instance.set_unusable_password()
        user = super().save(commit=commit)
        for store in self.stores:
            role = self.cleaned_data.get(f"role_{store.pk}")
            if role:
                Membership.objects.update_or_create(user=user, dealership=store, defaults={"role": role})
            else:
                Membership.objects.filter(user=user, dealership=store).delete()
        return user

    @property
    def role_fields(self) -> list[forms.BoundField]:
        return [self[f"role_{store.pk}"] for store in self.stores]


class StoreForm(StoreModelForm):
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=[(name, name) for name in sorted(available_timezones()) if "/" in name]
    )

    class Meta:
        model = Dealership
        fields = ["code", "name", "city", "time_zone", "currency", "country"]
        labels = {
            "code": _("Code"),
            "name": _("Name"),
            "city": _("City"),
            "currency": _("Currency"),
            "country": _("Country"),
        }
        help_texts = {
            "code": _("Short name for imports and the API; it cannot be changed later."),
            "currency": _("Three letters, as in RUB. Amounts of different currencies are never added up."),
            "country": _("Two letters, as in RU. Decides how phones without a country code are read, and holidays."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["code"].disabled = True

    def clean_currency(self) -> str:
        return self._letters("currency", 3)

    def clean_country(self) -> str:
        return self._letters("country", 2)

    def _letters(self, name: str, length: int) -> str:
        value = str(self.cleaned_data[name]).strip().upper()
        if len(value) != length or not (value.isascii() and value.isalpha()):
            raise forms.ValidationError(_("%(length)d Latin letters are needed.") % {"length": length})
        return value


class TokenForm(forms.Form):
    """A token for another system: whose rights it has, and how long."""

    user = forms.ModelChoiceField(
        label=_("Integration"),
        queryset=User.objects.none(),
        empty_label=None,
        help_text=_("An account with the role integration; make one under Users."),
    )
    days = forms.IntegerField(label=_("Valid for, days"), min_value=1, max_value=3650, initial=365)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["user"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = integrations_of(by).filter(is_active=True)


def integrations_of(by: User) -> Any:
    """Accounts of other systems that `by` may hold tokens for: all of their stores are administered by `by`."""
    own = by.administered()
    return (
        by.staff()
        .filter(memberships__role=Role.INTEGRATION, memberships__dealership__in=own)
        .exclude(pk__in=User.objects.filter(memberships__in=Membership.objects.exclude(dealership__in=own)))
        .exclude(is_superuser=True)
        .exclude(is_group_manager=True)
        .distinct()
        .order_by("username")
    )
