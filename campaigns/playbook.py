"""Which campaign answers which kind of occasion at a store: the first active one by rank."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from campaigns.models import Campaign, CampaignStep
from campaigns.ready_made import install
from campaigns.rules.cadence import Step
from dealercrm.accounts.models import Dealership


@dataclass(frozen=True, slots=True)
class Playbook:
    """The store's campaigns in rank order with the steps of every version that still runs somewhere."""

    by_kind: dict[str, int]  # kind -> campaign id
    steps: dict[int, list[Step]]  # campaign id -> cadence
    rows: dict[int, CampaignStep]
    campaign_of_step: dict[int, int]

    @classmethod
    def load(cls, dealership: Dealership) -> Playbook:
        """Two queries; a store without a campaign gets the ready-made ones first."""
        campaigns = list(Campaign.objects.filter(dealership=dealership).order_by("rank", "code", "-version"))
        if not campaigns:
            install(dealership)
            campaigns = list(Campaign.objects.filter(dealership=dealership).order_by("rank", "code", "-version"))
        by_kind: dict[str, int] = {}
        for campaign in campaigns:
            if campaign.is_active:
                for kind in campaign.kinds:
                    by_kind.setdefault(kind, campaign.pk)
        rows = list(CampaignStep.objects.filter(campaign__in=campaigns).order_by("campaign_id", "position"))
        steps: dict[int, list[Step]] = {}
        for row in rows:
            steps.setdefault(row.campaign_id, []).append(Step(row.pk, row.position, row.channel, row.delay_days))
        return cls(by_kind, steps, {row.pk: row for row in rows}, {row.pk: row.campaign_id for row in rows})

    def cadence_for(self, kind: str, tried_steps: Iterable[int]) -> list[Step]:
        """The cadence of an occasion: a run in flight finishes on its version, else today's campaign of the kind."""
        for step_id in tried_steps:
            return self.steps[self.campaign_of_step[step_id]]
        campaign_id = self.by_kind.get(kind)
        return self.steps.get(campaign_id, []) if campaign_id is not None else []
