"""The words of this room: labels of the kinds, and the reasons of stages and occasions as sentences."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from dealercrm.sentences import Sentence, shown
from vehicles.models import WorkGroup

KIND_LABELS: dict[str, Promise] = {
    "recall": _("recall"),
    "complaint_follow_up": _("complaint: call back"),
    "courtesy_call": _("courtesy call"),
    "onboarding": _("getting to know the car"),
    "service_feedback": _("how was the service?"),
    "appointment_confirmation": _("confirm the appointment"),
    "no_show": _("did not come"),
    "first_service": _("first service"),
    "maintenance": _("maintenance"),
    "overdue_maintenance": _("overdue maintenance"),
    "component_wear": _("worn parts"),
    "declined_work": _("declined work"),
    "seasonal_tyres": _("seasonal tyres"),
    "insurance_renewal": _("insurance renewal"),
    "warranty_end": _("end of warranty"),
    "service_contract_end": _("end of service contract"),
    "finance_end": _("end of finance contract"),
    "repurchase": _("next car"),
    "win_back": _("win-back"),
    "birthday": _("birthday"),
    "public_holiday": _("public holiday"),
    "data_check": _("check the data"),
    "announcement": _("announcement"),
    "inbound_message": _("answer to a message"),
    "visit_booked": _("visit booked on the web"),
}


def kind_label(code: str) -> str:
    """A kind of occasion in the reader's language; an unknown code is shown as it is."""
    return str(KIND_LABELS.get(code, code))


class _WorkGroupNames:
    """Names of work groups by code, read at most once a minute and process: a list of sentences costs no queries."""

    def __init__(self) -> None:
        self._names: dict[str, tuple[str, str]] = {}
        self._read_at = float("-inf")

    def __call__(self, code: str) -> str:
        if code not in self._names or time.monotonic() - self._read_at > 60:
            self._names = {
                code: (english, russian)
                for code, english, russian in WorkGroup.objects.values_list("code", "name_en", "name_ru")
            }
            self._read_at = time.monotonic()
        english, russian = self._names.get(code, (code, code))
        return russian if (get_language() or "").startswith("ru") else english


work_group_name = _WorkGroupNames()


