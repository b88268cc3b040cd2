"""A campaign as one readable sentence, and its steps as a picture: what happens when, and what ends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns.models import Campaign, CampaignStep, Outcome
from campaigns.rules.cadence import GOES_ON
from campaigns.rules.outcomes import EFFECTS
from customers.models import Channel
from dealercrm.accounts.templatetags.dealercrm import day, percent
from lifecycle.sentences import kind_label

ICONS: Mapping[str, str] = {
    Channel.CALL: "phone",
    Channel.EMAIL: "mail",
    Channel.SMS: "message-square",
    Channel.MESSENGER: "send",
}
# How the fields of a campaign are called in its journal.
FIELDS: Mapping[str, Promise] = {
    "name_en": gettext_lazy("English name"),
    "name_ru": gettext_lazy("Russian name"),
    "kinds": gettext_lazy("Reasons to talk"),
    "segment": gettext_lazy("Segment"),
    "goal_en": gettext_lazy("Goal in English"),
    "goal_ru": gettext_lazy("Goal in Russian"),
    "rank": gettext_lazy("Rank"),
    "starts_on": gettext_lazy("First day"),
    "verdict_on": gettext_lazy("Day of the verdict"),
    "holdout_share": gettext_lazy("Held out"),
    "minutes_a_day": gettext_lazy("Minutes a day"),
    "steps": gettext_lazy("Steps"),
    "subject_en": gettext_lazy("English subject"),
    "subject_ru": gettext_lazy("Russian subject"),
    "text_en": gettext_lazy("English text"),
    "text_ru": gettext_lazy("Russian text"),
}


class Drawn(NamedTuple):
    """One step of the picture; `goes_on` and `ends` are the results of a call after which the next step follows, or
    none does."""

    step: CampaignStep
    icon: str
    channel: str
    when: str
    goes_on: list[str]
    ends: list[str]
    is_last: bool


def drawn(campaign: Campaign, steps: Sequence[CampaignStep]) -> list[Drawn]:
    """The steps in their order, each with what follows it."""
    last = steps[-1].position if steps else 0
    return [
        Drawn(
            step,
            ICONS.get(step.channel, "send"),
            str(Channel(step.channel).label),
            when_of(step.channel, step.delay_days, is_first=not number, is_announcement=campaign.is_announcement),
            [str(Outcome(code).label) for code in EFFECTS if code in GOES_ON] if step.channel == Channel.CALL else [],
            [str(Outcome(code).label) for code, effect in EFFECTS.items() if not effect.then]
            if step.channel == Channel.CALL
            else [],
            step.position == last,
        )
        for number, step in enumerate(steps)
    ]


def when_of(channel: str, delay: int, *, is_first: bool, is_announcement: bool = False) -> str:
    """When a step is taken: a letter may open the window of an occasion, a call waits for its due day."""
    if is_first and is_announcement:
        return _("on its day")
    if is_first:
        return _("on the due day") if channel == Channel.CALL else _("when the window opens")
    if not delay:
        return _("at once")
    return ngettext("%(days)s day later", "%(days)s days later", delay) % {"days": delay}


def sentence_of(campaign: Campaign, steps: Sequence[CampaignStep]) -> str:
    """What it answers, for whom, how, and its limits: parts set side by side, so that no language declines them."""
    what = ", ".join(kind_label(kind) for kind in campaign.kinds) or _("nothing yet")
    whom = campaign.segment.name if campaign.segment else _("all owners")
    how = ", ".join(
        f"{Channel(step.channel).label} "
        + when_of(step.channel, step.delay_days, is_first=not number, is_announcement=campaign.is_announcement)
        for number, step in enumerate(steps)
    )
    limits = []
    if campaign.starts_on is not None:
        limits.append(_("from %(on)s") % {"on": day(campaign.starts_on)})
    if campaign.minutes_a_day is not None:
        limits.append(_("at most %(minutes)s minutes a day") % {"minutes": campaign.minutes_a_day})
    if campaign.holdout_share and campaign.may_hold_out:
        limits.append(_("%(share)s held out") % {"share": percent(campaign.holdout_share, 0)})
    if campaign.verdict_on is not None:
        limits.append(_("verdict on %(on)s") % {"on": day(campaign.verdict_on)})
    said = f"{what[:1].upper()}{what[1:]} · {whom}: {how or _('no step yet')}"
    return "; ".join([said, *limits]) + "."
