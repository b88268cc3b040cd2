"""What the rules about cars and imports say, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from dealercrm.sentences import Sentence


def _cars_joined(params: Mapping[str, Any]) -> str:
    number = int(params["number"])
    return ngettext(
        "Both cards had one car after the other: it becomes one ownership (%(number)s car).",
        "Both cards had one car after the other: it becomes one ownership (%(number)s cars).",
        number,
    ) % {"number": number}


def _too_few_points(params: Mapping[str, Any]) -> str:
    balance = int(params["balance"])
    return ngettext(
        "There is only %(balance)s point, so %(points)s cannot go.",
        "There are only %(balance)s points, so %(points)s cannot go.",
        balance,
    ) % {"balance": balance, "points": params["points"]}


SENTENCES: Mapping[str, Sentence] = {
    "import.empty": _("Nothing stands here, and the row cannot be taken without it."),
    "import.too_long": _("More than %(most)s characters."),
    "import.repeated": _("The same key stands again further down; the later row was taken."),
    "import.repeated_on_line": _("The same key stands again on line %(line)s; that row was taken."),
    "merge.cars_joined": _cars_joined,
    "import.customer_erased": _("This customer asked to be erased; delete them in the source too."),
    "import.unknown_customer": _("No customer with the code %(code)s is known."),
    "import.unknown_vehicle": _("No car with the VIN %(vin)s is known."),
    "import.not_their_car": _("This customer does not own a car with the VIN %(vin)s."),
    "import.unknown_order": _("No such repair order is known."),
    "import.not_stored": _(
        "The database does not take this row: something in it is too long, too large or contradicts another row."
    ),
    "import.order_rejected": _("The repair order of this line was rejected."),
    "import.future_date": _("The date %(on)s lies in the future."),
    "import.bad_date": _("%(text)s is not a date."),
    "import.bad_number": _("%(text)s is not a number."),
    "import.bad_year": _("%(year)s cannot be a year of manufacture."),
    "import.bad_vin": _("%(text)s cannot be a VIN."),
    "import.odd_vin": _("The VIN does not have 17 characters; taken as a chassis number."),
    "import.unknown_code": _("The profile does not say what “%(text)s” means."),
    "import.ends_before_start": _("It ends on %(on)s, before it starts."),
    "import.cells": _("The row has %(cells)s cells, the header has %(columns)s."),
    "import.bad_encoding": _("There are bytes here that the encoding does not have."),
    "import.line_unreadable": _("A line of this order cannot be read; an order and its lines are taken together."),
    "import.no_files": _("There is no CSV or XLSX file in it."),
    "import.too_many_files": _("There are more than %(most)s files in it."),
    "import.zip_bomb": _("The zip would unpack to an implausible size."),
    "import.zip_password": _("The zip is protected by a password."),
    "import.zip_damaged": _("The zip is damaged."),
    "import.broken_csv": _("%(file)s cannot be read beyond line %(line)s."),
    "import.no_profile": _("Choose an import profile."),
    "import.bad_profile": _("The import profile cannot be used: %(problem)s"),
    "import.too_large": _("Reading was ended: it took more time or memory than an export honestly needs."),
    "import.unreadable": _("The files cannot be read (%(kind)s)."),
    "import.nothing_recognised": _("No file has the columns of this profile."),
    "import.unknown_header": _("No kind of file of the profile has these columns."),
    "import.empty_file": _("The file is empty."),
    "import.another_runs": _("Another import of this store is running; start this one when it has ended."),
    "import.interrupted": _("The import was interrupted; what was taken before stays taken."),
    "import.failed": _("The import stopped at an error (%(kind)s); what was taken before stays taken."),
    "loyalty.off": _("The loyalty programme of this store is switched off."),
    "loyalty.too_few": _too_few_points,
    "loyalty.code_used": _("The code %(code)s has been used for something else."),
    "recall.no_vin": _("The line has no VIN."),
    "recall.short_vin": _("A VIN has 17 characters, this one has %(number)s."),
    "price.unknown_work": _("There is no work group %(code)s."),
    "price.unknown_make": _("There is no make %(name)s."),
    "price.unknown_model": _("This make has no model %(name)s."),
    "price.bad_header": _("The first line must name the columns: %(columns)s."),
    "price.impossible": _("%(amount)s is no price."),
    "odometer.dropped": _("%(km)s km is less than the %(last_km)s km of %(last_on)s."),
    "odometer.too_fast": _("%(km)s km would be %(a_day)s km a day since %(last_on)s."),
    "odometer.unlikely": _("%(km)s km is far from the %(expected)s km to be expected."),
    "odometer.above_later": _("%(km)s km is more than the %(later_km)s km of %(later_on)s, which later ones confirm."),
}
