"""The words of this room: why somebody is contacted or not, and what became of a call or a message."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from customers.models import Channel, Purpose
from dealercrm.accounts.templatetags.dealercrm import moment
from dealercrm.sentences import Sentence, shown
from lifecycle.sentences import kind_label, work_group_name

GATE_LABELS: dict[str, Promise] = {
    "ended": _("ended or erased"),
    "no_contact_point": _("no reachable contact"),
    "message_only": _("message only"),
    "refusal": _("refused this topic"),
    "no_consent": _("no consent"),
    "complaint": _("open complaint"),
    "recent_work": _("recent work covers it"),
    "booked": _("already booked"),
    "more_valuable": _("a more valuable reason first"),
    "contact_budget": _("contact budget"),
    "silence_after_purchase": _("silence after purchase"),
    "sister_store": _("sister store"),
    "holdout": _("control group"),
    "quiet_hours": _("quiet hours and calendar"),
    "campaign_minutes": _("minutes of the campaign"),
}


# Why a credit was refused, short enough for a table.
REFUSAL_LABELS: dict[str, Promise] = {
    "credit.no_visit": _("did not come"),
    "credit.too_early": _("came too early"),
    "credit.too_late": _("came too late"),
    "credit.other_works": _("other works"),
    "credit.other_store": _("another store"),
    "credit.other_booking": _("another call's visit"),
    "credit.booked_before": _("had booked before"),
    "credit.voided": _("order voided"),
    "credit.taken_back": _("result taken back"),
    "credit.no_drive": _("no test drive"),
    "credit.replaced": _("moved to another entry"),
}


def refusal_label(code: str) -> str:
    """Why a credit was refused, in two words; an unknown code is shown as it is."""
    return str(REFUSAL_LABELS.get(code, code))


def gate_label(code: str) -> str:
    """A gate in the reader's language; an unknown code is shown as it is."""
    return str(GATE_LABELS.get(code, code))


def _channel(code: Any) -> str:
    return str(Channel(code).label) if code in Channel.values else str(code)


def _purpose(code: Any) -> str:
    return str(Purpose(code).label) if code in Purpose.values else str(code)


def _no_contact_point(params: Mapping[str, Any]) -> str:
    if params.get("channel") == "call":
        return gettext("No phone number that works.")
    if params.get("channel") == "email":
        return gettext("No email address that works.")
    if params.get("channel") == "sms":
        return gettext("No mobile number that works.")
    return gettext("No contact for this channel: %(channel)s.") % {"channel": _channel(params.get("channel"))}


def _channel_off(params: Mapping[str, Any]) -> str:
    return gettext("This channel is not set up here: %(channel)s.") % {"channel": _channel(params.get("channel"))}


def _objected(params: Mapping[str, Any]) -> str:
    return gettext("Objected to this channel (%(channel)s) on %(on)s.") % {
        "channel": _channel(params.get("channel")),
        "on": shown(params.get("on")),
    }


def _no_consent(params: Mapping[str, Any]) -> str:
    return gettext("No consent for this purpose and channel: %(purpose)s, %(channel)s.") % {
        "purpose": _purpose(params.get("purpose")),
        "channel": _channel(params.get("channel")),
    }


def _recent_work(params: Mapping[str, Any]) -> str:
    return gettext("Done here on %(on)s: %(work)s.") % {
        "on": shown(params.get("on")),
        "work": work_group_name(str(params.get("work", ""))),
    }


def _more_valuable(params: Mapping[str, Any]) -> str:
    return gettext("Another reason of this customer goes first: %(kind)s.") % {
        "kind": kind_label(str(params.get("kind")))
    }


def _touches(params: Mapping[str, Any]) -> str:
    if params["limit"] == 0:
        return gettext("Marketing contacts are switched off by policy.")
    return ngettext(
        "%(count)s contact in %(days)s days; the budget allows %(limit)s.",
        "%(count)s contacts in %(days)s days; the budget allows %(limit)s.",
        params["count"],
    ) % {name: shown(value) for name, value in params.items()}


