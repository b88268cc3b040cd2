"""The form of a campaign: what was typed becomes a draft, mistakes come back to their field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models.campaign import ANNOUNCEMENT
from campaigns.revising import Draft, StepDraft
from campaigns.rules.texts import unknown_places
from customers.models import Channel
from dealercrm.accounts.models import Dealership, User
from dealercrm.sentences import sentence
from dealercrm.why import Why
from lifecycle.models import Segment
from lifecycle.rules.kinds import KINDS
from lifecycle.sentences import kind_label

MOST_STEPS = 8


class CampaignForm(forms.Form):
    """Everything of a campaign but its steps. `seen` is the last change its writer knows of."""

    name_en = forms.CharField(label=gettext_lazy("English name"), max_length=120)
    name_ru = forms.CharField(label=gettext_lazy("Russian name"), max_length=120)
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Reasons to talk"), required=False, widget=forms.CheckboxSelectMultiple
    )
    segment = forms.ModelChoiceField(
        label=gettext_lazy("For whom"),
        queryset=Segment.objects.none(),
        required=False,
        empty_label=gettext_lazy("all owners"),
        help_text=gettext_lazy("Segments that were saved at this store."),
    )
    rank = forms.IntegerField(
        label=gettext_lazy("Rank"),
        min_value=1,
        max_value=9999,
        help_text=gettext_lazy("Where two campaigns answer the same reason, the lower rank takes it."),
    )
    starts_on = forms.DateField(
        label=gettext_lazy("First day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Empty: from the day it is started."),
    )
    verdict_on = forms.DateField(
        label=gettext_lazy("Day of the verdict"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Empty: 90 days after its first day. Not looked at before."),
    )
    holdout = forms.IntegerField(
        label=gettext_lazy("Held out, percent"),
        min_value=0,
        max_value=50,
        help_text=gettext_lazy("Not contacted, to see what the contact earns. Never where a contact is owed."),
    )
    minutes_a_day = forms.IntegerField(
        label=gettext_lazy("Operator minutes a day"),
        required=False,
        min_value=0,
        max_value=100_000,
        help_text=gettext_lazy("Empty: no limit of its own. The most valuable calls come first, the others wait."),
    )
    goal_en = forms.CharField(label=gettext_lazy("Goal in English"), max_length=200, required=False)
    goal_ru = forms.CharField(label=gettext_lazy("Goal in Russian"), max_length=200, required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, store: Dealership, user: User, is_announcement: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        self.is_announcement = is_announcement
        segments = Segment.objects.for_user(user).filter(Q(dealership=store) | Q(dealership=None))
        self.fields["segment"].queryset = segments.filter(archived_at=None)  # type: ignore[attr-defined]
        if is_announcement:
            del self.fields["kinds"]
            self.fields["starts_on"].label = gettext_lazy("Its day")
            self.fields["starts_on"].help_text = gettext_lazy("Empty: the day it is started.")
        else:
            choices = [(code, kind_label(code)) for code in KINDS if code != ANNOUNCEMENT]
            self.fields["kinds"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        first, verdict = said.get("starts_on"), said.get("verdict_on")
        if first and verdict and verdict <= first:
            self.add_error("verdict_on", _("The verdict comes after the first day."))
        if not self.is_announcement and not said.get("kinds"):
            self.add_error("kinds", _("Choose at least one."))
        return said


class StepForm(forms.Form):
    """One step: channel, delay, and its words in both languages."""

    channel = forms.ChoiceField(label=gettext_lazy("Channel"), choices=Channel.choices)
    delay_days = forms.IntegerField(label=gettext_lazy("Days after the step before"), min_value=0, max_value=365)
    subject_en = forms.CharField(label=gettext_lazy("English subject"), max_length=150, required=False)
    subject_ru = forms.CharField(label=gettext_lazy("Russian subject"), max_length=150, required=False)
    text_en = forms.CharField(label=gettext_lazy("English text"), widget=forms.Textarea(attrs={"rows": 6}))
    text_ru = forms.CharField(label=gettext_lazy("Russian text"), widget=forms.Textarea(attrs={"rows": 6}))

    @property
    def is_email(self) -> bool:
        return str(self["channel"].value()) == Channel.EMAIL

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        for name in ("subject_en", "subject_ru"):
            if said.get("channel") == Channel.EMAIL and not said.get(name):
                self.add_error(name, _("A letter needs a subject in both languages."))
        for name in ("subject_en", "subject_ru", "text_en", "text_ru"):
            if strangers := unknown_places(said.get(name) or ""):
                self.add_error(name, sentence(Why("campaign.unknown_place", {"places": sorted(strangers)}).as_json()))
        return said


class Editor:
    """What stands in the form: the campaign and its steps in the making."""

    def __init__(self, form: CampaignForm, steps: Sequence[StepForm], added: int | None = None) -> None:
        self.form, self.steps, self.added = form, list(steps), added
        self.errors: list[str] = []

    @classmethod
    def of_draft(cls, draft: Draft, seen: int, store: Dealership, user: User) -> Editor:
        is_announcement = ANNOUNCEMENT in draft.kinds
        initial = {**draft._asdict(), "holdout": round(draft.holdout_share * 100), "seen": seen}
        form = CampaignForm(initial=initial, store=store, user=user, is_announcement=is_announcement)
        return cls(form, [_step(number, initial=step._asdict()) for number, step in enumerate(draft.steps)])

    @classmethod
    def of_post(cls, typed: QueryDict, store: Dealership, user: User, *, is_announcement: bool) -> Editor:
        """What was typed; a step added, taken out or moved where that button was pressed."""
        deed, _dash, target = typed.get("do", "").partition("-")
        rows = [_typed(typed, n) for n in range(MOST_STEPS) if f"step-{n}-channel" in typed]
        number = int(target) if target.isdecimal() and len(target) < 3 else -1
        added = None
        if deed == "add" and target in Channel.values and len(rows) < MOST_STEPS:
            rows.append({"channel": target, "delay_days": "3" if rows else "0"})
            added = len(rows) - 1
        elif deed == "remove" and 0 <= number < len(rows):
            del rows[number]
        elif deed in {"up", "down"} and 0 <= number < len(rows):
            other = max(0, min(len(rows) - 1, number + (1 if deed == "down" else -1)))
            rows[number], rows[other] = rows[other], rows[number]
        is_saved = deed == "save"
        said: dict[str, Any] = {"data": typed} if is_saved else {"initial": _initial(typed)}
        form = CampaignForm(**said, store=store, user=user, is_announcement=is_announcement)
        steps = [
            _step(n, data={f"step-{n}-{name}": value for name, value in row.items()}) if is_saved
            else _step(n, initial=row)
            for n, row in enumerate(rows)
        ]  # fmt: skip
        return cls(form, steps, added)

    def draft(self) -> Draft | None:
        """What may be saved; None where something is to be mended, and the mistakes stand at their fields."""
        are_valid = [part.is_valid() for part in (self.form, *self.steps)]
        said = self.form.cleaned_data
        kinds = (ANNOUNCEMENT,) if self.form.is_announcement else tuple(said.get("kinds", ()))
        channels = {str(step["channel"].value()) for step in self.steps}
        if not self.steps:
            self.errors.append(_("A campaign needs at least one step."))
        if kinds and Channel.CALL in channels and all(KINDS[kind].is_message_only for kind in kinds):
            self.errors.append(_("Greetings are messages, never calls: take the call out."))
        if self.errors or not all(are_valid):
            return None
        return Draft(
            name_en=said["name_en"],
            name_ru=said["name_ru"],
            kinds=kinds,
            steps=tuple(StepDraft(**step.cleaned_data) for step in self.steps),
            segment=said["segment"],
            goal_en=said["goal_en"],
            goal_ru=said["goal_ru"],
            rank=said["rank"],
            starts_on=said["starts_on"],
            verdict_on=said["verdict_on"],
            holdout_share=said["holdout"] / 100,
            minutes_a_day=said["minutes_a_day"],
        )


def _step(number: int, **said: Any) -> StepForm:
    return StepForm(prefix=f"step-{number}", **said)


def _typed(typed: QueryDict, number: int) -> dict[str, str]:
    return {name: typed.get(f"step-{number}-{name}", "") for name in StepForm.base_fields}


def _initial(typed: QueryDict) -> dict[str, Any]:
    """What was typed, shown again as it was; nobody asked yet whether it is right."""
    return {**typed.dict(), "kinds": typed.getlist("kinds")}