def inside(name: str) -> str:
    """A name as it stands inside a sentence: "Плановое ТО" as "плановое ТО", "ABS check" as it is."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def _due(by_date: Promise, by_km: Promise) -> Sentence:
    """A due date, with the km where they are known."""

    def template(params: Mapping[str, Any]) -> str:
        words = by_km if params.get("due_km") else by_date
        return str(words) % {name: shown(value) for name, value in params.items()}

    return template


def _about_works(words: Promise) -> Sentence:
    def template(params: Mapping[str, Any]) -> str:
        named = {name: shown(value) for name, value in params.items()}
        return str(words) % (named | {"group": work_group_name(str(params.get("group", "")))})

    return template


def _declined(params: Mapping[str, Any]) -> str:
    words = gettext("Recommended on %(on)s and declined: %(group)s.")
    if params.get("is_safety"):
        words = gettext("Recommended on %(on)s and declined: %(group)s; this concerns safety.")
    return words % {"group": inside(work_group_name(str(params.get("group", "")))), "on": shown(params.get("on"))}


def _insurance(params: Mapping[str, Any]) -> str:
    named = {name: shown(value) for name, value in params.items()}
    if params.get("product"):
        return gettext("The insurance policy %(product)s ends on %(ends_on)s.") % named
    return gettext("The insurance policy ends on %(ends_on)s.") % named


_DUE = _due(
    _("The next maintenance is due on %(due_on)s; last here on %(last_on)s."),
    _("The next maintenance is due on %(due_on)s, at about %(due_km)s km; last here on %(last_on)s."),
)
_OVERDUE = _due(
    _("Maintenance has been due since %(due_on)s; last here on %(last_on)s."),
    _("Maintenance has been due since %(due_on)s (about %(due_km)s km); last here on %(last_on)s."),
)
_FIRST = _due(
    _("The first service is due on %(due_on)s."),
    _("The first service is due on %(due_on)s, at about %(due_km)s km."),
)
_FIRST_OVERDUE = _due(
    _("The first service has been due since %(due_on)s."),
    _("The first service has been due since %(due_on)s (about %(due_km)s km)."),
)
_MAINTENANCE = _due(
    _("Maintenance due on %(due_on)s; last done on %(last_on)s."),
    _("Maintenance due on %(due_on)s, at about %(due_km)s km; last done on %(last_on)s."),
)
_FIRST_SERVICE = _due(
    _("First service due on %(due_on)s."),
    _("First service due on %(due_on)s, at about %(due_km)s km."),
)


def _greeting(params: Mapping[str, Any]) -> str:
    name = params.get("name_ru" if (get_language() or "").startswith("ru") else "name_en", "")
    return gettext("%(name)s, on %(on)s.") % {"name": name, "on": shown(params.get("on"))}


_SILENT = _("Not here since %(last_on)s; this car is usually due every %(interval_days)s days.")
_WINDOW = _(
    "Owned since %(bought_on)s; customers of this kind change their car between %(opens_on)s and %(closes_on)s."
)

SENTENCES: dict[str, Sentence] = {
    "stage.none.gone": _("The customer was merged or erased."),
    "stage.none.not_yet": _("Owned only from %(on)s."),
    "stage.none.elsewhere": _("Bought elsewhere and never visited."),
    "stage.ended.traded_in": _("Traded in on %(on)s."),
    "stage.ended.sold": _("Sold on %(on)s."),
    "stage.ended.written_off": _("Written off on %(on)s."),
    "stage.ended.moved_away": _("Moved away on %(on)s."),
    "stage.purchase.delivered": _("Delivered on %(on)s."),
    "stage.purchase.courtesy_call_due": _("Delivered on %(on)s; nobody has asked yet how the car is."),
    "stage.purchase.onboarding": _("Delivered on %(on)s; getting to know the car."),
    "stage.first_service.waiting": _FIRST,
    "stage.first_service.due_soon": _FIRST,
    "stage.first_service.due": _FIRST_OVERDUE,
    "stage.first_service.overdue": _FIRST_OVERDUE,
    "stage.first_service.booked": _("Booked for %(on)s."),
    "stage.retention.on_schedule": _DUE,
    "stage.retention.due_soon": _DUE,
    "stage.retention.due": _OVERDUE,
    "stage.retention.overdue": _OVERDUE,
    "stage.retention.booked": _("Booked for %(on)s; last here on %(last_on)s."),
    "stage.retention.thin_ice": _(
        "Not here since %(last_on)s, maintenance due since %(due_on)s; without a visit the car falls asleep on"
        " %(dormant_on)s."
    ),
    "stage.repeat_purchase.window_open": _WINDOW,
    "stage.repeat_purchase.offer_made": _("The next car was spoken of on %(on)s; the window closes on %(closes_on)s."),
    "stage.repeat_purchase.deciding": _("Has been thinking about the next car since %(on)s."),
    "stage.repeat_purchase.test_drive_booked": _("A test drive is booked for %(on)s."),
    "stage.dormant.quiet": _SILENT,
    "stage.dormant.win_back": _("Not here since %(last_on)s; asked back on %(on)s."),
    "stage.dormant.blocked_by_complaint": _("Not here since %(last_on)s; a complaint has been open since %(on)s."),
    "stage.lost.silent": _SILENT,
    "stage.lost.refused": _("Not here since %(last_on)s; refused on %(on)s to be spoken to about it."),
    "occasion.recall": _("Recall %(code)s: %(title)s. The work is free and has not been done."),
    "occasion.service_feedback": _("Was here on %(on)s: ask how it was, 0 to 10."),
    "occasion.none.no_recall": _("No recall lists this car."),
    "occasion.served.recall": _("The recall was done on %(on)s."),
    "occasion.served.answered": _("Answered on %(on)s: %(score)s of 10."),
    "occasion.closed.newer_visit": _("There was another visit on %(on)s: that one is asked about."),
    "occasion.complaint_follow_up": _("Complained on %(on)s and waits for an answer."),
    "occasion.courtesy_call": _("Took delivery on %(on)s: say thanks, ask how the car is, offer the service contract."),
    "occasion.onboarding": _("Has had the car for %(days)s days."),
    "occasion.appointment_confirmation": _("Is booked for %(on)s: does the time still suit?"),
    "occasion.no_show": _("Was expected on %(on)s and did not come."),
    "occasion.first_service": _FIRST_SERVICE,
    "occasion.maintenance": _MAINTENANCE,
    "occasion.overdue_maintenance": _("Not here since %(on)s; this car is usually due every %(days)s days."),
    "occasion.overdue_maintenance.never": _("Bought on %(on)s and has not been here for service since."),
    "occasion.component_wear": _about_works(_("%(group)s: due on %(due_on)s, counted from %(last_on)s.")),
    "occasion.declined_work": _declined,
    "occasion.insurance_renewal": _insurance,
    "occasion.warranty_end": _("The warranty ends on %(ends_on)s."),
    "occasion.service_contract_end": _("The service contract ends on %(ends_on)s."),
    "occasion.finance_end": _("The finance contract ends on %(ends_on)s."),
    "occasion.repurchase": _("Customers of this kind change their car between %(opens_on)s and %(closes_on)s."),
    "occasion.win_back": _("Not here since %(on)s; this car is usually due every %(days)s days."),
    "occasion.birthday": _("Has a birthday on %(on)s."),
    "occasion.public_holiday": _greeting,
    "occasion.seasonal_tyres.spring": _("Summer tyres: the season is from %(opens_on)s to %(closes_on)s."),
    "occasion.seasonal_tyres.autumn": _("Winter tyres: the season is from %(opens_on)s to %(closes_on)s."),
    "occasion.data_check.owner": _(
        "Probably sold: %(points)s of 100. The last sign that it is still theirs was on %(on)s: ask."
    ),
    "occasion.data_check.contact": _("Since %(on)s no phone and no address reaches the customer."),
    "occasion.data_check.odometer": _("The mileage has not been known since %(on)s: ask."),
    "occasion.none.never_here": _("Never serviced here."),
    "occasion.none.not_bought_here": _("Not bought from us."),
    "occasion.none.done_elsewhere": _("Done elsewhere on %(on)s."),
    "occasion.none.first_service_first": _("The first service comes first."),
    "occasion.none.with_maintenance": _("No work falls due apart from a maintenance."),
    "occasion.none.nothing_declined": _("Nothing was declined."),
    "occasion.none.no_insurance": _("No insurance policy is known."),
    "occasion.none.no_service_contract": _("No service contract is known."),
    "occasion.none.no_finance": _("No finance contract is known."),
    "occasion.none.no_warranty": _("No warranty is known."),
    "occasion.none.no_appointment": _("Nothing is booked."),
    "occasion.none.no_missed_appointment": _("No appointment was missed."),
    "occasion.none.no_complaint": _("There is no complaint."),
    "occasion.none.no_birth_date": _("The birth date is not known."),
    "occasion.none.switched_off": _("The policy of the store has this switched off."),
    "occasion.none.other_car": _("Another car of the customer stands for this."),
    "occasion.none.asleep_by_then": _("By %(on)s the customer will be asleep, unless they come before."),
    "occasion.none.no_holiday": _("No public holiday of the country is known."),
    "occasion.none.nothing_to_check": _("Nothing is to be checked."),
    "occasion.none.probably_sold": _(
        "Probably sold (%(points)s of 100): first ask whether the car is still theirs; no sign of it since %(on)s."
    ),
    "occasion.none.ended": _("The ownership has ended."),
    "occasion.none.no_stage": _("Not a customer of ours."),
    "occasion.none.not_ruled": _("No rule opens this yet."),
    "occasion.served.visit": _("Served by the visit on %(on)s."),
    "occasion.served.elsewhere": _("Done elsewhere on %(on)s."),
    "occasion.served.work": _about_works(_("%(group)s was done on %(on)s.")),
    "occasion.served.talked": _("Spoken with on %(on)s."),
    "occasion.served.renewed": _("Renewed until %(until)s."),
    "occasion.served.bought": _("Bought another car on %(on)s."),
    "occasion.served.confirmed": _("The appointment is confirmed."),
    "occasion.served.booked_again": _("Booked again for %(on)s."),
    "occasion.served.resolved": _("Resolved on %(on)s."),
    "occasion.served.contact": _("The customer can be reached again."),
    "occasion.served.reading": _("The odometer was read on %(on)s."),
    "occasion.served.still_owns": _("Still theirs on %(on)s."),
    "sold.missed_service": _("Missed service no. %(number)s, since %(on)s."),
    "sold.wrong_number": _("The phone is somebody else's since %(on)s."),
    "sold.other_visitor": _("Somebody else brought the car on %(on)s."),
    "sold.usual_term": _("Owned longer than usual: %(months)s months."),
    "sold.bounced_mail": _("Mail comes back since %(on)s."),
    "occasion.state.open": _("Open until %(on)s."),
    "occasion.closed.expired": _("The window closed on %(on)s."),
    "occasion.closed.moved": _("Not yet: opens on %(on)s."),
    "occasion.closed.gone": _("The fact that opened it is gone."),
}
