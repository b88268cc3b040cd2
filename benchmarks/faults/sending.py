"""Senders that are killed anywhere, and customers who say no at the same moment: 2,000 deaths, 10,000 races.

    python -m benchmarks.faults smtp [--kills 2000]      a sender process against a mail server with its own ledger
    python -m benchmarks.faults races [--races 10000]    one-click opt-outs against senders

A death is a SIGKILL at a random Python call or at a random moment of the sender's life. After each, a person does
what the page of messages asks: looks every unknown letter up in the server's ledger and says what was found.
"""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import Client
from django.urls import reverse

from benchmarks.faults.killing import Death, live
from benchmarks.faults.restoring import Snapshot
from benchmarks.faults.sink import accepted
from campaigns import sending
from campaigns.models import OutboxMessage
from campaigns.unsubscribing import opt_out_token
from tests.campaigns.building import customer_with_occasion, plan
from tests.factories import make_dealership, moment
from vehicles.models import Touch

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 3, 16)
LETTERS = 6  # of one base; a life rarely lasts for all of them
TROUBLE = 0.08
SENT_OR_REFUSED = {"sent", "failed"}


def build(number: int) -> None:
    """So many letters about an insurance, due at nine this morning."""
    store = make_dealership("north")
    occasion = {"opens_on": TODAY, "due_on": TODAY + timedelta(days=15)}
    for index in range(number):
        address = f"a{index}@inbox.test"
        customer_with_occasion(store, "insurance_renewal", today=TODAY, email=address, occasion=occasion)
    plan(store, moment(TODAY, 8))


# --- Deaths ------------------------------------------------------------------------------------------


