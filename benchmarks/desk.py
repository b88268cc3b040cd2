"""The call workspace under load, over HTTP against gunicorn with two workers: claim, card, outcome, caller, list.

    DATABASE_URL=postgres://... python -m benchmarks.desk [--customers 100000] [--tasks 20000] [--keep] [--recompute]

Makes the database of DATABASE_URL with `_desk` added to its name (`--keep` uses the one of the last run), fills it
(benchmarks/desk_base.py), starts gunicorn with the settings of production, and asks as many operators do. Says beside
each time what a request costs the processors, web and database apart: steadier where others work on the machine.
`--recompute` measures once more while every car of every store is judged anew.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gzip
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
PORT = 8916
TOKEN = "a" * 32
TICKS = os.sysconf("SC_CLK_TCK")


class Reply(NamedTuple):
    status: int
    headers: str
    body: bytes
    seconds: float


class Browser:
    """One kept connection of a signed-in operator; as little work as HTTP allows, for the load shares the machine."""

    def __init__(self, session: str = "", extra: str = "") -> None:
        self.session, self.extra = session, extra
        self.turn = asyncio.Lock()  # an open loop may come back to a connection that still waits
        self.reader: asyncio.StreamReader | None = None

    async def ask(self, method: str, path: str, body: str = "", session: str = "") -> Reply:
        started = time.perf_counter()
        async with self.turn:
            return await self._ask(method, path, body, session or self.session, started)

    async def _ask(self, method: str, path: str, body: str, session: str, started: float) -> Reply:
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionid={session}; csrftoken={TOKEN}\r\n"
            f"X-CSRFToken: {TOKEN}\r\nContent-Type: application/x-www-form-urlencoded\r\n{self.extra}"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        for _ in range(2):  # a connection that the server has let go is opened again
            if self.reader is None:
                self.reader, self.writer = await asyncio.open_connection("127.0.0.1", PORT)
            try:
                self.writer.write(head.encode())
                headers = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                break
            except (asyncio.IncompleteReadError, ConnectionError):
                self.reader = None
        else:
            raise ConnectionError(path)
        assert self.reader is not None
        length = int(re.search(r"(?i)content-length: (\d+)", headers)[1])  # type: ignore[index]
        content = await self.reader.readexactly(length)
        if "connection: close" in headers.lower():
            self.writer.close()
            self.reader = None
        return Reply(int(headers[9:12]), headers, content, time.perf_counter() - started)


class Measured(NamedTuple):
    replies: list[Reply]
    wall: float
    web: float  # processor seconds of the workers
    database: float


class Machine:
    """gunicorn and the database's processes that work for it, with the processor seconds they have used."""

    def __init__(self, gunicorn: subprocess.Popen[bytes]) -> None:
        self.gunicorn = gunicorn

    def web(self) -> float:
        children = subprocess.run(
            ["pgrep", "-P", str(self.gunicorn.pid)], capture_output=True, text=True, check=False
        ).stdout.split()
        return sum(_processor(int(pid)) for pid in children)

    def database(self) -> float:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
            return sum(_processor(pid) for (pid,) in cursor.fetchall())


def _processor(pid: int) -> float:
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS
    return 0.0


async def at_a_pace(asks: Sequence[Callable[..., Any]], a_second: float) -> list[Reply]:
    """An open loop: each is asked at its time, whether or not the one before was answered."""
    started = time.perf_counter()

    async def one(number: int, ask: Callable[[], Any]) -> Reply:
        wait = started + number / a_second - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        reply: Reply = await ask()
        return reply

    return await asyncio.gather(*(one(number, ask) for number, ask in enumerate(asks)))


async def as_fast_as_it_goes(asks: Sequence[Callable[..., Any]], at_once: int) -> list[Reply]:
    """A closed loop: so many people, each asking as soon as the last answer is there."""
    waiting, replies = iter(asks), []

    async def person() -> None:
        for ask in waiting:
            replies.append(await ask())

    await asyncio.gather(*(person() for _ in range(at_once)))
    return replies


