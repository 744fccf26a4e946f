"""What a log line holds, and what it never holds."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Generator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.resources import Resource

from lcm_core.observability.correlation import use_correlation_id
from lcm_core.observability.logs import configure_logs
from lcm_core.observability.redaction import REDACTED, is_secret_name, redact
from lcm_core.observability.tracing import configure_tracing, tracer


@pytest.fixture
def lines() -> Generator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    out = io.StringIO()
    configure_logs(service="worker-controller", instance="one", stream=out)
    yield out
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def last(lines: io.StringIO) -> dict[str, Any]:
    return json.loads(lines.getvalue().splitlines()[-1])


def test_a_line_names_its_service_and_instance(lines: io.StringIO) -> None:
    structlog.stdlib.get_logger("x").info("worker_started", worker_id="w1")
    line = last(lines)
    assert (line["event"], line["service"], line["instance"], line["worker_id"], line["level"]) == (
        "worker_started",
        "worker-controller",
        "one",
        "w1",
        "info",
    )


def test_a_traceback_for_people_shows_no_variables() -> None:
    root, out = logging.getLogger(), io.StringIO()
    handlers, level = list(root.handlers), root.level
    configure_logs(service="x", instance="one", as_json=False, stream=out)
    password = "opensesame"
    try:
        raise ValueError(f"{len(password)} letters")
    except ValueError:
        structlog.stdlib.get_logger("x").exception("failed")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
    assert "ValueError: 10 letters" in out.getvalue()
    assert "'opensesame'" not in out.getvalue().replace('password = "opensesame"', "")


def test_a_line_of_a_library_has_the_same_form(lines: io.StringIO) -> None:
    logging.getLogger("some.library").warning("slow answer from %s", "db")
    line = last(lines)
    assert (line["event"], line["service"], line["logger"]) == (
        "slow answer from db",
        "worker-controller",
        "some.library",
    )


def test_a_line_inside_a_trace_names_it(lines: io.StringIO) -> None:
    configure_tracing(Resource.get_empty(), sample_ratio=0, otlp_endpoint=None)
    with tracer("test").start_as_current_span("work"), use_correlation_id("booking-42"):
        structlog.stdlib.get_logger("x").info("step")
    line = last(lines)
    assert len(line["trace_id"]) == 32
    assert len(line["span_id"]) == 16
    assert line["correlation_id"] == "booking-42"


def test_an_exception_is_told_without_local_variables(lines: io.StringIO) -> None:
    def connect() -> None:
        local_value = "hunter" + "2"
        raise ConnectionError(f"cannot log in ({len(local_value)})")

    try:
        connect()
    except ConnectionError:
        structlog.stdlib.get_logger("x").exception("connect_failed")
    assert "cannot log in (7)" in lines.getvalue()
    assert "hunter2" not in lines.getvalue()


def test_a_secret_in_a_field_is_not_written(lines: io.StringIO) -> None:
    structlog.stdlib.get_logger("x").info("call", headers={"Authorization": "Bearer abcdefghijkl"}, apiKey="k" * 9)
    assert (last(lines)["headers"]["Authorization"], last(lines)["apiKey"]) == (REDACTED, REDACTED)


def test_a_password_in_an_exception_is_not_written(lines: io.StringIO) -> None:
    try:
        raise ConnectionError("mongodb://lcm:hunter2@db:27017 refused")
    except ConnectionError:
        structlog.stdlib.get_logger("x").exception("connect_failed")
    assert "hunter2" not in lines.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "db_password",
        "clientSecret",
        "X-Api-Key",
        "Authorization",
        "set-cookie",
        "accessToken",
        "PRIVATE_KEY",
    ],
)
def test_names_of_secrets_are_known(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["key", "tokenize", "worker_id", "secretary", "api_version", "keyboard"])
def test_other_names_are_left_alone(name: str) -> None:
    assert not is_secret_name(name)


@given(
    st.recursive(
        st.just("Bearer top-secret-value") | st.integers() | st.none(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=10,
    )
)
def test_no_nesting_hides_a_bearer_token(value: object) -> None:
    assert "top-secret-value" not in repr(redact(value))


@pytest.mark.parametrize("as_json", [True, False], ids=["JSON", "text for people"])
@pytest.mark.parametrize("text", ["a\r\nlevel=error forged", "\x1b[2J", "\x00\x7f\u202e\u2028"])
def test_what_is_logged_is_one_line_whatever_it_holds(as_json: bool, text: str) -> None:
    written = io.StringIO()
    configure_logs(service="s", instance="i", as_json=as_json, stream=written)
    structlog.get_logger("x").warning(text, why=text, several=[text], inside={"k": text})
    assert all(each.isprintable() for each in written.getvalue().removesuffix("\n"))
