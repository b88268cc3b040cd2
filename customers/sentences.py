"""What the rules about customers say, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from dealercrm.sentences import Sentence


def _wrong_length(params: Mapping[str, Any]) -> str:
    count = int(params["digits"])
    return ngettext(
        "A number of %(digits)s digit cannot be dialled; write it with its area code.",
        "A number of %(digits)s digits cannot be dialled; write it with its area code.",
        count,
    ) % {"digits": count}


def _channels(params: Mapping[str, Any]) -> str:
    from customers.models import Channel  # models are not loaded yet when sentences are registered

    return ", ".join(str(Channel(channel).label) for channel in params["channels"])


def _not_by(params: Mapping[str, Any]) -> str:
    return _("Not by %(channels)s") % {"channels": _channels(params)}


def _marketing_by(params: Mapping[str, Any]) -> str:
    return _("Marketing by %(channels)s") % {"channels": _channels(params)}


SENTENCES: Mapping[str, Sentence] = {
    "consent.no_contact": _("Wants no contact"),
    "consent.no_calls": _("Does not want calls"),
    "consent.not_by": _not_by,
    "consent.no_marketing": _("No consent to marketing"),
    "consent.marketing": _("Marketing allowed"),
    "consent.marketing_by": _marketing_by,
    "source.dms": _("from the DMS"),
    "source.call": _("on the phone"),
    "source.visit": _("here in person"),
    "source.paper": _("on signed paper"),
    "source.web": _("on the website"),
    "source.email": _("by email"),
    "source.api": _("from another system"),
    "contact.invalid_wrong_number": _("wrong number"),
    "contact.invalid_bounced": _("mail comes back"),
    "contact.invalid_removed_by_source": _("no longer in the DMS"),
    "contact.invalid_by_hand": _("marked as dead"),
    "contact.phone_empty": _("There is no phone number."),
    "contact.phone_without_digits": _("There are no digits in the phone number."),
    "contact.phone_unreadable": _("This cannot be read as a phone number."),
    "contact.phone_wrong_length": _wrong_length,
    "contact.phone_of_nobody": _("No carrier uses such a number."),
    "contact.messenger_empty": _("There is no address."),
    "contact.email_empty": _("There is no email address."),
    "contact.email_without_at": _("An email address needs an @."),
    "contact.email_foreign_letters": _("The part before the @ has letters that are not Latin."),
    "contact.email_unreadable": _("This cannot be read as an email address."),
}
