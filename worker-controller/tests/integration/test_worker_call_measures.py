"""Latency and errors of what is called, as Prometheus reads them."""

from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.resources import Resource
from pydantic import SecretStr

from lcm_core.domain.errors import FarEndError
from lcm_core.integration.aws.calls import AwsCalls
from lcm_core.observability import prometheus_text
from lcm_core.observability.metrics import configure_metrics
from lcm_simulators.cml.testing import running_cml_host
from worker_controller.integration.services.cml_system_spi import CmlHostRegistry
from worker_controller.integration.services.ec2_spi import Ec2SpiClient


@pytest.fixture(autouse=True)
def metrics() -> None:
    configure_metrics(Resource.create({}))


def value(name: str, **labels: str) -> float:
    """The sum of the samples of *name* that carry *labels*."""
    wanted = [f'{key}="{text}"' for key, text in labels.items()]
    lines = prometheus_text().decode().splitlines()
    found = [line for line in lines if line.startswith(f"{name}{{") and all(each in line for each in wanted)]
    return sum(float(line.rpartition(" ")[2]) for line in found)


async def test_aws_calls_are_measured_by_operation_and_errors_by_code(aws_calls: AwsCalls, aws_account: Any) -> None:
    ec2 = Ec2SpiClient(aws_calls, fleet=aws_account.fleet)
    labels = {"service": "ec2", "operation": "StartInstances"}
    calls, errors = value("lcm_aws_call_duration_seconds_count", **labels), value("lcm_aws_call_errors_total", **labels)

    with pytest.raises(FarEndError):
        await ec2.start("us-east-1", "i-0123456789abcdef0")

    assert value("lcm_aws_call_duration_seconds_count", **labels) == calls + 1
    assert value("lcm_aws_call_errors_total", **labels, code="InvalidInstanceID.NotFound") == errors + 1


async def test_an_aws_call_without_answer_is_an_error_of_its_operation(unused_tcp_port: int, aws_account: Any) -> None:
    labels = {"operation": "DescribeInstances", "code": "EndpointConnectionError"}
    before = value("lcm_aws_call_errors_total", **labels)
    async with AwsCalls(endpoint_url=f"http://127.0.0.1:{unused_tcp_port}") as calls:
        with pytest.raises(FarEndError):
            await Ec2SpiClient(calls, fleet="any").managed("us-east-1")
    assert value("lcm_aws_call_errors_total", **labels) == before + 1


async def test_calls_to_cml_hosts_are_measured_by_operation_and_never_by_host() -> None:
    before = value("lcm_cml_call_duration_seconds_count", operation="licensing")
    async with running_cml_host() as host:
        registry = CmlHostRegistry(
            username=host.username,
            password=SecretStr("wrong"),
            https_port=host.runtime.https_port,
            ca_file=Path(host.ca_file),
        )
        async with registry:
            with pytest.raises(FarEndError):
                await registry.at(host.address).licensing()
    assert value("lcm_cml_call_duration_seconds_count", operation="licensing") == before + 1
    assert value("lcm_cml_call_errors_total", operation="licensing", code="far-end-refused-credentials") >= 1
    assert host.address not in prometheus_text().decode()