def _calls(params: Mapping[str, Any]) -> str:
    if params["limit"] == 0:
        return gettext("Calls of this class are switched off by policy.")
    return ngettext(
        "%(count)s call in %(days)s days; the budget allows %(limit)s.",
        "%(count)s calls in %(days)s days; the budget allows %(limit)s.",
        params["count"],
    ) % {name: shown(value) for name, value in params.items()}


def _emails(params: Mapping[str, Any]) -> str:
    return ngettext(
        "Last email on %(on)s; at least %(days)s day between emails.",
        "Last email on %(on)s; at least %(days)s days between emails.",
        params["days"],
    ) % {name: shown(value) for name, value in params.items()}


def _email_silence(params: Mapping[str, Any]) -> str:
    return ngettext(
        "%(count)s email without any reaction: silence by email.",
        "%(count)s emails without any reaction: silence by email.",
        params["count"],
    ) % {"count": shown(params["count"])}


def _tasks_taken_off(params: Mapping[str, Any]) -> str:
    number = int(params["number"])
    return ngettext(
        "%(number)s contact that both cards had ahead is planned once.",
        "%(number)s contacts that both cards had ahead are planned once.",
        number,
    ) % {"number": number}


def _assignments_set_aside(params: Mapping[str, Any]) -> str:
    number = int(params["number"])
    return ngettext(
        "%(number)s campaign contacted one card and held out the other: this customer no longer counts in its result.",
        "%(number)s campaigns contacted one card and held out the other: this customer no longer counts in their "
        "results.",
        number,
    ) % {"number": number}


def _paused(params: Mapping[str, Any]) -> str:
    """Until when, on the clock of whoever reads."""
    until = moment(datetime.fromisoformat(str(params["until"])))
    return gettext("Paused until %(until)s: %(why)s") % {"until": until, "why": params["why"]}


def _not_yet(params: Mapping[str, Any]) -> str:
    return gettext("The first contact comes on %(on)s: %(channel)s.") % {
        "on": shown(params.get("on")),
        "channel": _channel(params.get("channel")),
    }


def _office_word(params: Mapping[str, Any]) -> str:
    return gettext("“%(phrase)s” is office language; people say “%(better)s”.") % {
        "phrase": params["phrase"],
        "better": params["better"],
    }


def _announced(params: Mapping[str, Any]) -> str:
    name = params["name_ru"] if (get_language() or "").startswith("ru") else params["name_en"]
    return gettext("Announcement: %(name)s.") % {"name": name}


def _works(codes: Any) -> str:
    return ", ".join(work_group_name(str(code)) for code in codes or ()) or gettext("none")


def _credit_came(params: Mapping[str, Any]) -> str:
    if not params["days"]:
        return gettext("Came on %(on)s, as booked.") % {"on": shown(params["on"])}
    return ngettext(
        "Came on %(on)s, %(days)s day from the booked %(booked)s.",
        "Came on %(on)s, %(days)s days from the booked %(booked)s.",
        int(params["days"]),
    ) % {name: shown(value) for name, value in params.items()}


def _credit_other_works(params: Mapping[str, Any]) -> str:
    return gettext("Came on %(on)s for other works: %(works)s. Booked: %(booked)s.") % {
        "on": shown(params["on"]),
        "works": _works(params["works"]),
        "booked": _works(params["booked"]),
    }


def _credit_too_early(params: Mapping[str, Any]) -> str:
    return ngettext(
        "Came on %(on)s, %(gap)s day before the booked one; up to %(days)s count.",
        "Came on %(on)s, %(gap)s days before the booked one; up to %(days)s count.",
        int(params["gap"]),
    ) % {name: shown(value) for name, value in params.items()}


def _credit_too_late(params: Mapping[str, Any]) -> str:
    return ngettext(
        "Came on %(on)s, %(gap)s day after the booked one; up to %(days)s count.",
        "Came on %(on)s, %(gap)s days after the booked one; up to %(days)s count.",
        int(params["gap"]),
    ) % {name: shown(value) for name, value in params.items()}


def _credit_no_visit(params: Mapping[str, Any]) -> str:
    return ngettext(
        "Has not come within %(days)s day of %(booked)s.",
        "Has not come within %(days)s days of %(booked)s.",
        int(params["days"]),
    ) % {name: shown(value) for name, value in params.items()}


