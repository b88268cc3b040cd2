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


def _brings_car(params: Mapping[str, Any]) -> str:
    number = int(params["number"])
    return ngettext(
        "one brings the other's car (%(number)s visit)", "one brings the other's car (%(number)s visits)", number
    ) % {"number": number}


def _withdrawal_wins(params: Mapping[str, Any]) -> str:
    from customers.models import Channel, Purpose  # models are not loaded yet when sentences are registered

    channel, purpose = params["channel"], params["purpose"]
    words = {
        "channel": str(Channel(channel).label) if channel else _("every channel"),
        "purpose": str(Purpose(purpose).label) if purpose else _("every purpose"),
    }
    return _("A withdrawal on one card stays in force: %(purpose)s, %(channel)s.") % words


def _facts_since(params: Mapping[str, Any]) -> str:
    number = int(params["number"])
    return ngettext(
        "%(number)s fact was written since the merge; it stays with the customer who was kept.",
        "%(number)s facts were written since the merge; they stay with the customer who was kept.",
        number,
    ) % {"number": number}


def _changed_since(params: Mapping[str, Any]) -> str:
    number = int(params["number"])
    return ngettext(
        "%(number)s value was changed since the merge and stays as it is now.",
        "%(number)s values were changed since the merge and stay as they are now.",
        number,
    ) % {"number": number}


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
    "source.merge": _("from the card merged here"),
    "source.api": _("from another system"),
    "contact.invalid_wrong_number": _("wrong number"),
    "contact.invalid_bounced": _("mail comes back"),
    "contact.invalid_removed_by_source": _("no longer in the DMS"),
    "contact.invalid_by_hand": _("marked as dead"),
    "referral.themselves": _("This is the customer's own number."),
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
    "duplicate.full_name": _("same name and patronymic"),
    "duplicate.name": _("same name, one patronymic missing"),
    "duplicate.near_name": _("same name but for a slip of the pen"),
    "duplicate.initials": _("same surname, initials fit"),
    "duplicate.same_birth": _("same birth date"),
    "duplicate.near_birth": _("birth dates almost the same"),
    "duplicate.same_phone": _("same phone"),
    "duplicate.same_email": _("same email"),
    "duplicate.same_car": _("same car"),
    "duplicate.same_city": _("same city"),
    "duplicate.same_inn": _("same INN"),
    "duplicate.firm_name": _("same company name"),
    "duplicate.near_firm_name": _("almost the same company name"),
    "duplicate.no_history": _("one of them never had a car or a visit"),
    "duplicate.other_middle": _("other patronymic"),
    "duplicate.other_birth": _("other birth date"),
    "duplicate.other_sex": _("other sex"),
    "duplicate.other_city": _("other city"),
    "duplicate.other_inn": _("other INN"),
    "duplicate.by_hand": _("somebody noticed"),
    "merge.one_card": _("This is one card already."),
    "merge.gone": _("One of the two was merged or erased meanwhile."),
    "merge.two_kinds": _("A person and a company are two customers."),
    "merge.stale": _("Something changed meanwhile; look at the preview again."),
    "merge.undone_already": _("This merge has been undone already."),
    "merge.erased": _("The customer was erased since; nothing can be put back."),
    "merge.merged_on": _("The customer was merged into another since; undo that merge first."),
    "merge.withdrawal_wins": _withdrawal_wins,
    "merge.facts_since": _facts_since,
    "merge.changed_since": _changed_since,
    "related.same_phone": _("same phone"),
    "related.same_email": _("same email"),
    "related.same_inn": _("same INN"),
    "related.same_host": _("email at the same company"),
    "related.brings_car": _brings_car,
    "related.same_surname": _("same surname"),
    "related.by_hand": _("somebody knows"),
}
