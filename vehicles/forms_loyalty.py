"""Points that staff write down at the counter."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from dealercrm.accounts.models import Dealership, User
from dealercrm.sentences import sentence
from vehicles.loyalty import PointsRefusedError, adjust, spend

SPEND, ADD, TAKE = "spend", "add", "take"
MOST = 1_000_000


class PointsForm(forms.Form):
    """Spent by the customer; put right (added, taken off) by whoever may."""

    what = forms.ChoiceField(label=_("What happens"))
    points = forms.IntegerField(label=_("Points"), min_value=1, max_value=MOST)
    note = forms.CharField(label=_("What for"), max_length=300, help_text=_("The next person reads it."))

    def __init__(self, data: Any = None, *, may_adjust: bool) -> None:
        super().__init__(data, prefix="points")
        what = self.fields["what"]
        assert isinstance(what, forms.ChoiceField)
        what.choices = [(SPEND, _("The customer spends them"))]
        if may_adjust:
            what.choices = [*what.choices, (ADD, _("We add them")), (TAKE, _("We take them off"))]

    def save(self, customer: Customer, *, store: Dealership, by: User, now: datetime) -> bool:
        """False where they were refused; the form says why, in words."""
        points: int = self.cleaned_data["points"]
        said: dict[str, Any] = {"now": now, "by": by, "note": self.cleaned_data["note"]}
        try:
            if self.cleaned_data["what"] == SPEND:
                spend(store, customer.pk, points, **said)
            else:
                adjust(store, customer.pk, points if self.cleaned_data["what"] == ADD else -points, **said)
        except PointsRefusedError as refused:
            self.add_error("points", sentence(refused.why.as_json()))
            return False
        return True
