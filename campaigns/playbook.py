"""Which campaign answers an occasion at a store: the first by rank that runs, has begun, and whose segment it is in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from campaigns.measuring import measured_worths
from campaigns.models import Campaign, CampaignStep
from campaigns.models.campaign import ANNOUNCEMENT
from campaigns.ready_made import install
from campaigns.rules.cadence import BEGUN, Step, Tried
from campaigns.rules.facts import is_free
from customers.models import Channel
from dealercrm.accounts.models import Dealership
from lifecycle.models import Occasion, Segment

Members = Mapping[int, frozenset[int]]  # segment -> ownerships of it
History = list[tuple[int, Tried]]  # (step, task as the cadence sees it), oldest first


class Run(NamedTuple):
    """How an occasion is answered: the cadence, what of it was tried, and by which campaign (0: one that has begun)."""

    steps: list[Step]
    tried: list[Tried]
    campaign_id: int


_NO_RUN = Run([], [], 0)


@dataclass(frozen=True, slots=True)
class Playbook:
    """The store's campaigns of a day in rank order, with the steps of every version that still runs somewhere."""

    answering: dict[str, list[Campaign]]  # what it answers -> campaigns by rank
    alive: frozenset[str]  # codes of campaigns that were not stopped
    steps: dict[int, list[Step]]  # campaign id -> cadence
    rows: dict[int, CampaignStep]
    campaigns: dict[int, Campaign]
    as_if_started: Campaign | None = None
    measured: Mapping[str, float] = field(default_factory=dict)  # kind -> what a call about it was measured to bring

    @classmethod
    def load(cls, dealership: Dealership, today: date, *, as_if_started: Campaign | None = None) -> Playbook:
        """Three queries; a store without a campaign gets the ready-made ones first.

        `as_if_started` asks how the day would be if a manager had started this version.
        """
        campaigns = _all(dealership)
        if not campaigns:
            install(dealership)
            campaigns = _all(dealership)
        if as_if_started is not None:  # its reader may have given it a day that is not saved
            campaigns = [as_if_started if one.pk == as_if_started.pk else one for one in campaigns]
        campaigns_by_pk = {campaign.pk: campaign for campaign in campaigns}
        rows = list(CampaignStep.objects.filter(campaign__in=campaigns).order_by("campaign_id", "position"))
        steps: dict[int, list[Step]] = {}
        for row in rows:
            steps.setdefault(row.campaign_id, []).append(Step(row.pk, row.position, row.channel, row.delay_days))
        answering = _answering(campaigns, today, as_if_started)
        alive = {campaign.code for campaign in campaigns if campaign.is_active}
        alive |= {campaign.code for ones in answering.values() for campaign in ones}
        return cls(
            answering,
            frozenset(alive),
            steps,
            {row.pk: row for row in rows},
            campaigns_by_pk,
            as_if_started,
            measured_worths(dealership),
        )

    def on(self, day: date) -> Playbook:
        """The same campaigns on another day: some have begun by then."""
        return replace(self, answering=_answering(self.campaigns.values(), day, self.as_if_started))

    @property
    def current(self) -> list[Campaign]:
        """The versions that answer something today, each once, by rank."""
        return list({one.pk: one for ones in self.answering.values() for one in ones}.values())

    def campaign_of(self, step_id: int) -> Campaign:
        return self.campaigns[self.rows[step_id].campaign_id]

    def is_rationed(self, step_id: int, kind: str, purpose: str, channel: str) -> bool:
        """A call of a campaign that has only so many minutes a day; safety and confirmations are never rationed."""
        if channel != Channel.CALL or is_free(kind, purpose):
            return False
        return self.campaign_of(step_id).minutes_a_day is not None

    def members_among(self, occasions: Iterable[Occasion], dealership: Dealership, today: date) -> Members:
        """Of these occasions, whose cars are in which segment that a campaign asks for. One query a segment."""
        cars: dict[int, set[int]] = {}
        segments: dict[int, Segment] = {}
        for occasion in occasions:
            for campaign in self.answering.get(answered(occasion.kind, occasion.cycle), ()):
                if campaign.segment is not None:
                    segments[campaign.segment.pk] = campaign.segment
                    cars.setdefault(campaign.segment.pk, set()).add(occasion.ownership_id)
        return {
            pk: frozenset(
                segment.members([dealership], today).filter(pk__among=cars[pk]).values_list("pk", flat=True)
                if segment.is_readable
                else ()
            )
            for pk, segment in segments.items()
        }

    def campaign_for(self, occasion: Occasion, members: Members) -> Campaign | None:
        """Who answers an occasion that nobody has begun to answer."""
        for campaign in self.answering.get(answered(occasion.kind, occasion.cycle), ()):
            if campaign.segment_id is None or occasion.ownership_id in members.get(campaign.segment_id, ()):
                return campaign
        return None

    def run_of(self, occasion: Occasion, history: History, members: Members) -> Run:
        """The cadence of an occasion and what of it was tried.

        A run in flight finishes on its version, unless the campaign was stopped; whatever was only planned and
        taken off again is assigned afresh, to the version of this moment.
        """
        begun = [step_id for step_id, task in history if task.status in BEGUN]
        campaign: Campaign | None
        if begun:
            campaign = self.campaign_of(begun[-1])
            if campaign.code not in self.alive:
                return _NO_RUN
        else:
            campaign = self.campaign_for(occasion, members)
        if campaign is None:
            return _NO_RUN
        steps = self.steps.get(campaign.pk, [])
        own = {step.id for step in steps}
        return Run(steps, [task for step_id, task in history if step_id in own], 0 if begun else campaign.pk)


def answered(kind: str, cycle: str) -> str:
    """What a campaign answers: a kind of occasion; an announcement only its own (its cycle is the campaign's code)."""
    return f"{ANNOUNCEMENT}:{cycle}" if kind == ANNOUNCEMENT else kind


def _all(dealership: Dealership) -> list[Campaign]:
    rows = Campaign.objects.filter(dealership=dealership).select_related("segment", "dealership")
    return list(rows.order_by("rank", "code", "-version"))


def _answering(campaigns: Iterable[Campaign], today: date, as_if_started: Campaign | None) -> dict[str, list[Campaign]]:
    answering: dict[str, list[Campaign]] = {}
    for campaign in _current(campaigns, today, as_if_started):
        for kind in campaign.kinds:
            answering.setdefault(answered(kind, campaign.code), []).append(campaign)
    return answering


def _current(campaigns: Iterable[Campaign], today: date, as_if_started: Campaign | None) -> list[Campaign]:
    """Of each code the newest version that was started and whose first day has come, by rank."""
    newest: dict[str, Campaign] = {}
    for campaign in campaigns:
        is_active = campaign.is_active
        if as_if_started is not None and campaign.code == as_if_started.code:
            is_active = campaign.pk == as_if_started.pk or (is_active and campaign.version < as_if_started.version)
        known = newest.get(campaign.code)
        if is_active and campaign.has_begun(today) and (known is None or known.version < campaign.version):
            newest[campaign.code] = campaign
    return sorted(newest.values(), key=lambda one: (one.rank, one.code))
