"""What a browser may do with our pages, and what a log line may say."""

from __future__ import annotations

import copy
import logging
import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# Everything comes from this host: no inline script can run, no other host is ever asked.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)


class ContentSecurityPolicyMiddleware:
    """Sends the policy with every answer; a view that needs another one sets the header itself."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        return response


class WithoutPersonalData(logging.Formatter):
    """Log lines without addresses, phone numbers, VINs or the values of a refused row.

    Our own messages carry ids only; this catches what libraries put into an exception, such as
    PostgreSQL's "DETAIL: Key (value)=(+79123456789) already exists".
    """

    PATTERNS = (
        (re.compile(r"^(DETAIL|CONTEXT):.*$", re.MULTILINE), r"\1: <left out>"),
        (re.compile(r"([?&][\w-]+)=[^\s&\"']+"), r"\1=<left out>"),
        # whoever has such a link may use it
        (re.compile(r"/(hooks/[\w-]+|unsubscribe|preferences|book|visit)/[^\s/\"'?]+"), r"/\1/<left out>"),
        (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "<email>"),
        (re.compile(r"\b(?=\w*\d)[A-HJ-NPR-Z0-9]{17}\b"), "<vin>"),
        # ten digits or more, however they are spaced; a date or a task id is none
        (re.compile(r"(?<![\w.-])(?!\d{4}-\d\d-\d\d)\+?\d(?:[ ()-]{0,2}\d){9,14}(?![\w-])"), "<number>"),
    )

    def format(self, record: logging.LogRecord) -> str:
        told = copy.copy(record)
        told.msg, told.args, told.exc_text = self.cleaned(record.getMessage()), None, None
        return super().format(told)

    def formatException(self, ei: Any) -> str:
        return self.cleaned(super().formatException(ei))

    @classmethod
    def cleaned(cls, text: str) -> str:
        for pattern, instead in cls.PATTERNS:
            text = pattern.sub(instead, text)
        return text
