"""What is observed of a worker: its load now and over time, and where it is not what it was declared to be."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime, Field

from lcm_core.domain.read_models.base import ReadModel


class WorkerMetrics(ReadModel):
    """Last observation; percentages 0-100, ``None`` where the source did not say.

    ``ec2_…``, network, disk and credit figures are CloudWatch's and up to some minutes older than ``observed_at``.
    """

    observed_at: AwareDatetime
    cpu_percent: float | None = None
    memory_percent: float | None = None
    storage_percent: float | None = None
    labs: int | None = None
    nodes_running: int | None = None
    ec2_cpu_percent: float | None = None
    network_in_bytes_per_second: float | None = None
    network_out_bytes_per_second: float | None = None
    disk_read_bytes_per_second: float | None = None
    disk_write_bytes_per_second: float | None = None
    cpu_credits: float | None = None
    status_check_failed: bool | None = None


METRIC_UNITS: dict[str, str] = {
    "cpu_percent": "percent",
    "memory_percent": "percent",
    "storage_percent": "percent",
    "labs": "labs",
    "nodes_running": "nodes",
    "ec2_cpu_percent": "percent",
    "network_in_bytes_per_second": "bytes per second",
    "network_out_bytes_per_second": "bytes per second",
    "disk_read_bytes_per_second": "bytes per second",
    "disk_write_bytes_per_second": "bytes per second",
    "cpu_credits": "credits",
}
"""Figures of ``WorkerMetrics`` that are kept over time, with their units, in the order in which they are stored.

Only ever append: what is stored is read by position.
"""


class MetricSeries(ReadModel):
    """One figure over time; ``None`` where nothing was observed."""

    name: str = Field(examples=["cpu_percent"])
    unit: str = Field(examples=["percent"])
    mean: tuple[float | None, ...] = Field(examples=[[12.5, 14.0, None]])
    peak: tuple[float | None, ...] = Field(examples=[[13.1, 22.5, None]])


class WorkerMetricSeries(ReadModel):
    """Charts of one worker: each value of a series belongs to the instant at the same place of ``at``.

    ``at`` holds the beginnings of the steps in which anything was observed; a gap is a step that is missing.
    """

    worker_id: str
    start: AwareDatetime
    end: AwareDatetime
    step_seconds: int = Field(description="Length of a step.", examples=[60])
    resolution_seconds: int = Field(
        description="Length of the steps in which the figures are kept; 0 when each observation is.", examples=[0]
    )
    at: tuple[AwareDatetime, ...]
    series: tuple[MetricSeries, ...]


class DriftKind(StrEnum):
    """In what a worker can be found to be less than, or other than, what it was declared to be."""

    CPU_CORES = "cpu_cores"
    MEMORY = "memory"
    STORAGE = "storage"
    LICENSED_NODES = "licensed_nodes"
    NODES_IN_USE = "nodes_in_use"
    FOREIGN_LABS = "foreign_labs"
    CML_VERSION = "cml_version"


class DriftFinding(ReadModel):
    """``declared`` and ``measured`` are for people: "192 GB", "labs of 3 sessions"."""

    what: DriftKind
    declared: str = Field(max_length=300, examples=["192 GB"])
    measured: str = Field(max_length=300, examples=["128 GB"])


class WorkerDrift(DriftFinding):
    """A finding and since when it has been so."""

    since: AwareDatetime


class DriftingWorker(ReadModel):
    """A worker that is not what it was declared to be, in a list."""

    worker_id: str
    name: str
    region: str
    status: str
    drift: tuple[WorkerDrift, ...]
