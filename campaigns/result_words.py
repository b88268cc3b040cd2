"""What a campaign earned, in words that need no statistics."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.measuring import Progress, Subject
from campaigns.models import CampaignVerdict
from campaigns.rules.verdicts import EARNS, LOSES, Result
from dealercrm.accounts.templatetags.dealercrm import day, money, number


def name_of(subject: Subject) -> str:
    """The campaign's name in the reader's language."""
    if subject.campaign is None:
        return _("All campaigns together")
    return subject.campaign.name


def of_hundred(result: Result) -> str:
    """ "Of 100 such customers 8 come only because we call (between 2 and 14)"; empty where groups are too small."""
    return of_hundred_by(
        result,
        _("Of 100 such customers %(value)s come only because we call (between %(low)s and %(high)s)."),
        _("Of 100 such customers %(value)s more come without contacts (between %(low)s and %(high)s)."),
    )


def of_hundred_by(result: Result, more: str, fewer: str) -> str:
    """The uplift of a hundred: in one of two sentences where it is none by chance; empty where groups are too small."""
    if result.uplift is None:
        return ""
    if result.uplift.low <= 0 <= result.uplift.high:
        value, low, high = (_points(share) for share in result.uplift)
        return _("The difference is %(value)s of 100 and may be chance (between %(low)s and %(high)s).") % {
            "value": value,
            "low": low,
            "high": high,
        }
    if result.uplift.value > 0:
        value, low, high = (_points(share) for share in result.uplift)
        return more % {"value": value, "low": low, "high": high}
    value, low, high = _points(-result.uplift.value), _points(-result.uplift.high), _points(-result.uplift.low)
    return fewer % {"value": value, "low": low, "high": high}


def call_sentence(verdict: CampaignVerdict | None, closes_on: date) -> str:
    """For the card: what such calls were measured to bring, and until when this one is of use."""
    until = _("Useful until %(on)s.") % {"on": day(closes_on)}
    if verdict is None or verdict.result.uplift is None or verdict.result.uplift.value <= 0:
        return until
    said = _("Of 100 such customers %(value)s come only because we call.")
    worth = verdict.figures.get("worth_of_call")
    if worth:
        said = _("Of 100 such customers %(value)s come only because we call, about %(worth)s a call.")
    shown = {"value": _points(verdict.result.uplift.value), "worth": money(round(worth or 0, -1), verdict.currency)}
    return " ".join([said % shown, until])


def need_more(result: Result) -> str:
    """How many more customers it takes to know; empty where the verdict is known."""
    if not result.needed:
        return ""
    return ngettext(
        "Not enough data: %(needed)s more customer is needed.",
        "Not enough data: %(needed)s more customers are needed.",
        result.needed,
    ) % {"needed": number(result.needed)}


def verdict_sentence(result: Result) -> str:
    """The verdict first, then what it rests on."""
    if result.is_alarm:
        return _("The groups are not split as the draw meant: these figures show nothing. Tell support.")
    if result.verdict == EARNS:
        return " ".join([_("It earns."), of_hundred(result)])
    if result.verdict == LOSES:
        return " ".join([_("It costs more than it brings."), of_hundred(result)])
    return need_more(result) or _("Not enough data.")


def progress_sentence(progress: Progress, today: date) -> str:
    """Before the planned day: how far it is, and not a word on who is ahead."""
    if not progress.subject.share and not progress.size:
        return _("Nobody is held out, so nothing can be measured.")
    if not progress.size:
        return _("Nobody has been eligible yet.")
    if progress.verdict_on is None:
        return _("No further verdict is planned.")
    if not progress.held:
        return _("Nobody was held out so far: by %(on)s there is nothing to compare with.") % {
            "on": day(progress.verdict_on)
        }
    return ngettext(
        "Verdict on %(on)s. %(complete)s of %(size)s customer can be counted so far.",
        "Verdict on %(on)s. %(complete)s of %(size)s customers can be counted so far.",
        progress.size,
    ) % {"on": day(progress.verdict_on), "complete": number(progress.complete), "size": number(progress.size)}


def _points(share: float) -> str:
    """A share as customers of a hundred; below ten with one decimal."""
    points = share * 100
    return number(points, 0 if abs(points) >= 10 or abs(points - round(points)) < 0.05 else 1)
