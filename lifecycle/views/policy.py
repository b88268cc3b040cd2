"""The numbers of the lifecycle, for the manager who owns them."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.functional import lazy as lazily
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from dealercrm.accounts.forms.policy import Section, Word
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role
from dealercrm.accounts.views.policy_page import policy_page
from lifecycle.models import Category, LifecyclePolicy
from lifecycle.rules.policy import LifecycleValues
from lifecycle.sentences import kind_label

label_of = lazily(kind_label, str)
# The fact that the three numbers of days are counted from.
WINDOWS = {
    "recall": gettext_noop("Days from the day the car is on the list: opens, due, closes."),
    "service_feedback": gettext_noop("Days from the visit: opens, due, closes."),
    "complaint_follow_up": gettext_noop("Days from the complaint: opens, due, closes."),
    "courtesy_call": gettext_noop("Days from the delivery: opens, due, closes."),
    "onboarding": gettext_noop("Days from each of the days below: opens, due, closes."),
    "appointment_confirmation": gettext_noop("Days from the appointment: opens, due, closes."),
    "no_show": gettext_noop("Days from the missed appointment: opens, due, closes."),
    "first_service": gettext_noop("Days from the date of the service: opens, due, closes."),
    "maintenance": gettext_noop("Days from the date of the service: opens, due, closes."),
    "component_wear": gettext_noop("Days from the date of the work: opens, due, closes."),
    "declined_work": gettext_noop("Days from the visit where it was declined: opens, due, closes."),
    "insurance_renewal": gettext_noop("Days from the end of the policy: opens, due, closes."),
    "warranty_end": gettext_noop("Days from the end of the warranty: opens, due, closes."),
    "service_contract_end": gettext_noop("Days from the end of the contract: opens, due, closes."),
    "finance_end": gettext_noop("Days from the last payment: opens, due, closes."),
    "data_check": gettext_noop("Days from the day the question arises: opens, due, closes."),
    "win_back": gettext_noop("Days from the day a customer falls asleep: opens, due, closes."),
}

SEASON = gettext_lazy("A day and a month, then the last day and month: 25, 3, 30, 4 is 25 March to 30 April.")

SECTIONS = (
    Section(
        gettext_lazy("First month and next service"),
        {
            "purchase_days": Word(
                gettext_lazy("Purchase stage, days"),
                gettext_lazy("So long after the sale a customer counts as a fresh buyer."),
                365,
            ),
            "due_soon_days": Word(
                gettext_lazy("Due soon, days before"),
                gettext_lazy("A service is called due soon this long before its date."),
                180,
            ),
            "overdue_days": Word(
                gettext_lazy("Overdue, days after"),
                gettext_lazy("A service is called overdue this long after its date."),
                365,
            ),
        },
    ),
    Section(
        gettext_lazy("When a customer slips away"),
        {
            "ratio_due": Word(
                gettext_lazy("Due, from"),
                gettext_lazy(
                    "Days since the last visit divided by this car's usual interval: 1 is exactly one interval."
                ),
                10,
            ),
            "ratio_overdue": Word(
                gettext_lazy("Overdue, from"), gettext_lazy("From this ratio we call about a missed service."), 10
            ),
            "ratio_dormant": Word(
                gettext_lazy("Dormant, from"), gettext_lazy("From this ratio the customer counts as asleep."), 10
            ),
            "ratio_lost": Word(
                gettext_lazy("Lost, from"),
                gettext_lazy("From this ratio, and after the months below, the customer is lost."),
                20,
            ),
            "lost_after_months": Word(
                gettext_lazy("Lost, months at least"),
                gettext_lazy("Nobody is lost sooner than this after the last visit."),
                240,
            ),
            "thin_ice_months": Word(
                gettext_lazy("Thin ice, months"),
                gettext_lazy("The last months before dormant are thin ice: the time to call."),
                24,
            ),
            "thin_ice_share_of_interval": Word(
                gettext_lazy("Thin ice, share of the interval"),
                gettext_lazy("Thin ice is never longer than this share of it."),
                1,
            ),
        },
    ),
    Section(
        gettext_lazy("The next car"),
        {
            "repurchase_months_corporate": Word(
                gettext_lazy("Companies, months"),
                gettext_lazy("The usual age at which a company changes its car."),
                240,
            ),
            "repurchase_months_premium": Word(
                gettext_lazy("Premium brands, months"), gettext_lazy("The usual age at which these owners change."), 240
            ),
            "repurchase_months_chinese": Word(
                gettext_lazy("Chinese brands, months"), gettext_lazy("The usual age at which these owners change."), 240
            ),
            "repurchase_months_mass": Word(
                gettext_lazy("All others, months"), gettext_lazy("The usual age at which these owners change."), 240
            ),
            "repurchase_half_width_months": Word(
                gettext_lazy("Window, months on each side"),
                gettext_lazy("The window opens this long before that age and closes this long after."),
                24,
            ),
            "repurchase_again_months": Word(
                gettext_lazy("Again after, months"),
                gettext_lazy("Nothing bought: the window opens again after this time."),
                120,
            ),
        },
    ),
    Section(
        gettext_lazy("Where nothing better is known"),
        {
            "km_per_day_prior": Word(
                gettext_lazy("Mileage, km a day"),
                gettext_lazy("Used until a car's own readings say how much it drives."),
                1000,
            ),
            "interval_km": Word(
                gettext_lazy("Service interval, km"),
                gettext_lazy("Used for models without a schedule of their own."),
                200000,
            ),
            "interval_months": Word(
                gettext_lazy("Service interval, months"),
                gettext_lazy("Used for models without a schedule of their own."),
                120,
            ),
        },
    ),
    Section(
        gettext_lazy("Greetings and seasons"),
        {
            "is_birthday_greeted": Word(
                gettext_lazy("Greet on birthdays"), gettext_lazy("A message on the day itself, never a call.")
            ),
            "is_public_holiday_greeted": Word(
                gettext_lazy("Greet on public holidays"),
                gettext_lazy("A message to every customer on each public holiday of the country, never a call."),
            ),
            "are_tyres_seasonal": Word(
                gettext_lazy("Tyres are changed twice a year"),
                gettext_lazy("Switch it off where there is no winter."),
            ),
            "tyres_spring": Word(
                gettext_lazy("Summer tyres, season"),
                gettext_lazy("First day and month, last day and month."),
                misfit=SEASON,
            ),
            "tyres_autumn": Word(
                gettext_lazy("Winter tyres, season"),
                gettext_lazy("First day and month, last day and month."),
                misfit=SEASON,
            ),
            "tyres_early_days": Word(
                gettext_lazy("Changed early, days"),
                gettext_lazy("Tyres changed so shortly before the season count as changed in it."),
                180,
            ),
        },
    ),
    Section(
        gettext_lazy("Is the car still theirs?"),
        {
            "probably_sold_line": Word(
                gettext_lazy("Ask from, points"),
                gettext_lazy("From this score on we ask first; offers and service talk for the car wait."),
                100,
            ),
            "sold_points_missed_service": Word(
                gettext_lazy("Each missed service"),
                gettext_lazy("Points for each service missed in a row, three at most."),
                100,
            ),
            "sold_points_wrong_number": Word(
                gettext_lazy("Wrong number"),
                gettext_lazy("Points where the phone turned out to be somebody else's."),
                100,
            ),
            "sold_points_other_visitor": Word(
                gettext_lazy("Another visitor"), gettext_lazy("Points where somebody else brought the car since."), 100
            ),
            "sold_points_usual_term": Word(
                gettext_lazy("Owned longer than usual"),
                gettext_lazy("Points past the usual first ownership of the make."),
                100,
            ),
            "sold_points_bounced_mail": Word(
                gettext_lazy("Mail comes back"), gettext_lazy("Points where the mail address is dead."), 100
            ),
            "data_check_odometer_days": Word(
                gettext_lazy("Mileage out of date, days"),
                gettext_lazy("A last reading older than this is asked for anew."),
                3650,
            ),
        },
        is_folded=True,
    ),
    Section(
        gettext_lazy("Health, loyalty and worth"),
        {
            "health_fall_points": Word(
                gettext_lazy("Alarm at a fall of, points"),
                gettext_lazy("Health is the chance of a visit within 12 months; compared with the end of last month."),
                100,
            ),
            "at_risk_below": Word(
                gettext_lazy("At risk below, percent"),
                gettext_lazy("Maintenance is due and the chance of a visit within 30 days is less than this."),
                100,
            ),
            "service_margin": Word(
                gettext_lazy("Margin of a service visit"),
                gettext_lazy("Share of what the customer pays, where the cost is not known."),
                1,
            ),
            "loyal_after_months": Word(
                gettext_lazy("Loyal after, months"),
                gettext_lazy("So long with us, and coming as often as due."),
                240,
            ),
            "complaint_remembered_months": Word(
                gettext_lazy("A complaint is remembered, months"),
                gettext_lazy("So long after its end the customer still counts as unhappy."),
                60,
            ),
            "answer_remembered_months": Word(
                gettext_lazy("An answer is remembered, months"),
                gettext_lazy("So long “would you recommend us?” makes an advocate or an unhappy customer."),
                120,
            ),
            "referral_remembered_months": Word(
                gettext_lazy("A recommendation is remembered, months"),
                gettext_lazy("So long after it who recommended us to somebody counts as an advocate."),
                120,
            ),
        },
    ),
    Section(
        gettext_lazy("When an occasion opens, is due and closes"),
        {
            **{f"window_{kind}": Word(label_of(kind), gettext_lazy(fact)) for kind, fact in WINDOWS.items()},
            "onboarding_days": Word(
                gettext_lazy("First contacts after the sale, on days"),
                gettext_lazy("One on each of these days after delivery."),
            ),
            "overdue_maintenance_due_days": Word(
                gettext_lazy("Missed service, days to act"),
                gettext_lazy("So long after the line to overdue the call is due."),
                90,
            ),
            "component_wear_apart_days": Word(
                gettext_lazy("Wearing parts, days apart"),
                gettext_lazy("Works due within this time are one reason to talk."),
                365,
            ),
            "declined_safety_work_days": Word(
                gettext_lazy("Declined safety works, days"),
                gettext_lazy("Brakes, steering and tyres are due so soon after “no”."),
                365,
            ),
        },
        is_folded=True,
    ),
    Section(
        gettext_lazy("Forecast of the mileage"),
        {
            "odometer_credibility_years": Word(
                gettext_lazy("Credibility, years"),
                gettext_lazy("The smaller, the sooner a car's own readings outweigh the average of its kind."),
                10,
            ),
            "odometer_between_variance": Word(
                gettext_lazy("Variance between cars"),
                gettext_lazy("How much cars of one kind differ; widens the forecast."),
                10,
            ),
            "odometer_within_variance": Word(
                gettext_lazy("Variance within a car"), gettext_lazy("How much one car differs from year to year."), 10
            ),
            "odometer_gap_days": Word(
                gettext_lazy("Readings apart, days"),
                gettext_lazy("Closer ones say nothing about how much a car drives."),
                365,
            ),
        },
        is_folded=True,
    ),
)


# Numbers of the store as a whole: seasons, greetings and mileage do not depend on who the customer is, and the
# terms of ownership stand side by side already. Every other number may differ by category.
OF_THE_STORE = ("repurchase_months_", "odometer_", "km_per_day_", "interval_", "is_", "are_", "tyres_")
CATEGORY_SECTIONS = tuple(
    Section(section.title, words, section.is_folded)
    for section in SECTIONS
    if (words := {name: word for name, word in section.words.items() if not name.startswith(OF_THE_STORE)})
)


def check(values: LifecycleValues) -> Mapping[str, str]:
    """The bands must follow one another, or a customer would skip a stage."""
    if not values.ratio_due <= values.ratio_overdue:
        return {"ratio_overdue": _("This must not be less than “due”.")}
    if not values.ratio_overdue < values.ratio_dormant:
        return {"ratio_dormant": _("This must be more than “overdue”.")}
    if not values.ratio_dormant < values.ratio_lost:
        return {"ratio_lost": _("This must be more than “dormant”.")}
    if not (values.interval_km and values.interval_months and values.km_per_day_prior):
        name = next(n for n in ("interval_km", "interval_months", "km_per_day_prior") if not getattr(values, n))
        return {name: _("This must be more than 0.")}
    return {}


@role_required(Role.MANAGER, Role.ADMINISTRATOR)
def policy(request: StoreRequest) -> HttpResponse:
    """The store's numbers, or with `?category=` what of them is different for a category of customers."""
    category = request.GET.get("category", "")
    if category and category not in Category.values:
        raise Http404
    shown = {"category": category, "categories": Category.choices}
    if not category:
        return policy_page(request, LifecyclePolicy.of, SECTIONS, "lifecycle/policy.html", "policy", check, shown)
    return policy_page(
        request,
        lambda store: LifecyclePolicy.of(store).of_category(category),
        CATEGORY_SECTIONS,
        "lifecycle/policy.html",
        f"{reverse('policy')}?{urlencode({'category': category})}",
        check,
        shown,
    )
