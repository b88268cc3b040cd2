"""How often, when and how persistently a store contacts its customers."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from campaigns.models import ContactPolicy
from campaigns.rules.dialling import is_dialling
from campaigns.rules.order import MOST_SHARE
from campaigns.rules.policy import ContactValues
from dealercrm.accounts.forms.policy import Section, Word
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role
from dealercrm.accounts.views.policy_page import policy_page

WORTH = gettext_noop("Margin of a taken offer times the share of talks that take it.")
WORTHS = {
    "worth_first_service": gettext_lazy("First service"),
    "worth_maintenance": gettext_lazy("Regular service"),
    "worth_overdue": gettext_lazy("Missed service"),
    "worth_small_work": gettext_lazy("Small works"),
    "worth_insurance": gettext_lazy("Insurance"),
    "worth_contract": gettext_lazy("Contracts"),
    "worth_repurchase": gettext_lazy("The next car"),
    "worth_win_back": gettext_lazy("Win-back"),
    "worth_courtesy": gettext_lazy("Courtesy"),
    "worth_data": gettext_lazy("Better data"),
}
LOST = gettext_noop("Margin that one customer's contacts lose in a year for want of it; shown on the card.")
LACKING = {
    "lost_without_email": gettext_lazy("No email"),
    "lost_without_mileage": gettext_lazy("No mileage of late"),
    "lost_without_birth_date": gettext_lazy("No birth date"),
    "lost_without_city": gettext_lazy("No city"),
}

SECTIONS = (
    Section(
        gettext_lazy("Contact budget"),
        {
            "marketing_touches": Word(
                gettext_lazy("Marketing contacts"),
                gettext_lazy("At most so many per customer, all channels and stores together."),
                100,
            ),
            "marketing_days": Word(
                gettext_lazy("Marketing contacts: period, days"),
                gettext_lazy("The period those contacts are counted in."),
                365,
            ),
            "marketing_calls": Word(
                gettext_lazy("Marketing calls"),
                gettext_lazy("At most so many calls per customer, out of the contacts above."),
                100,
            ),
            "marketing_call_days": Word(
                gettext_lazy("Marketing calls: period, days"),
                gettext_lazy("The period those calls are counted in."),
                365,
            ),
            "days_between_emails": Word(
                gettext_lazy("Days between emails"), gettext_lazy("No second marketing email sooner than this."), 365
            ),
            "service_calls": Word(
                gettext_lazy("Service calls"),
                gettext_lazy("At most so many calls about service, courtesy and surveys."),
                100,
            ),
            "service_call_days": Word(
                gettext_lazy("Service calls: period, days"), gettext_lazy("The period those calls are counted in."), 365
            ),
            "email_silence_after": Word(
                gettext_lazy("Emails without an answer"),
                gettext_lazy("After so many in a row we stop writing for a while."),
                100,
            ),
            "email_silence_months": Word(
                gettext_lazy("Email pause, months"), gettext_lazy("How long that pause lasts."), 60
            ),
            "silence_after_purchase_months": Word(
                gettext_lazy("Silence after a purchase, months"),
                gettext_lazy("No offer of a next car so soon after the last one."),
                60,
            ),
            "sister_store_days": Word(
                gettext_lazy("Sister store, days"),
                gettext_lazy("After another store's marketing we keep still this long."),
                90,
            ),
            "recent_work_days": Word(
                gettext_lazy("After a visit, days"),
                gettext_lazy("What was done so recently is not offered again."),
                365,
            ),
        },
    ),
    Section(
        gettext_lazy("Blasts and announcements"),
        {
            "blast_share": Word(
                gettext_lazy("Messages a day, share of the base"),
                gettext_lazy("More than this, by one campaign or in all, waits until a manager confirms it."),
                1,
            ),
            "blast_floor": Word(
                gettext_lazy("Messages a day, at least"),
                gettext_lazy("So many leave without a question, however small the base is."),
                100000,
            ),
            "announcement_days": Word(
                gettext_lazy("An announcement lasts, days"),
                gettext_lazy("So long it is tried for those who have to wait for the budget."),
                60,
            ),
        },
    ),
    Section(
        gettext_lazy("Quiet hours, in the customer's time zone"),
        {
            "quiet_until_hour": Word(
                gettext_lazy("Weekdays from, hour"), gettext_lazy("Nobody is called or written to earlier."), 24
            ),
            "quiet_from_hour": Word(
                gettext_lazy("Weekdays until, hour"), gettext_lazy("Nobody is called or written to later."), 24
            ),
            "weekend_quiet_until_hour": Word(
                gettext_lazy("Weekends from, hour"), gettext_lazy("The same on weekends."), 24
            ),
            "weekend_quiet_from_hour": Word(
                gettext_lazy("Weekends until, hour"), gettext_lazy("The same on weekends."), 24
            ),
            "are_holidays_quiet": Word(
                gettext_lazy("Public holidays are quiet"), gettext_lazy("Nobody is called or written to then.")
            ),
        },
    ),
    Section(
        gettext_lazy("The call itself"),
        {
            "lease_seconds": Word(
                gettext_lazy("A taken call stays taken, seconds"),
                gettext_lazy("Without a sign of life from the operator it goes back to the list."),
                3600,
            ),
            "dials": Word(
                gettext_lazy("Dials"), gettext_lazy("After so many without an answer the call closes as unreached."), 20
            ),
            "dial_days": Word(
                gettext_lazy("Dials: period, days"), gettext_lazy("The period those dials are counted in."), 60
            ),
            "busy_minutes": Word(
                gettext_lazy("After busy, minutes"), gettext_lazy("The next dial follows after this time."), 1440
            ),
            "thinks_days": Word(
                gettext_lazy("After “thinks about it”, days"),
                gettext_lazy("The repeat call follows after this time."),
                60,
            ),
            "callback_grace_minutes": Word(
                gettext_lazy("Promised calls, minutes late"),
                gettext_lazy("After this delay everybody may take a promised call."),
                1440,
            ),
            "call_url": Word(
                gettext_lazy("A click on a number opens"),
                gettext_lazy("{number} becomes the number with its country code, and nothing else is sent."),
                300,
            ),
        },
    ),
    Section(
        gettext_lazy("After the call"),
        {
            "refusal_days": Word(
                gettext_lazy("A refusal holds, days"),
                gettext_lazy("The topic is left alone for this car."),
                3650,
            ),
            "review_url": Word(
                gettext_lazy("Public reviews at"),
                gettext_lazy("Who gives 9 or 10 is asked to tell others there. Empty: nobody is asked."),
                300,
            ),
            "complaint_days": Word(
                gettext_lazy("Answer to a complaint, days"), gettext_lazy("By then somebody calls back."), 90
            ),
        },
    ),
    Section(
        gettext_lazy("What a contact costs and what it is worth"),
        {
            "call_cost": Word(
                gettext_lazy("One call"), gettext_lazy("In the store's currency; stored with each contact."), 100000
            ),
            "email_cost": Word(
                gettext_lazy("One email"), gettext_lazy("In the store's currency; stored with each contact."), 100000
            ),
            "sms_cost": Word(
                gettext_lazy("One SMS, a part"), gettext_lazy("A long text is sent and paid in several parts."), 100000
            ),
            "messenger_cost": Word(
                gettext_lazy("One messenger message"),
                gettext_lazy("In the store's currency; stored with each contact."),
                100000,
            ),
            "reach_share": Word(
                gettext_lazy("Reached, share of dials"), gettext_lazy("Until your own calls have been counted."), 1
            ),
            "call_minutes": Word(
                gettext_lazy("A call takes, minutes"), gettext_lazy("The order of the list is worth per minute."), 60
            ),
            "operator_minutes": Word(
                gettext_lazy("An operator calls, minutes a day"),
                gettext_lazy("Decides where the line through today's list stands; changed for a day on Today's floor."),
                1440,
            ),
            **{name: Word(label, gettext_lazy(WORTH), 1000000) for name, label in WORTHS.items()},
            **{name: Word(label, gettext_lazy(LOST), 1000000) for name, label in LACKING.items()},
            "urgency_days": Word(
                gettext_lazy("Closing soon, days"), gettext_lazy("From then on a call moves up the list."), 60
            ),
            "urgency_factor": Word(
                gettext_lazy("Closing soon, times"), gettext_lazy("By so much its worth is raised."), 20
            ),
            "ageing_bonus": Word(
                gettext_lazy("Waiting adds, share"),
                gettext_lazy("A call that waits is worth more each day, by this much on its last one."),
                5,
            ),
            "class_share": Word(
                gettext_lazy("Each class of calls, at least, share"),
                gettext_lazy("Of any part of the list from its top so many are courtesy, survey and the like."),
                1,
            ),
        },
        is_folded=True,
    ),
    Section(
        gettext_lazy("Measuring"),
        {
            "global_holdout_share": Word(
                gettext_lazy("Contacted by no campaign, share"),
                gettext_lazy("A control group that shows what all campaigns earn together."),
                1,
            ),
            "horizon_days": Word(
                gettext_lazy("A visit counts, days"),
                gettext_lazy("Who comes so long after being drawn has come because of the campaign, or anyway."),
                365,
            ),
            "enrolment_days": Word(
                gettext_lazy("Customers are drawn, days"),
                gettext_lazy("The verdict follows when the last of them had their days; a campaign may plan its own."),
                730,
            ),
            "least_effect": Word(
                gettext_lazy("Least effect worth having, share"),
                gettext_lazy("0.02: two more of a hundred customers. Decides how many it takes to know."),
                1,
            ),
            "random_share": Word(
                gettext_lazy("Calls placed by chance, share"),
                gettext_lazy("So few calls stand anywhere on the list, to learn what a call brings further down."),
                1,
            ),
        },
    ),
    Section(
        gettext_lazy("Credit for booked visits"),
        {
            "credit_days": Word(
                gettext_lazy("A visit counts, days from the booked one"),
                gettext_lazy("So much earlier or later it is credited to who booked it and to the advisor."),
                60,
            ),
            "credit_points": Word(
                gettext_lazy("A credited visit, points"), gettext_lazy("To the operator who booked it."), 10000
            ),
            "praise_points": Word(
                gettext_lazy("A good review, points"),
                gettext_lazy("9 or 10 of 10, or more than three stars, after such a visit."),
                10000,
            ),
            "credit_close_days": Word(
                gettext_lazy("A month stays open, days"),
                gettext_lazy("What is found out later falls into the sheet of the present month."),
                28,
            ),
        },
    ),
    Section(
        gettext_lazy("The workshop's day"),
        {
            "opening_hour": Word(gettext_lazy("Opens, hour"), gettext_lazy("First appointment of the day."), 24),
            "closing_hour": Word(gettext_lazy("Closes, hour"), gettext_lazy("No appointment ends later."), 24),
            "slot_minutes": Word(
                gettext_lazy("A visit takes, minutes"), gettext_lazy("The step between free times."), 480
            ),
            "cars_at_once": Word(
                gettext_lazy("Cars at once"), gettext_lazy("How many appointments may begin at one time."), 200
            ),
        },
    ),
)


def check(values: ContactValues) -> Mapping[str, str]:
    """A day must have an hour in which somebody may be called."""
    late = _("This must be later than the hour before it.")
    if values.quiet_from_hour <= values.quiet_until_hour:
        return {"quiet_from_hour": late}
    if values.weekend_quiet_from_hour <= values.weekend_quiet_until_hour:
        return {"weekend_quiet_from_hour": late}
    if values.closing_hour <= values.opening_hour:
        return {"closing_hour": late}
    for name in ("slot_minutes", "cars_at_once", "call_minutes"):
        if not getattr(values, name):
            return {name: _("This must be more than 0.")}
    for name in ("horizon_days", "least_effect"):
        if not getattr(values, name):
            return {name: _("This must be more than 0.")}
    if values.global_holdout_share > 0.5:
        return {"global_holdout_share": _("At most half may be left alone.")}
    if values.class_share > MOST_SHARE:
        return {"class_share": _("There are five classes: at most 0.2 for each.")}
    if values.lease_seconds < 30:
        return {"lease_seconds": _("Less than 30 seconds would take calls from people who are reading them.")}
    if values.review_url and not values.review_url.startswith("https://"):
        return {"review_url": _("An address that begins with https:// is needed.")}
    if not is_dialling(values.call_url):
        return {"call_url": _("An address is needed that names {number} once, as tel:{number} does.")}
    return {}


@role_required(Role.MANAGER, Role.ADMINISTRATOR)
def policy(request: StoreRequest) -> HttpResponse:
    return policy_page(request, ContactPolicy.of, SECTIONS, "campaigns/policy.html", "contact-policy", check)
