"""What goes wrong in a browser without anybody seeing it: told at the end of every journey."""

from __future__ import annotations

import re

from playwright.async_api import BrowserContext, ConsoleMessage, Request, Response, WebError

_CALLED_OFF = "net::ERR_ABORTED"
"""The page itself gave the request up: it was left, or what it had asked for is needed no more."""


class Faults:
    """Errors on the console, uncaught exceptions, requests without an answer, and answers that refuse."""

    def __init__(self, context: BrowserContext) -> None:
        self._seen: list[str] = []
        self._expected: list[re.Pattern[str]] = []
        self._allowed: list[re.Pattern[str]] = []
        context.on("console", self._said)
        context.on("weberror", self._raised)
        context.on("requestfailed", self._unanswered)
        context.on("response", self._answered)

    def expect(self, pattern: str) -> None:
        """This journey brings faults about that match *pattern*; that none came would be one too."""
        self._expected.append(re.compile(pattern))

    def allow(self, pattern: str) -> None:
        """Faults that match *pattern* may come in this journey, or not: it depends on the moment."""
        self._allowed.append(re.compile(pattern))

    def verdict(self) -> str:
        """What was not expected, and what was expected and did not come, in lines; empty when all is well."""
        known = [*self._expected, *self._allowed]
        unexpected = [each for each in self._seen if not any(pattern.search(each) for pattern in known)]
        missing = [
            f"expected, but did not happen: {pattern.pattern}"
            for pattern in self._expected
            if not any(pattern.search(each) for each in self._seen)
        ]
        return "\n".join(unexpected + missing)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._seen.append(f"console: {message.text} ({message.location['url']})")

    def _raised(self, error: WebError) -> None:
        self._seen.append(f"exception: {error.error}")

    def _unanswered(self, request: Request) -> None:
        if request.failure != _CALLED_OFF:
            self._seen.append(f"no answer: {request.method} {request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self._seen.append(f"answer {response.status}: {response.request.method} {response.url}")
