"""What a manager typed becomes a campaign: a draft is changed in place, of what ran the next version is made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.text import slugify

from campaigns.models import Campaign, CampaignChange, CampaignOffer, CampaignStep
from dealercrm.accounts.models import Dealership, User
from lifecycle.models import Segment

TEXTS = ("subject_en", "subject_ru", "text_en", "text_ru")


class StepDraft(NamedTuple):
    channel: str
    delay_days: int = 0
    subject_en: str = ""
    subject_ru: str = ""
    text_en: str = ""
    text_ru: str = ""


class Draft(NamedTuple):
    """A campaign as it stands in the form; every field is a column of `Campaign`, the steps are rows of their own."""

    name_en: str
    name_ru: str
    kinds: tuple[str, ...]
    steps: tuple[StepDraft, ...]
    segment: Segment | None = None
    goal_en: str = ""
    goal_ru: str = ""
    rank: int = 100
    starts_on: date | None = None
    verdict_on: date | None = None
    holdout_share: float = 0.1
    minutes_a_day: int | None = None

    def columns(self) -> dict[str, Any]:
        """The columns of `Campaign` with their values."""
        return {**self._asdict(), "kinds": list(self.kinds)} | {"steps": None}


class ChangedMeanwhileError(Exception):
    """Somebody else saved this campaign since the form was opened."""


def draft_of(campaign: Campaign) -> Draft:
    """A campaign as a draft, to be shown in the form or copied. One query for its steps."""
    steps = tuple(
        StepDraft(step.channel, step.delay_days, *(getattr(step, name) for name in TEXTS))
        for step in campaign.steps.order_by("position")
    )
    own = {name: getattr(campaign, name) for name in Draft._fields if name not in {"steps", "kinds"}}
    return Draft(kinds=tuple(campaign.kinds), steps=steps, **own)


def seen_of(dealership: Dealership, code: str) -> int:
    """The last change of a campaign: what a form remembers of the moment it was opened."""
    rows = CampaignChange.objects.filter(campaign__dealership=dealership, campaign__code=code)
    return rows.order_by("-pk").values_list("pk", flat=True).first() or 0


@transaction.atomic
def create(dealership: Dealership, draft: Draft, *, by: User, at: datetime) -> Campaign:
    """A new campaign, not running yet. Its code is made of its English name and never changes."""
    Dealership.objects.select_for_update().get(pk=dealership.pk)  # two of the same name get two codes
    base = slugify(draft.name_en)[:32].strip("-") or "campaign"
    known = set(Campaign.objects.filter(dealership=dealership, code__startswith=base).values_list("code", flat=True))
    code = next(name for number in range(1, len(known) + 2) if (name := _numbered(base, number)) not in known)
    campaign = Campaign(dealership=dealership, code=code, is_active=False)
    _fill(campaign, draft)
    campaign.save(force_insert=True)
    _write_steps(campaign, draft.steps)
    campaign.note(CampaignChange.What.MADE, by=by, at=at)
    return campaign


@transaction.atomic
def revise(campaign: Campaign, draft: Draft, *, seen: int, by: User, at: datetime) -> Campaign:
    """The version that holds the draft from now on: this one where it never ran, else the next one, not started yet.

    `seen`: the last change that the manager knew of (`seen_of`). ChangedMeanwhileError where there was another.
    """
    versions = list(
        Campaign.objects.select_for_update()
        .filter(dealership=campaign.dealership_id, code=campaign.code)
        .order_by("version")
    )
    if seen_of(campaign.dealership, campaign.code) != seen:
        raise ChangedMeanwhileError
    before = draft_of(campaign)
    if before == draft:
        return campaign
    newest = versions[-1]
    if newest.is_frozen:
        target = Campaign(
            dealership_id=campaign.dealership_id,
            code=campaign.code,
            version=newest.version + 1,
            salt=campaign.salt,  # who is held out stays held out
            is_active=False,
        )
        _fill(target, draft)
        target.save(force_insert=True)
        carried = CampaignOffer.objects.filter(campaign=newest).current().select_related("offer").order_by("position")
        CampaignOffer.objects.set_for(target, [row.offer for row in carried], at=at)
    else:
        target = newest
        _fill(target, draft)
        target.save()
        target.steps.all().delete()
    _write_steps(target, draft.steps)
    target.note(CampaignChange.What.CHANGED, by=by, at=at, details=differences(before, draft))
    return target


def differences(before: Draft, after: Draft) -> list[dict[str, Any]]:
    """What changed, field by field, as the journal keeps it. Of texts only which step and language."""
    found: list[dict[str, Any]] = [
        {"field": name, "before": _plain(getattr(before, name)), "after": _plain(getattr(after, name))}
        for name in Draft._fields
        if name != "steps" and getattr(before, name) != getattr(after, name)
    ]
    shapes = [[[step.channel, step.delay_days] for step in draft.steps] for draft in (before, after)]
    if shapes[0] != shapes[1]:
        found.append({"field": "steps", "before": shapes[0], "after": shapes[1]})
    for position, (old, new) in enumerate(zip(before.steps, after.steps, strict=False), start=1):
        found += [{"field": name, "step": position} for name in TEXTS if getattr(old, name) != getattr(new, name)]
    return found


def _numbered(base: str, number: int) -> str:
    return base if number == 1 else f"{base}-{number}"


def _fill(campaign: Campaign, draft: Draft) -> None:
    for name, value in draft.columns().items():
        if name != "steps":
            setattr(campaign, name, value)


def _write_steps(campaign: Campaign, steps: Sequence[StepDraft]) -> None:
    CampaignStep.objects.bulk_create(
        [
            CampaignStep(campaign=campaign, position=position, **step._asdict())
            for position, step in enumerate(steps, start=1)
        ]
    )


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Segment):
        return value.name
    return list(value) if isinstance(value, tuple) else value
