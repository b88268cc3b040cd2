"""A mail server that delivers nothing and writes down what it accepted, in a file of its own, before it says so.

    python -m benchmarks.faults.sink LEDGER [--trouble 0.1 --seed 1]      prints its port

Standard library only. `moods` answer a step otherwise than usual: a code, "close" (the line breaks without a
word), "silence" (no answer until the client gives up) or "close after" (the letter is accepted, then the line breaks).
"""

from __future__ import annotations

import argparse
import random
import socketserver
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

Mood = str | int | None
STEPS = ("connect", "hello", "from", "to", "data", "dot", "quit")
USUAL = {"connect": 220, "hello": 250, "from": 250, "to": 250, "data": 354, "dot": 250, "quit": 221}
_STEP = {"EHLO": "hello", "HELO": "hello", "MAIL": "from", "RCPT": "to", "DATA": "data", "QUIT": "quit"}


class Sink(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, ledger: Path, mood: Callable[[str], Mood] = lambda step: None) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.ledger, self.mood, self.writing = ledger, mood, threading.Lock()
        self.patience = 30.0  # seconds of "silence"

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def accept(self, letter: str) -> None:
        name = next(line for line in letter.splitlines() if line.lower().startswith("message-id:"))
        with self.writing, self.ledger.open("a") as book:
            book.write(f"{name.partition(':')[2].strip()}\n")

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class _Talk(socketserver.StreamRequestHandler):
    server: Sink

    def handle(self) -> None:
        try:
            self._talk()
        except (OSError, EOFError):
            return  # the client died or the line was broken on purpose

    def _talk(self) -> None:
        self._answer("connect")
        while True:
            line = self.rfile.readline()
            if not line:
                return
            step = _STEP.get(line[:4].decode("ascii", "replace").upper())
            if step is None:
                self.wfile.write(b"250 ok\r\n")
                continue
            said = self._answer(step)
            if step == "data" and said == 354:
                self._letter()
            if step == "quit":
                return

    def _letter(self) -> None:
        lines: list[str] = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return  # it broke off before the dot: no letter
            lines.append(line.decode("utf-8", "replace"))
        mood = self.server.mood("dot")
        if mood is None or mood == "close after" or (isinstance(mood, int) and 200 <= mood < 300):
            self.server.accept("".join(lines))
        self._say("dot", "close" if mood == "close after" else mood)

    def _answer(self, step: str) -> int:
        return self._say(step, self.server.mood(step))

    def _say(self, step: str, mood: Mood) -> int:
        if mood == "close":
            self.connection.close()
            raise EOFError
        if mood == "silence":
            time.sleep(self.server.patience)
            raise EOFError
        if isinstance(mood, str):
            self.wfile.write(f"{mood}\r\n".encode())
            return 0
        code = USUAL[step] if mood is None else mood
        self.wfile.write(f"{code} told by the sink\r\n".encode())
        return code


def accepted(ledger: Path) -> Counter[str]:
    """How often each Message-ID was accepted."""
    return Counter(ledger.read_text().split("\n")[:-1]) if ledger.exists() else Counter()


def troubled(share: float, seed: int) -> Callable[[str], Mood]:
    """A server with bad days: of so many letters each, later, broken lines before and after they were accepted."""
    chance = random.Random(seed)

    def mood(step: str) -> Mood:
        if step == "to" and chance.random() < share:
            return 451
        if step in {"from", "data"} and chance.random() < share / 2:
            return "close"
        if step == "dot" and chance.random() < share:
            answers: list[Mood] = ["close", "close after", 451]
            return chance.choice(answers)
        return None

    return mood


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults.sink")
    parser.add_argument("ledger", type=Path)
    parser.add_argument("--trouble", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sink = Sink(given.ledger, troubled(given.trouble, given.seed))
    sys.stdout.write(f"{sink.port}\n")
    sys.stdout.flush()
    sink.serve_forever()


if __name__ == "__main__":
    main()
