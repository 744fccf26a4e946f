"""What a check is given, and what it says."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import StrEnum

from lcm_core.cli.api.client import ApiClient
from lcm_core.cli.api.problem import ApiProblem, CliError
from lcm_core.cli.identity.contexts import Context
from lcm_core.cli.identity.issuer import Issuer


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """*do* is what to do about it; empty where all is well."""

    check: str
    verdict: Verdict
    told: str
    do: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """What is looked at."""

    context: Context
    api: ApiClient
    issuer: Issuer


Check = Callable[[Patient], AsyncIterator[Finding]]


def well(check: str, told: str) -> Finding:
    return Finding(check, Verdict.OK, told)


def doubtful(check: str, told: str, do: str) -> Finding:
    return Finding(check, Verdict.WARNING, told, do)


def broken(check: str, told: str, do: str) -> Finding:
    return Finding(check, Verdict.FAILED, told, do)


async def findings_of(name: str, check: Check, patient: Patient, seconds: float) -> list[Finding]:
    """What *check* found within *seconds*; that it could not look to the end is a finding beside those before."""
    found: list[Finding] = []
    try:
        async with asyncio.timeout(seconds):
            async for finding in check(patient):
                found.append(finding)  # noqa: PERF401 - what was found before an error is told
    except TimeoutError:
        found.append(broken(name, f"no answer within {seconds:g} s", "Is it overloaded?"))
    except ApiProblem as problem:
        found.append(_refused(name, problem))
    except CliError as error:
        found.append(broken(name, error.message, " ".join(error.more())))
    except ssl.SSLCertVerificationError as error:
        do = "Renew the certificate, or describe the context anew with the CA that signed it (--ca-file)."
        found.append(broken(name, f"the certificate is not trusted: {error.verify_message}", do))
    except OSError as error:
        told = f"{type(error).__name__}: {error}"
        found.append(broken(name, told, "Is the address right (`lcm context list`), and does it run?"))
    return found


def _refused(name: str, problem: ApiProblem) -> Finding:
    if problem.code == "no-such-route":
        return well(name, f"this server does not have {problem.request}")
    do = problem.advice or "Look into the log of control-plane-api."
    return doubtful(name, problem.message, do) if problem.status == 403 else broken(name, problem.message, do)