class Desk:
    def __init__(self, machine: Machine, sessions: list[tuple[int, str]], customers: int, seconds: int) -> None:
        self.machine, self.customers, self.seconds = machine, customers, seconds
        self.loop = asyncio.new_event_loop()
        self.fresh = iter(sessions)
        self.browsers = [Browser(next(self.fresh)[1]) for _ in range(20)]
        self.pool = [Browser() for _ in range(200)]
        self.base = 0.0

    def measure(
        self, what: str, target: str, asks: Sequence[Callable[..., Any]], pace: float, *, good: set[int]
    ) -> Measured:
        web, database, started = self.machine.web(), self.machine.database(), time.perf_counter()
        run = as_fast_as_it_goes(asks, int(-pace)) if pace < 0 else at_a_pace(asks, pace)
        replies = self.loop.run_until_complete(run)
        wall = time.perf_counter() - started
        found = Measured(replies, wall, self.machine.web() - web, self.machine.database() - database)
        wrong = [reply for reply in replies if reply.status not in good]
        times = sorted(reply.seconds * 1000 for reply in replies)
        cuts = quantiles(times, n=100)
        print(
            f"{what:34} {len(replies):6,} {len(replies) / wall:7.0f}/s  p50 {median(times):7.1f}  p95 {cuts[94]:7.1f}"
            f"  p99 {cuts[98]:7.1f} ms  CPU web {found.web / len(replies) * 1000:5.1f} + db"
            f" {found.database / len(replies) * 1000:5.1f} ms  load {os.getloadavg()[0]:4.1f}  target {target}"
            + (f"  WRONG {len(wrong)}: {wrong[0].status} {wrong[0].body[:120]!r}" if wrong else ""),
            flush=True,
        )
        return found

    def run(self, note: str = "") -> None:
        """Everything once. Claims are made by people who hold no call, so that each takes a new one."""
        number = self.seconds * 50
        quick, anna = self.browsers[0], self.browsers[1]
        self.measure(
            f"{note}a view that does nothing", "-", [lambda: quick.ask("GET", "/nothing/")] * 300, -1, good={200}
        )
        phone = lambda n: f"/customers/?phone=%2B7912{n * 7919 % self.customers + 1:07d}"  # noqa: E731
        asks = [lambda n=n: anna.ask("GET", phone(n)) for n in range(300)]
        self.measure(f"{note}caller by phone, one at a time", "p50 3 ms, 10x nothing", asks, -1, good={302})
        claims = self._claims(number)
        found = self.measure(f"{note}claim, 50 a second", "p99 50 ms", claims, 50, good={302})
        taken = self._taken(found.replies)
        cards = [lambda pk=pk, who=who: who.ask("GET", f"/tasks/{pk}/") for pk, who in taken]
        found = self.measure(f"{note}card, 20 a second", "p95 100 ms", cards[: self.seconds * 20], 20, good={200})
        print(f"{'':34} {_told_of_cards(found.replies)}")
        answers = [
            lambda pk=pk, who=who, n=n: who.ask("POST", f"/tasks/{pk}/result/", f"epoch=1&answer={ANSWERS[n % 3]}")
            for n, (pk, who) in enumerate(taken)
        ]
        self.measure(f"{note}outcome, 20 a second", "p95 100 ms", answers[: self.seconds * 20], 20, good={302})
        lists = [lambda: anna.ask("GET", "/today/")] * 40
        self.measure(f"{note}the list, 4 a second", "-", lists, 4, good={200})
        claims = self._claims(1500)
        self.measure(f"{note}claim, 200 operators at once", "1,500/s, p99 250 ms", claims, -200, good={302})

    def _claims(self, number: int) -> list[Callable[[], Any]]:
        def claim(n: int, session: str) -> Callable[[], Any]:
            async def ask() -> Reply:
                browser = self.idle.pop() if self.idle else Browser()
                reply = await browser.ask("POST", "/tasks/claims/", "", session)
                self.idle.append(browser)
                return reply._replace(headers=f"{reply.headers}X-Session: {session}\r\n")

            return ask

        self.idle = self.pool[:]
        return [claim(n, next(self.fresh)[1]) for n in range(number)]

    def _taken(self, replies: list[Reply]) -> list[tuple[int, Browser]]:
        """(call, its operator's browser) of every claim that gave one; twenty browsers share the connections."""
        taken = []
        for n, reply in enumerate(replies):
            place = re.search(r"Location: /tasks/(\d+)/", reply.headers)
            session = re.search(r"X-Session: (\d+)", reply.headers)
            if place and session:
                taken.append((int(place[1]), _Shared(self.pool[n % len(self.pool)], session[1])))
        return taken  # type: ignore[return-value]


class _Shared:
    """A connection of the pool, used in the name of one operator."""

    def __init__(self, browser: Browser, session: str) -> None:
        self.browser, self.session = browser, session

    async def ask(self, method: str, path: str, body: str = "") -> Reply:
        return await self.browser.ask(method, path, body, self.session)


ANSWERS = ("no_answer", "thinks", "refused:price")


