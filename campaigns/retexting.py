"""Other words for a step: the next version of its campaign, running at once. What ran is never overwritten."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from campaigns.models import Campaign, CampaignStep
from campaigns.revising import draft_of, revise
from dealercrm.accounts.models import User


class DraftWaitsError(Exception):
    """A newer version of this campaign is being written; its texts are changed there, else it would start by this."""


@transaction.atomic
def retext(step: CampaignStep, words: Mapping[str, Any], *, seen: int, by: User, at: datetime) -> CampaignStep:
    """The step that says these words from now on; the same one where nothing differs.

    `seen` as in `revise`. ChangedMeanwhileError where somebody else saved since, DraftWaitsError where a newer
    version waits, NotReadyError where the campaign could not be started today.
    """
    campaign = step.campaign
    if Campaign.objects.filter(
        dealership=campaign.dealership_id, code=campaign.code, version__gt=campaign.version
    ).exists():
        raise DraftWaitsError
    draft = draft_of(campaign)
    place = list(campaign.steps.order_by("position").values_list("position", flat=True)).index(step.position)
    steps = list(draft.steps)
    steps[place] = steps[place]._replace(**words)
    following = revise(campaign, draft._replace(steps=tuple(steps)), seen=seen, by=by, at=at)
    if following.pk == campaign.pk:
        return step
    following.start(by=by, at=at)
    return following.steps.order_by("position")[place]
