"""`manage.py up`: the whole product in one process, for one dealership on one machine."""

from __future__ import annotations

import errno
import fcntl
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from waitress import create_server

from dealercrm.celery import app
from dealercrm.embedded import EmbeddedJobs

PORTS_TO_TRY = 20
PATIENCE = 15.0


class Command(BaseCommand):
    help = "Web server, worker and schedule in one process; migrates first. Ctrl-C stops it cleanly."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="port to listen on; the next free one if taken")
        parser.add_argument(
            "--host", default="127.0.0.1", help="address to listen on; other machines need ALLOWED_HOSTS as well"
        )
        parser.add_argument("--threads", type=int, default=8, help="requests served at once")
        parser.add_argument(
            "--demo", type=int, metavar="VEHICLES", help="fill an empty database with a demo group of this size"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with only_one(settings.VAR_DIR / "up.lock") as lock:
                self.bring_up(lock, options)
        except AlreadyRunning as other:
            raise CommandError(f"It already runs on the data in {settings.VAR_DIR}: {other}") from None

    def bring_up(self, lock: IO[str], options: dict[str, Any]) -> None:
        call_command("compile_translations", verbosity=0)
        call_command("migrate", verbosity=0, interactive=False)
        if options["demo"]:
            call_command("seed_demo", vehicles=options["demo"], if_empty=True)
        from dealercrm.wsgi import application

        server = self.listen(application, options["host"], options["port"], options["threads"])
        address = f"http://{options['host']}:{server.effective_port}/"
        lock.write(address)
        lock.flush()
        self.serve(server, address)

    def serve(self, server: Any, address: str) -> None:
        # Threads open connections of their own; this one would only hold SQLite's file open.
        connections.close_all()
        jobs = EmbeddedJobs(app)
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, _stop)
        jobs.start()
        self.stdout.write(self.style.SUCCESS(f"DealerCRM is at {address}"))
        self.stdout.write("Jobs run inside. Ctrl-C stops everything.")
        self.stdout.flush()
        server.run()  # returns after _stop, when the requests in hand are answered
        self.stdout.write("Stopping: the task in hand may finish ...")
        if not jobs.stop(patience=PATIENCE):
            self.stdout.write("A task was cut off; the next start takes it up again.")
        if jobs.failed:
            raise CommandError("Background work ended with an error; see the log above.")
        self.stdout.write("Stopped.")

    def listen(self, application: WSGIHandler, host: str, wanted: int, threads: int) -> Any:
        """A server on `wanted`, or on the next free port with a word about it."""
        body = settings.MAX_UPLOAD_BYTES
        for port in range(wanted, wanted + PORTS_TO_TRY):
            try:
                server = create_server(
                    application, host=host, port=port, threads=threads, max_request_body_size=body, ident=None
                )
            except OSError as problem:
                if problem.errno not in {errno.EADDRINUSE, errno.EACCES}:
                    raise
                continue
            if port != wanted:
                self.stdout.write(self.style.WARNING(f"Port {wanted} is taken or not allowed; using {port}."))
            return server
        raise CommandError(
            f"No free port from {wanted} to {wanted + PORTS_TO_TRY - 1} on {host}; name another with --port."
        )


class AlreadyRunning(Exception):
    """Another process has the data; its message is the address where it answers."""


@contextmanager
def only_one(path: Path) -> Iterator[IO[str]]:
    """Hold `path` as long as this process lives; the system lets go of it even after a crash.

    Two processes on one SQLite file would migrate it at once and write in turns.
    """
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise AlreadyRunning(lock.read() or "it is starting") from None
        lock.truncate(0)
        yield lock


def _stop(number: int, frame: object) -> None:
    """The first signal stops in order; a second one ends the process at once."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_DFL)
    raise SystemExit(0)
