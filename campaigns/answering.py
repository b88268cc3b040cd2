"""The card's form -> outcome and details; the recorded result -> one sentence for the operator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import CallResult, Outcome
from campaigns.rules.outcomes import EFFECTS, OFFER_DETAILS
from dealercrm.accounts.templatetags.dealercrm import day, moment

FLAGS = frozenset({"is_away", "all_cars", "all_topics"})


class BadAnswer(ValueError):
    """Nothing was chosen, or something that does not exist."""

    field = "answer"


def read_answer(posted: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """(outcome, details) of a posted card.

    A button says `answer=booked` and the fields of its box follow; a button with a ready choice says
    both at once: `answer=callback:2026-03-16T15:00`.
    """
    outcome, _colon, choice = str(posted.get("answer", "")).partition(":")
    effect = EFFECTS.get(outcome)
    if effect is None:
        raise BadAnswer(_("Choose what the call ended with."))
    details: dict[str, Any] = {}
    for name in (*effect.needs, *effect.may_have):
        value = str(posted.get(f"{outcome}-{name}", "")).strip()
        if value:
            details[name] = True if name in FLAGS else value
    details |= _offers(posted) | _referrals(posted)
    if choice and (effect.needs or effect.may_have):
        details[(*effect.needs, *effect.may_have)[0]] = choice
    if "starts_at" in effect.needs and not details.get("starts_at"):
        raise BadAnswer(_("Choose the day and the time of the appointment."))
    if "at" in effect.needs and not details.get("at"):
        raise BadAnswer(_("Choose when to call back."))
    return outcome, details


def _offers(posted: Mapping[str, Any]) -> dict[str, list[str]]:
    """The offers that the card was showing; only numbers, whatever else a form may say."""
    given: dict[str, list[str]] = {name: getattr(posted, "getlist", lambda one: [])(name) for name in OFFER_DETAILS}
    return {name: [one for one in values if one.isdecimal()] for name, values in given.items() if any(values)}


def _referrals(posted: Mapping[str, Any]) -> dict[str, list[str]]:
    """Recommendations that were noted while this card was open."""
    noted = [one for one in getattr(posted, "getlist", lambda one: [])("referrals") if one.isdecimal()]
    return {"referrals": noted} if noted else {}


def told(result: CallResult) -> str:
    """What was recorded and what follows, for the toast: an operator should never wonder."""
    details = result.details
    if result.outcome == Outcome.BOOKED and details.get("was_at"):
        times = {"at": moment(_at(details, "starts_at")), "was": moment(_at(details, "was_at"))}
        return _("Moved to %(at)s; %(was)s is free again.") % times
    if result.outcome == Outcome.BOOKED:
        return _("Booked for %(at)s.") % {"at": moment(_at(details, "starts_at"))}
    if result.outcome == Outcome.CALLBACK:
        return _("Promised: you call back at %(at)s.") % {"at": moment(_at(details, "at"))}
    if details.get("is_unreached"):
        return ngettext(
            "Not reached after %(dials)s dial. The letter follows where there is an address.",
            "Not reached after %(dials)s dials. The letter follows where there is an address.",
            details["dials"],
        ) % {"dials": details["dials"]}
    if details.get("again_at"):
        return _("Recorded. It comes back at %(at)s.") % {"at": moment(_at(details, "again_at"))}
    if result.outcome == Outcome.REFUSED:
        until = parse_datetime(f"{details['until']}T00:00")
        return _("Recorded: nothing about this until %(until)s.") % {"until": day(until.date() if until else None)}
    if result.outcome == Outcome.DONE and details.get("score") is not None:
        said = _("Written down: %(score)s of 10.") % {"score": details["score"]}
        follows = _("A complaint is open; somebody calls back.") if details.get("complaint") else ""
        return f"{said} {follows}".strip()
    if result.outcome == Outcome.DONE and details.get("is_content"):
        return _("The complaint is settled: the customer is content.")
    if result.outcome == Outcome.NO_CALLS:
        return _("Recorded: no calls from this moment on.")
    if result.outcome == Outcome.COMPLAINT:
        return _("The complaint is open; nothing is sold to this customer until it is solved.")
    return _("Recorded: %(outcome)s.") % {"outcome": Outcome(result.outcome).label}


def _at(details: Mapping[str, Any], name: str) -> Any:
    return parse_datetime(str(details.get(name, "")))
