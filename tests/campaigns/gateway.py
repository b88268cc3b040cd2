"""A provider of text messages for tests: real HTTP over a socket, with a ledger of its own."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from campaigns.rules.providers import Provider


class Gateway:
    """`status` None: it takes the message and breaks the line without an answer."""

    def __init__(self) -> None:
        self.accepted: list[str] = []
        self.seen: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.status: int | None = 200
        self.takes = True
        self.port = 0

    def provider(self, **more: Any) -> Provider:
        described = {
            "url": f"http://127.0.0.1:{self.port}/send",
            "body": {"to": "{to}", "text": "{text}", "key": "{id}", "from": "{from}"},
            "headers": {"Authorization": "Bearer s3cret", "Idempotency-Key": "{id}"},
            "sender": "NORTH",
            "id_at": "id",
            "timeout": 5,
        }
        return Provider.of(described | more)


@contextmanager
def gateway() -> Iterator[Gateway]:
    book = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *said: Any) -> None:
            """Quiet."""

        def do_POST(self) -> None:
            told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            book.seen.append(told)
            book.headers.append(dict(self.headers))
            if book.takes:
                book.accepted.append(told["key"])
            if book.status is None:
                self.connection.close()
                return
            self._say(book.status, {"id": f"p-{told['key'][:8]}"})

        def do_GET(self) -> None:
            key = self.path.rpartition("=")[2]
            self._say(200 if key in book.accepted else 404, {})

        def _say(self, status: int, words: dict[str, Any]) -> None:
            text = json.dumps(words).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    book.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield book
    finally:
        server.shutdown()
        server.server_close()
