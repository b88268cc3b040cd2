"""Why this call, why not that one: what was decided about each reason to talk, as it was said then."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any, NamedTuple

from campaigns.contesting import HOLDOUT
from campaigns.models import Campaign, ContactTask, Decision
from campaigns.models.decision import DecisionChange
from campaigns.ordering import why_there
from campaigns.playbook import Members, Playbook
from campaigns.rules.cadence import next_contact
from campaigns.sentences import gate_label
from customers.models import Channel
from dealercrm.accounts.models import User
from dealercrm.sentences import sentence
from dealercrm.why import Why
from lifecycle.models import Occasion
from lifecycle.sentences import kind_label
from vehicles.models import Ownership


class Verdict(NamedTuple):
    """What was said about one step of a cadence on a day: contact, not now, not at all, and why.

    `decision`: the number of the row that says it, for whoever contests it.
    """

    on: date
    channel: str
    verdict: str
    gate: str
    why: str
    eligible_on: date | None
    decision: int = 0
    is_held_out: bool = False  # kept back by the draw: not to be contested


class Contacted(NamedTuple):
    """A call or a message that was put on the list, and what became of it by the day."""

    on: date
    channel: str
    status: str
    words: str


class About(NamedTuple):
    """One reason to talk: how it stood on the day, what was decided by then, and what was done.

    `pending` says in a sentence why nothing was decided where nothing was.
    """

    occasion: Occasion
    label: str
    is_open: bool
    verdicts: list[Verdict]
    contacts: list[Contacted]
    pending: str

    @property
    def last(self) -> Verdict | None:
        """The word that counts: of the last step that was decided."""
        return self.verdicts[0] if self.verdicts else None

    def as_json(self) -> dict[str, Any]:
        occasion = self.occasion
        return {
            "occasion": occasion.pk,
            "kind": occasion.kind,
            "opens_on": occasion.opens_on.isoformat(),
            "due_on": occasion.due_on.isoformat(),
            "closes_on": occasion.closes_on.isoformat(),
            "was_open": self.is_open,
            "pending": self.pending,
            "verdicts": [
                verdict._replace(on=verdict.on.isoformat(), eligible_on=_iso(verdict.eligible_on))._asdict()  # type: ignore[arg-type]
                for verdict in self.verdicts
            ],
            "contacts": [contact._replace(on=contact.on.isoformat())._asdict() for contact in self.contacts],  # type: ignore[arg-type]
        }


def explain_contacts(ownership: Ownership, day: date, *, today: date, reader: User | None = None) -> list[About]:
    """Every reason to talk about a car that had opened by a day, open ones first. Six queries, read from journals.

    `reader`: whose eyes it is for; decisions of stores that are not theirs are left out.
    """
    rows = Occasion.objects.filter(ownership=ownership, opens_on__lte=day).select_related("dealership")
    if reader is not None:
        rows = rows.for_user(reader)
    occasions = list(rows.order_by("-due_on", "-pk"))
    ids = [row.pk for row in occasions]
    verdicts = _verdicts(ids, day)
    tasks: dict[int, list[ContactTask]] = defaultdict(list)
    for task in ContactTask.objects.filter(occasion__in=ids, planned_on__lte=day).order_by("pk"):
        tasks[task.occasion_id].append(task)
    store = ownership.home_store
    playbook = Playbook.load(store, day) if Campaign.objects.filter(dealership=store).exists() else None
    members = playbook.members_among(occasions, store, day) if playbook else {}
    found = []
    for row in occasions:
        is_open = (row.closed_on is None or row.closed_on > day) and row.closes_on >= day
        pending = ""
        if is_open and not verdicts[row.pk] and not tasks[row.pk]:
            why = _why_undecided(row, playbook, members, day) if day >= today else Why("explain.was_undecided")
            pending = sentence(why.as_json())
        contacts = [_contacted(task, row, day) for task in tasks[row.pk]]
        found.append(About(row, kind_label(row.kind), is_open, verdicts[row.pk], contacts, pending))
    return sorted(found, key=lambda about: not about.is_open)


def _verdicts(occasions: list[int], day: date) -> dict[int, list[Verdict]]:
    """{occasion: what was said by the day, the last word first}, from the journal."""
    changes = DecisionChange.objects.filter(decision__occasion__in=occasions, on__lte=day)
    said: dict[int, list[Verdict]] = defaultdict(list)
    for change in changes.select_related("decision__step").order_by("-on", "-pk"):
        decision: Decision = change.decision
        is_current = (decision.verdict, decision.gate) == (change.verdict, change.gate)
        eligible_on = decision.eligible_on if is_current else None
        verdict = Verdict(
            change.on,
            str(Channel(decision.step.channel).label),
            change.verdict,
            gate_label(change.gate) if change.gate else "",
            sentence(change.why),
            eligible_on,
            decision.pk,
            change.gate == HOLDOUT,
        )
        said[decision.occasion_id].append(verdict)
    return said


def _contacted(task: ContactTask, occasion: Occasion, day: date) -> Contacted:
    """How a task stood on the day; what happened later had not happened yet."""
    closed_on = occasion.dealership.today(task.closed_at) if task.closed_at else None
    channel = str(Channel(task.channel).label)
    if closed_on is None or closed_on > day:
        said = [Why("explain.on_the_list"), *why_there(task)]
        return Contacted(task.planned_on, channel, "open", " ".join(sentence(why.as_json()) for why in said))
    words = str(task.get_outcome_display()) if task.outcome else sentence(task.closed_why)
    return Contacted(closed_on, channel, task.status, words or str(task.get_status_display()))


def _why_undecided(occasion: Occasion, playbook: Playbook | None, members: Members, day: date) -> Why:
    if playbook is None:
        return Why("explain.next_night")
    steps = playbook.run_of(occasion, [], members).steps
    if not steps:
        return Why("explain.no_campaign")
    following = next_contact(steps, [], opens_on=occasion.opens_on, due_on=occasion.due_on)
    if following is not None and following.on > day:
        return Why("explain.not_yet", {"on": following.on, "channel": following.step.channel})
    return Why("explain.next_night")


def lines_of(about: About) -> list[str]:
    """The same as plain text, for the command."""
    row = about.occasion
    lines = [f"  {'open' if about.is_open else 'closed':8} {row.kind:26} {row.opens_on} .. {row.closes_on}"]
    lines += [
        f"           {one.on}  {one.channel}: {one.verdict} {one.gate}  {one.why}".rstrip() for one in about.verdicts
    ]
    lines += [f"           {one.on}  {one.channel}: {one.status}  {one.words}" for one in about.contacts]
    if about.pending:
        lines.append(f"           {about.pending}")
    return lines


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
