"""Requests that a host turns down.

CmlRefusal
├── NotFound          404, "<Class> not found: <id>" (the official client recognises stale objects by this text)
├── Rejected          the request contradicts the state of the lab or the capacity of the host
├── Unauthenticated   401
└── Forbidden         403
"""


class CmlRefusal(Exception):
    """Base: ``code`` is the HTTP status, ``description`` the sentence that the client sees."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


class NotFound(CmlRefusal):
    def __init__(self, kind: str, identifier: str) -> None:
        super().__init__(404, f"{kind} not found: {identifier}")


class AccountNotFound(CmlRefusal):
    def __init__(self, kind: str, identifier: str) -> None:
        super().__init__(404, f"{kind} does not exist: {identifier}.")


class Rejected(CmlRefusal):
    def __init__(self, description: str, code: int = 400) -> None:
        super().__init__(code, description)


class Unauthenticated(CmlRefusal):
    def __init__(self, description: str) -> None:
        super().__init__(401, description)


class Forbidden(CmlRefusal):
    def __init__(self, description: str) -> None:
        super().__init__(403, description)