def _wrote(params: Mapping[str, Any]) -> str:
    return gettext("Wrote to us on %(on)s (%(channel)s) and waits for an answer.") % {
        "on": shown(params.get("on")),
        "channel": _channel(params.get("channel")),
    }


def _aged(params: Mapping[str, Any]) -> str:
    return ngettext(
        "Has waited %(waited)s of %(whole)s day: worth %(percent)s%% more than on the first.",
        "Has waited %(waited)s of %(whole)s days: worth %(percent)s%% more than on the first.",
        params["whole"],
    ) % {name: shown(value) for name, value in params.items()}


def _class_share(params: Mapping[str, Any]) -> str:
    return gettext("Stands higher than by its value: calls of its class (%(purpose)s) have a share of each day.") % {
        "purpose": _purpose(params.get("purpose"))
    }


SENTENCES: dict[str, Sentence] = {
    "place.by_chance": _("A draw put it here, to learn what such calls bring."),
    "place.class_share": _class_share,
    "place.aged": _aged,
    "occasion.inbound_message": _wrote,
    "occasion.visit_booked": _("Booked a visit on the web for %(on)s."),
    "occasion.closed.confirmed": _("The confirmation was sent."),
    "occasion.visit_changed": _("The visit was moved or called off."),
    "occasion.closed.answered": _("Somebody called back."),
    "clarity.unknown_place": _("Nobody fills %(place)s. Take a place from the list, spelled exactly so."),
    "clarity.no_way_out": _("Marketing needs a way out, and the address of this installation is not set."),
    "clarity.empty": _("There is no text in this language; the other one is sent instead."),
    "clarity.long_sentence": _("%(words)s words in one sentence; up to %(most)s are read at once."),
    "clarity.long_word": _("A word longer than %(most)s letters stops the eye."),
    "clarity.office_word": _office_word,
    "clarity.office_word_needless": _("Office language; the text says the same without it."),
    "clarity.shouting": _("Capital letters shout."),
    "clarity.exclamations": _("%(count)s exclamation marks; one is enough."),
    "clarity.no_question": _("A call without a question is a speech: end with one."),
    "clarity.no_action": _("It does not say what to do next. Ask for one thing: to answer, to call, to choose a day."),
    "clarity.many_actions": _("It asks for %(count)s things (%(actions)s); people do one."),
    "clarity.greeting_asks": _("A greeting asks for nothing."),
    "clarity.no_price": _("This reason has a price: say it with {price}."),
    "clarity.no_date": _("This reason has a date: say it with %(places)s."),
    "clarity.long_sms": _("%(characters)s characters are sent and paid as %(parts)s messages."),
    "explain.on_the_list": _("On the list."),
    "explain.no_campaign": _("No campaign answers this reason."),
    "explain.not_yet": _not_yet,
    "explain.next_night": _("The next night decides."),
    "explain.was_undecided": _("Nothing had been decided by then."),
    "gate.open": _("Nothing stands in the way."),
    "merge.tasks_taken_off": _tasks_taken_off,
    "closed.merged": _("The customer's other card had the same contact ahead."),
    "closed.erased": _("The customer was erased."),
    "message.customer_erased": _("The customer was erased."),
    "gate.erased": _("The customer was erased or merged into another."),
    "gate.ended": _("The customer has not owned this car since %(on)s."),
    "gate.no_contact_point": _no_contact_point,
    "gate.channel_off": _channel_off,
    "gate.message_only": _("This reason is a message, never a call."),
    "gate.refused_until": _("Asked not to be contacted about this until %(until)s."),
    "gate.refused_for_good": _("Asked not to be contacted about this any more."),
    "gate.objected": _objected,
    "gate.no_consent": _no_consent,
    "gate.complaint": _("A complaint is open since %(since)s: nothing is sold until it is solved."),
    "gate.recent_work": _recent_work,
    "gate.booked": _("Already booked for %(on)s."),
    "gate.more_valuable": _more_valuable,
    "gate.budget_touches": _touches,
    "gate.budget_calls": _calls,
    "gate.budget_service_calls": _calls,
    "gate.budget_emails": _emails,
    "gate.email_silence": _email_silence,
    "gate.silence_after_purchase": _("Bought a car on %(on)s: no sales offers for a while."),
    "gate.sister_store": _("Another store of the group was in touch on %(on)s."),
    "gate.held_out": _("Kept back on purpose: shows who comes without this campaign."),
    "gate.held_out_of_all": _("Kept back on purpose: shows who comes without any campaign."),
    "gate.campaign_minutes": _("The campaign's minutes of the day go to more valuable calls."),
    "campaign.announced": _announced,
    "gate.quiet_day": _("A day without calls: public holiday or quiet by policy."),
    "gate.quiet_hour": _("It is %(local)s for the customer: quiet hours."),
    "offer.off": _("This offer is not made any more."),
    "offer.not_yet": _("Valid from %(on)s."),
    "offer.over": _("It ended on %(on)s."),
    "offer.refused": _("The customer has refused this offer."),
    "offer.not_for_them": _("Not for this group of customers."),
    "offer.other_works": _("It is for other works than those that are due."),
    "offer.no_price": _("The price list has no fixed price for these works."),
    "offer.no_stock": _("The last piece is promised or gone."),
    "offer.no_slot": _("The workshop has no free time until %(until)s."),
    "offer.silence": _("Has bought a car: no sales offers until %(until)s."),
    "credit.came": _credit_came,
    "credit.drove": _("Came to the test drive of %(on)s."),
    "credit.no_drive": _("Did not come to the test drive of %(on)s."),
    "credit.open": _("Still open: a visit counts until %(until)s."),
    "credit.taken_back": _("The call's result was taken back."),
    "credit.booked_before": _("Had arranged a visit for %(on)s before this call."),
    "credit.other_booking": _("The visit of %(on)s belongs to another call, which booked a nearer day."),
    "credit.voided": _("The order of %(on)s was voided."),
    "credit.other_store": _("Came on %(on)s to another store of the group."),
    "credit.other_works": _credit_other_works,
    "credit.too_early": _credit_too_early,
    "credit.too_late": _credit_too_late,
    "credit.no_visit": _credit_no_visit,
    "credit.replaced": _("Taken back: it belongs to another visit or person; the next entry says to which."),
    "credit.promoter": _("Would recommend us after this visit: %(score)s of 10."),
    "credit.reviewed": _("Wrote about us after this visit: %(site)s, %(stars)s of 5."),
    "credit.praise_gone": _("The good word does not stand any more."),
    "undo.too_late": _("Too late to take it back: half a minute has passed, or another call was answered since."),
    "undo.built_upon": _("It cannot be taken back: it has been acted upon already, or a colleague changed it."),
    "contest.contacted": _("The customer is contacted by now: there is nothing to contest."),
    "contest.control_group": _(
        "Kept back by a draw, to see who comes without being asked. Taking out whom we know would spoil the comparison."
    ),
    "contest.open_already": _("A colleague has contested it already."),
    "claim.closed": _("This call is done or no longer on the list."),
    "claim.taken": _("%(by)s has this call in hand."),
    "claim.personal": _("%(by)s promised this call; it opens to everybody when it is overdue."),
    "claim.paused": _paused,
    "claim.busy": _("This customer is being planned or answered this second. Take the next call, or try again."),
    "merge.assignments_set_aside": _assignments_set_aside,
    "closed.answered": _("The customer has answered by the link: %(score)s of 10."),
    "closed.window_over": _("The window for this reason is over."),
    "closed.occasion_served": _("What it was about is done."),
    "closed.occasion_obsolete": _("The facts changed: the reason is gone."),
    "closed.campaign_stopped": _("The campaign was stopped."),
    "campaign.answers_nothing": _("Choose at least one reason to talk that it answers."),
    "campaign.has_no_step": _("It has no step: add a call or a message."),
    "campaign.segment_gone": _("Its segment “%(segment)s” asks for a field that is gone: mend the segment first."),
    "campaign.day_is_past": _("Its day, %(on)s, is past: choose another one."),
    "campaign.unknown_place": _("Nobody fills this place: %(places)s."),
    "closed.announcement_stopped": _("The announcement was stopped."),
    "closed.by_call": _("Settled by another call with this customer."),
    "message.task_withdrawn": _("The reason was gone before it was sent."),
    "message.failed": _("The mail server refused it for good."),
    "message.by_hand": _("Decided by a person."),
}