def try_kills(kills: int, seed: int) -> dict[str, Any]:
    """So many deaths of a sender, round by round until every letter has come to its end; then the two controls."""
    started = time.perf_counter()
    call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=True)
    build(LETTERS)
    before, chance = Snapshot(), random.Random(seed)
    with mail_server(seed) as ledger:
        found = _rounds(before, ledger, kills, chance)
        few = max(kills // 20, 12)
        with mock.patch.object(sending, "give_up_lost", queue_again):
            blind = _until("doubled", before, ledger, few, chance)
        with mock.patch.object(sending, "_hand_over", mark_first):
            hasty = _until("marked_not_sent", before, ledger, few, chance)
    before.drop()
    return {
        "case": "smtp",
        **found,
        "control_again_blindly": blind,
        "control_marked_before": hasty,
        "seconds": round(time.perf_counter() - started, 1),
    }


def _until(damage: str, before: Snapshot, ledger: Path, kills: int, chance: random.Random) -> dict[str, int]:
    """A control: rounds of so many kills until the damage shows. One kill in eight meets the moment that hurts,
    so a dozen may all miss it; eight dozen do not."""
    found: Counter[str] = Counter()
    for _attempt in range(8):
        found += Counter(_rounds(before, ledger, kills, chance))
        if found[damage]:
            break
    return {name: found[name] for name in ("deaths", damage)}


def queue_again(now: datetime) -> int:
    """The first protection off: what a dead sender held simply goes out again."""
    lost = OutboxMessage.objects.filter(status="sending", lease_until__lte=now)
    return lost.update(status="queued", lease_until=None)


def mark_first(message: OutboxMessage, post: Any, now: datetime) -> str:
    """The second protection off: marked as sent, then sent."""
    sending.mark_sent(message, now)
    with contextlib.suppress(Exception):
        post.send(message)
    return "sent"


@contextmanager
def mail_server(seed: int) -> Iterator[Path]:
    """The sink in a process of its own; gives its ledger."""
    ledger = Path(tempfile.mkdtemp(prefix="sink-")) / "ledger"
    command = [sys.executable, "-m", "benchmarks.faults.sink", str(ledger), "--trouble", str(TROUBLE)]
    server = subprocess.Popen([*command, "--seed", str(seed)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert server.stdout is not None
    told = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": int(server.stdout.readline()), "EMAIL_TIMEOUT": 5}
    told["EMAIL_BACKEND"] = "campaigns.channels.smtp.EmailBackend"
    stood = {name: getattr(settings, name) for name in told}
    try:
        for name, value in told.items():
            setattr(settings, name, value)
        yield ledger
    finally:
        for name, value in stood.items():
            setattr(settings, name, value)
        server.kill()
        server.wait()


def _rounds(before: Snapshot, ledger: Path, kills: int, chance: random.Random) -> dict[str, int]:
    """Rounds until so many senders have died; what became of the letters, against the server's own ledger."""
    found: Counter[str] = Counter(deaths=0, lost=0, doubled=0, marked_not_sent=0)
    calls, seconds = _whole_life(before)
    while found["deaths"] < kills:
        before.restore()
        ledger.write_text("")
        found += Counter(_one_round(ledger, chance, calls, seconds))
        found["rounds"] += 1
    for name in ("deaths", "lost", "doubled", "marked_not_sent"):
        found.setdefault(name, 0)
    return dict(found)


def _whole_life(before: Snapshot) -> tuple[int, float]:
    """Python calls and seconds of a sender that nobody kills: where a random death is drawn from."""
    before.restore()
    calls = live(lambda: _send(0), count="call").steps
    before.restore()
    started = time.perf_counter()
    live(lambda: _send(0))
    return calls, time.perf_counter() - started


def _send(life: int) -> None:
    sending.send_due(now=moment(TODAY, 9) + life * timedelta(minutes=4))


def _one_round(ledger: Path, chance: random.Random, calls: int, seconds: float) -> Counter[str]:
    found: Counter[str] = Counter()
    for life in range(160):  # by the evening every letter has come to its end
        if chance.random() < 0.5:
            death = Death("call", chance.randint(1, calls))
        else:
            death = Death("moment", chance.randint(1, int(seconds * 1_000_000)))
        found["deaths"] += live(lambda life=life: _send(life), death).was_killed  # type: ignore[misc]
        found["asked_a_person"] += _a_person_looks(ledger, life)
        if not OutboxMessage.objects.exclude(status__in=SENT_OR_REFUSED).exists():
            break
    left = accepted(ledger)
    for message in OutboxMessage.objects.select_related("task"):
        touches = Touch.objects.filter(customer=message.customer_id, outcome="sent").count()
        is_sent, times = message.status == "sent", left[message.message_id]
        found["letters"] += 1
        found["refused"] += message.status == "failed"
        found["doubled"] += times > 1 or touches > 1
        found["marked_not_sent"] += is_sent and not times
        found["lost"] += (not is_sent and message.status != "failed") or (is_sent and touches != 1)
        found["sent_not_marked"] += times > 0 and not is_sent
    return found


def _a_person_looks(ledger: Path, life: int) -> int:
    """Every unknown letter is looked up by its Message-ID: it left, or it goes out again."""
    left = accepted(ledger)
    now = moment(TODAY, 9) + life * timedelta(minutes=4)
    unknown = list(OutboxMessage.objects.filter(status="unknown").select_related("task", "dealership"))
    for message in unknown:
        has_left = bool(left[message.message_id])
        sending.decide_unknown(message, has_left=has_left, send_again=not has_left, now=now)
    return len(unknown)


# --- Races -------------------------------------------------------------------------------------------

ROUND = 500  # letters of one base


def try_races(races: int, seed: int) -> dict[str, Any]:
    """Every letter is a race between its sender and the customer's click; then a round without the protection."""
    started = time.perf_counter()
    call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=True)
    number = min(ROUND, races)
    build(number)
    before, chance = Snapshot(), random.Random(seed)
    found: Counter[str] = Counter(too_late=0)
    while found["races"] < races:
        before.restore()
        found += _race(chance)
    before.restore()
    with mock.patch.object(sending, "AT_THE_DOOR", ()):
        control = _race(chance)
    before.drop()
    found.setdefault("too_late", 0)
    return {
        "case": "races",
        **found,
        "control_without_the_gates": control["too_late"],
        "seconds": round(time.perf_counter() - started, 1),
    }


def _race(chance: random.Random) -> Counter[str]:
    """Two senders and two customers' programs walk the same letters in the same order.

    `too_late`: left although the click had been committed while the letter was still in the box.
    """
    letters = list(OutboxMessage.objects.order_by("not_before", "pk"))
    book: Counter[str] = Counter()
    adapter = SimpleNamespace(open_relay=lambda: None, send=lambda message, relay: book.update([message.message_id]))
    still_queued: set[int] = set()
    now = moment(TODAY, 11)

    def click(mine: list[OutboxMessage]) -> None:
        browser = Client(SERVER_NAME="localhost")
        for letter in mine:
            page = reverse("unsubscribe", args=[opt_out_token(letter.customer_id, letter.dealership_id)])
            assert browser.post(page).status_code == 200
            if OutboxMessage.objects.filter(pk=letter.pk, status="queued").exists():
                still_queued.add(letter.pk)

    def send() -> None:
        for _ in range(4):  # what was put off for seconds comes again
            sending.send_due(now=now, limit=len(letters), channels={"email": adapter})

    ahead = chance.randrange(len(letters) // 4 + 1)
    walks = [letters[ahead::2], letters[ahead + 1 :: 2]]
    _together([send, send, *[lambda mine=mine: click(mine) for mine in walks]])
    later = now + timedelta(minutes=1)
    sending.send_due(now=later, limit=2 * len(letters), channels={"email": adapter})
    found: Counter[str] = Counter(races=len(letters))
    for letter in OutboxMessage.objects.all():
        times = book[letter.message_id]
        found["sent"] += times > 0
        found["stopped"] += letter.status == "cancelled"
        found["clicked_in_time"] += letter.pk in still_queued
        found["too_late"] += letter.pk in still_queued and times > 0
        found["doubled"] += times > 1
        found["told_wrong"] += (times > 0) != (letter.status == "sent")
    return found


def _together(works: list[Callable[[], None]]) -> None:
    gate = threading.Barrier(len(works))
    errors: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        gate.wait()
        try:
            work()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def is_damaged(found: dict[str, Any]) -> bool:
    """Any damage, or a control without any."""
    if found["case"] == "races":
        hurt = sum(found.get(name, 0) for name in ("too_late", "doubled", "told_wrong"))
        return bool(hurt) or not found["control_without_the_gates"]
    hurt = sum(found.get(name, 0) for name in ("lost", "doubled", "marked_not_sent", "sent_not_marked"))
    controls = found["control_again_blindly"]["doubled"], found["control_marked_before"]["marked_not_sent"]
    return bool(hurt) or not all(controls)


def report(found: dict[str, Any]) -> str:
    told = ", ".join(f"{name} {value}" for name, value in found.items() if name != "case")
    return f"{found['case']:9} {told}"


TRIALS: dict[str, Callable[[int, int], dict[str, Any]]] = {"smtp": try_kills, "races": try_races}
FULL = {"smtp": 2_000, "races": 10_000}
