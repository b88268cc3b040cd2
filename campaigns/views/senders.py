"""As whom a store writes: a name and an address for each channel, service apart from marketing."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Sender
from customers.models import Channel
from customers.rules.contacts import normalise_email
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Dealership, Role
from dealercrm.sentences import sentence
from dealercrm.why import Why

WRITTEN = (Channel.EMAIL, Channel.SMS, Channel.MESSENGER)
_TEXT_SENDER = re.compile(r"\+?[0-9]{3,15}|[A-Za-z0-9 ._-]{2,11}")
_LINE_BREAK = re.compile(r"[\r\n]")


class SenderForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Sender
        fields = ("name", "address", "reply_to")
        help_texts = {"address": gettext_lazy("Empty: the installation's own.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.channel != Channel.EMAIL:
            del self.fields["name"], self.fields["reply_to"]

    def clean_name(self) -> str:
        return _LINE_BREAK.sub(" ", self.cleaned_data["name"]).strip()

    def clean_address(self) -> str:
        given: str = self.cleaned_data["address"].strip()
        if self.instance.channel == Channel.EMAIL:
            return self._email(given)
        if given and self.instance.channel == Channel.SMS and not _TEXT_SENDER.fullmatch(given):
            raise forms.ValidationError(
                _("A number, or at most 11 Latin letters and digits, as agreed with the provider.")
            )
        return given

    def clean_reply_to(self) -> str:
        return self._email(self.cleaned_data["reply_to"])

    def _email(self, given: str) -> str:
        address = normalise_email(given) if given else ""
        if isinstance(address, Why):
            raise forms.ValidationError(sentence(address.as_json()))
        return address


@role_required(Role.ADMINISTRATOR)
def senders(request: StoreRequest) -> HttpResponse:
    """Two senders a channel. What is empty is the installation's own; a changed one signs from the next message on."""
    stands = {
        (one.group, one.channel): one for one in Sender.objects.for_user(request.user).filter(dealership=request.store)
    }
    rows = [
        stands.get((group.value, channel.value)) or Sender(dealership=request.store, group=group, channel=channel)
        for channel in WRITTEN
        for group in Sender.Group
    ]
    given = request.POST if request.method == "POST" else None
    forms_of = [SenderForm(given, instance=row, prefix=f"{row.channel}-{row.group}") for row in rows]
    has_errors = [form for form in forms_of if given is not None and not form.is_valid()]
    if given is not None and not has_errors:
        with transaction.atomic():
            # The store's row is the lock: two who save at once do not make one sender twice.
            Dealership.objects.for_user(request.user).select_for_update().get(pk=request.store.pk)
            for form in forms_of:
                if form.has_changed():
                    form.save()
        messages.success(request, _("Saved."))
        return redirect("senders")
    return render(request, "campaigns/senders.html", {"forms": forms_of}, status=422 if has_errors else 200)
