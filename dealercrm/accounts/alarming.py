"""A night that is late or has failed is told to people, not only shown: in the log at error level, and by email.

Told once per store, job, date and reason, by a unique row: a doubled sweep tells nobody twice.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.conf import settings
from django.core.mail import send_mail
from django.utils import translation
from django.utils.translation import gettext as _

from dealercrm.accounts.health import Night, nights_of
from dealercrm.accounts.models import Dealership, NightAlarm, Role, User

logger = logging.getLogger(__name__)


def raise_alarms(now: datetime) -> list[NightAlarm]:
    """Tell what nobody was told yet, and return it. A store that never had a night is silent: it is being set up."""
    raised = []
    for night in nights_of(Dealership.objects.active(), now):
        if not night.is_loud:
            continue
        reason = night.state if night.state in {"late", "failed"} else "held back" if night.held_back else "differences"
        alarm, is_new = NightAlarm.objects.get_or_create(
            dealership=night.dealership,
            job=night.job,
            on=night.owed_on,
            reason=reason,
            defaults={"raised_at": now},
        )
        if is_new:
            raised.append(alarm)
            _tell(night, reason)
    return raised


def _tell(night: Night, reason: str) -> None:
    last = night.last_done.logical_on if night.last_done else None
    logger.error(
        "night of store %s: %s is %s; the last one done is that of %s", night.dealership.code, night.job, reason, last
    )
    for person in _told(night.dealership, Role.MANAGER if reason == "held back" else Role.ADMINISTRATOR):
        with translation.override(person.language or settings.LANGUAGE_CODE):
            try:
                send_mail(_subject(night, reason), _body(night, reason), None, [person.email])
            except Exception as error:  # whatever a relay answers: the log has the alarm, the others get theirs
                logger.error("an alarm could not be mailed: %s", type(error).__name__)


def _told(store: Dealership, role: str) -> list[User]:
    """Those who can do something about it."""
    members = User.objects.filter(is_active=True, memberships__dealership=store, memberships__role=role).exclude(
        email=""
    )
    return list(members.order_by("pk"))


def _subject(night: Night, reason: str) -> str:
    words = {
        "late": _("%(store)s: the night is late (%(job)s)"),
        "failed": _("%(store)s: the night has failed (%(job)s)"),
        "differences": _("%(store)s: the night found differences (%(job)s)"),
        "held back": _("%(store)s: contacts wait for a manager's word"),
    }
    return words[reason] % {"store": night.dealership.name, "job": night.label}


def _body(night: Night, reason: str) -> str:
    if reason == "differences":
        told = _(
            "The check that judges a part of the base again found rows that stood otherwise. They were put right;"
            " tell the makers, because a rule missed its day."
        )
    elif reason == "held back":
        told = _(
            "More customers would be contacted today than a day may have without a question. Nothing of it has left;"
            " a manager confirms it under Campaigns."
        )
    else:
        told = _("Stages and lists are older than they look until it is done.")
    return "\n\n".join([told, f"{settings.PUBLIC_URL}/health/"])