def _told_of_cards(replies: list[Reply]) -> str:
    body = replies[0].body
    return f"a card is {len(body) / 1024:.0f} KB, {len(gzip.compress(body)) / 1024:.1f} KB as gzip"


def first_load(session: str) -> None:
    """What a browser that knows nothing yet fetches for the list: the page, its styles and scripts, compressed."""
    loop = asyncio.new_event_loop()
    browser = Browser(session, "Accept-Encoding: gzip\r\n")
    page = loop.run_until_complete(browser.ask("GET", "/today/"))
    is_gzip = "gzip" in page.headers.lower()
    text = (gzip.decompress(page.body) if is_gzip else page.body).decode()
    sizes = {"page": len(page.headers) + len(page.body)}
    for address in sorted(set(re.findall(r'(?:src|href)="(/static/[^"]+\.(?:js|css))"', text))):
        reply = loop.run_until_complete(browser.ask("GET", address))
        sizes[address.rpartition("/")[2]] = len(reply.headers) + len(reply.body)
    told = ", ".join(f"{name} {size / 1024:.1f}" for name, size in sizes.items())
    print(f"{'first load of the list, gzip':34} {sum(sizes.values()) / 1024:.1f} KB of 60: {told}")


@contextlib.contextmanager
def gunicorn(workers: int, threads: int) -> Iterator[subprocess.Popen[bytes]]:
    options = ["--workers", str(workers), "--threads", str(threads), "--keep-alive", "60", "--log-level", "error"]
    command = [sys.executable, "-m", "gunicorn", "benchmarks.desk_app", "--bind", f"127.0.0.1:{PORT}", *options]
    process = subprocess.Popen([*command, "--no-control-socket"], cwd=ROOT)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError, ConnectionError):
                asyncio.run(Browser().ask("GET", "/nothing/"))
                break
            time.sleep(0.2)
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()


def prepare(*, is_kept: bool) -> None:
    """The database of this benchmark, and settings as in production."""
    server, _, name = os.environ["DATABASE_URL"].rpartition("/")
    var = os.environ.setdefault("DEALERCRM_VAR", tempfile.mkdtemp(prefix="desk-"))
    os.environ |= {
        "DATABASE_URL": f"{server}/{name}_desk", "SECRET_KEY": "bench" * 12, "ALLOWED_HOSTS": "127.0.0.1",
        "HTTPS": "0", "STATIC_ROOT": f"{var}/static-desk", "DJANGO_SETTINGS_MODULE": "dealercrm.settings",
        "LOG_LEVEL": "WARNING",
    }  # fmt: skip
    if not is_kept:
        import psycopg

        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}_desk" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}_desk"')
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.desk", description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--tasks", type=int, default=20_000)
    parser.add_argument("--stores", type=int, default=4)
    parser.add_argument("--seconds", type=int, default=10, help="how long calls are claimed at 50 a second")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--keep", action="store_true", help="use the base of the last run")
    parser.add_argument("--recompute", action="store_true", help="measure again while everybody is judged anew")
    given = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    prepare(is_kept=given.keep)
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    from benchmarks import desk_base
    from campaigns.models import ContactTask
    from dealercrm.accounts.models import User

    started = time.perf_counter()
    if not given.keep:
        desk_base.fill(given.customers, given.tasks, stores=given.stores, now=timezone.now())
    Session.objects.all().delete()
    ContactTask.objects.filter(claimed_by__isnull=False, status="claimed").update(
        status="open", claimed_by=None, lease_until=None, epoch=0
    )
    for user in User.objects.filter(username__startswith="operator"):  # answers name them, so they stay
        User.objects.filter(pk=user.pk).update(username=f"gone{user.pk}")
    sessions = desk_base.operators((given.seconds * 50 + 1500) * (2 if given.recompute else 1) + 40)
    print(f"{given.customers:,} customers, {ContactTask.objects.open().count():,} open calls at {given.stores} stores,"
          f" filled in {time.perf_counter() - started:.0f} s; gunicorn {given.workers} x {given.threads}")  # fmt: skip
    with gunicorn(given.workers, given.threads) as process:
        desk = Desk(Machine(process), sessions, given.customers, given.seconds)
        desk.run()
        first_load(sessions[1][1])
        if given.recompute:
            command = [sys.executable, "manage.py", "run_lifecycle", "--full"]
            night = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
            time.sleep(5)
            desk.run("recompute: ")
            print("the recompute was " + ("still running" if night.poll() is None else "OVER before the end"))
            night.terminate()
            night.wait()


if __name__ == "__main__":
    main()
