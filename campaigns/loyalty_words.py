"""What the loyalty programme brings, in words that need no statistics."""

from __future__ import annotations

from django.utils.translation import gettext as _

from campaigns.loyalty import Effect
from campaigns.result_words import need_more, of_hundred_by
from campaigns.rules.verdicts import EARNS, LOSES, Result
from dealercrm.accounts.templatetags.dealercrm import day, number


def effect_sentence(effect: Effect, horizon_days: int) -> str:
    """The verdict first, then what it rests on; or how far the measurement is."""
    result = effect.result
    if result is None:
        if not effect.drawn:
            return _("Nobody has been drawn yet: that happens with the first visit that earns.")
        return _("%(drawn)s customers are drawn; none of them has had %(days)s days yet.") % {
            "drawn": number(effect.drawn),
            "days": horizon_days,
        }
    if result.is_alarm:
        return _("The groups are not split as the draw meant: these figures show nothing. Tell support.")
    if not result.held.size:
        return _("Nobody is held out, so nothing can be measured.")
    if result.verdict == EARNS:
        return " ".join([_("It earns."), members_of_hundred(result)])
    if result.verdict == LOSES:
        return " ".join([_("It costs more than it brings."), members_of_hundred(result)])
    return " ".join(said for said in (need_more(result) or _("Not enough data."), members_of_hundred(result)) if said)


def members_of_hundred(result: Result) -> str:
    """ "Of 100 members 3 come only because of the programme (between 1 and 5)"; empty where groups are too small."""
    return of_hundred_by(
        result,
        _("Of 100 members %(value)s come only because of the programme (between %(low)s and %(high)s)."),
        _("Of 100 members %(value)s fewer come than without the programme (between %(low)s and %(high)s)."),
    )


def as_of_sentence(effect: Effect) -> str:
    return _("As of %(on)s, of %(complete)s of %(drawn)s drawn customers; the next figures follow in a month.") % {
        "on": day(effect.as_of),
        "complete": number(effect.complete),
        "drawn": number(effect.drawn),
    }
