"""The demo's answers after a visit, recalls with their lists, and the test drives of people who own nothing yet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from dealercrm.demo.rows import Table
from dealercrm.demo.world.making import World
from dealercrm.demo.world.records import Answer
from vehicles.models import Appointment, Complaint, Feedback, Make, RecallCampaign, RecallVehicle
from vehicles.models.feedback import DETRACTOR_TO
from vehicles.recalling import take_list
from vehicles.rules.catalogue import make_key

if TYPE_CHECKING:
    from dealercrm.demo.writing import Written

Progress = Callable[[str, int], None]
SOLVED_WITHIN = timedelta(days=6)


def write_answers(world: World, written: Written, *, progress: Progress) -> None:
    """Answers; a low one opened a complaint, solved within days unless it is quite new."""
    low = [answer for answer in world.answers if answer.score <= DETRACTOR_TO]
    complaints = Table(
        Complaint, "customer", "ownership", "dealership", "opened_at", "text", "source", "due_on", "resolved_at",
        "solution",
    ).write(_complaint(one, world, written) for one in low)  # fmt: skip
    opened = dict(zip((answer.visit for answer in low), complaints, strict=True))
    table = Table(
        Feedback, "customer", "ownership", "dealership", "order", "at", "score", "comment", "channel", "by", "complaint"
    )
    rows = table.write(
        (
            written.customers[visit.customer], written.ownerships[visit.spell], written.stores[visit.store].pk,
            written.orders[one.visit], written.at(visit.store, one.at), one.score, one.comment, one.channel,
            written.operators[one.by].pk, opened.get(one.visit),
        )
        for one in world.answers
        for visit in (world.visits[one.visit],)
    )  # fmt: skip
    progress("answers after a visit", len(rows))


def _complaint(one: Answer, world: World, written: Written) -> tuple[object, ...]:
    visit = world.visits[one.visit]
    is_old = one.at.date() + SOLVED_WITHIN < world.today - timedelta(days=2)
    return (
        written.customers[visit.customer],
        written.ownerships[visit.spell],
        written.stores[visit.store].pk,
        written.at(visit.store, one.at),
        one.comment,
        "nps",
        one.at.date() + timedelta(days=1),
        written.at(visit.store, one.at + SOLVED_WITHIN) if is_old else None,
        "позвонили, извинились" if is_old else "",
    )


def write_recalls(world: World, written: Written, *, progress: Progress) -> None:
    """The lists go through the product's own door, with its account of every line."""
    for one in world.recalls:
        recall = RecallCampaign.objects.create(
            dealership=written.stores[one.store],
            code=one.code,
            title=one.title,
            make=Make.objects.filter(key=make_key(one.brand)).first(),
            works=list(one.works),
            published_on=one.published_on,
        )
        lines = [(1, ["VIN"]), *((line, [vin]) for line, vin in enumerate(one.vins, start=2))]
        lines += [(len(lines) + 1, [one.vins[0][:-1]]), (len(lines) + 2, ["итого"])]
        take_list(recall, lines, name=f"{one.code}.xlsx", on=one.published_on + timedelta(days=2))
        for vin, done_on in one.done.items():
            RecallVehicle.objects.filter(campaign=recall, vin=vin).update(
                done_on=min(done_on, world.today), done_by=written.operators[0]
            )
    progress("cars of recalls", sum(len(one.vins) for one in world.recalls))


def write_drives(world: World, written: Written) -> None:
    Table(Appointment, "dealership", "customer", "purpose", "starts_at", "minutes", "status").write(
        (
            written.stores[one.store].pk, written.customers[one.customer], "test_drive",
            written.at(one.store, one.starts_at), 60, one.status,
        )
        for one in world.drives
    )  # fmt: skip
