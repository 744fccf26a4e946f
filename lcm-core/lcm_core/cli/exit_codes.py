"""What the exit code of ``lcm`` says, for scripts. Stable: a number never changes its meaning."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """``meaning`` is what the documentation says of each."""

    meaning: str

    def __new__(cls, value: int, meaning: str) -> ExitCode:
        code = int.__new__(cls, value)
        code._value_ = value
        code.meaning = meaning
        return code

    OK = 0, "done; for `session follow`: the session completed"
    FAILED = 1, "refused by a rule, not valid, or failed; findings of an audit; warnings of `doctor`"
    USAGE = 2, "the command line was used wrongly; for `doctor`: something does not work"
    NOT_SIGNED_IN = 3, "nobody is signed in, or the sign-in has expired: `lcm login`"
    NOT_FOUND = 4, "there is no such thing, or no such route at this server"
    CONFLICT = 5, "somebody else was faster, or it is there already: read again, then decide"
    UNREACHABLE = 6, "the API, the issuer or the database cannot be reached, or asks to come back later"
    FORBIDDEN = 7, "signed in, but without the role for it"
    TIMED_OUT = 8, "what was waited for did not happen before the deadline"
    CANCELLED = 20, "`session follow`: the session ended cancelled"
    EXPIRED = 21, "`session follow`: the session ended expired"
    NO_SHOW = 22, "`session follow`: its learner did not come"
    INTERRUPTED = 130, "stopped by Ctrl-C"
