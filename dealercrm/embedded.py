"""Background work inside the web process: a Celery worker and beat over a broker in memory.

For one dealership on one machine (`manage.py up`). The same tasks and the same schedule table run
here as in production; only the broker is a queue in this process, which forgets on restart. That
costs one sweep at most, because every task looks in the database for what is due.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable

from celery import Celery
from celery.beat import Service
from celery.worker import state

logger = logging.getLogger(__name__)


class EmbeddedJobs:
    """`start()` the threads, `stop()` them; a thread that dies takes the process with it, loudly.

    A process with dead jobs would look alive while nights and mail stand still; whatever started
    it (a service manager, a person) must see it end.
    """

    def __init__(self, app: Celery) -> None:
        self.failed = False
        self._stopping = False
        # No gossip, no remote control: there is nobody else to talk to.
        app.conf.worker_enable_remote_control = False
        self._worker = app.WorkController(
            pool="solo", concurrency=1, without_gossip=True, without_mingle=True, without_heartbeat=True
        )
        self._beat = Service(app, scheduler_cls=app.conf.beat_scheduler)
        self._threads = [
            threading.Thread(target=self._guarded, args=(self._worker.start,), name="worker", daemon=True),
            threading.Thread(target=self._guarded, args=(self._beat.start,), name="beat", daemon=True),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self, *, patience: float) -> bool:
        """Let the task in hand finish for `patience` seconds; True when everything has stopped.

        What is cut off is taken up again after its lease, like after a power cut.
        """
        self._stopping = True
        state.should_stop = os.EX_OK  # type: ignore[assignment]  # what Celery's own signal handler sets
        self._beat.stop()
        for thread in self._threads:
            thread.join(patience)
        return not any(thread.is_alive() for thread in self._threads)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:
            logger.exception("Background work ended with an error")
        if not self._stopping:
            logger.critical("The %s thread ended; stopping the whole process", threading.current_thread().name)
            self.failed = True
            os.kill(os.getpid(), signal.SIGTERM)
