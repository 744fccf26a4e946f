"""etcd: leadership, hints that everyone can see, and watches that do not tire."""

from __future__ import annotations

from lcm_core.coordination.etcd_client import EtcdClient, EtcdTls
from lcm_core.coordination.etcd_types import (
    Compare,
    Delete,
    EtcdUnavailable,
    Get,
    KeyValue,
    Lease,
    Put,
    Snapshot,
    TxnResult,
    WatchBatch,
    WatchEvent,
    WatchEventKind,
    WatchResync,
)
from lcm_core.coordination.leader_election import LeaderElection, LeaderRecord
from lcm_core.coordination.leadership import (
    LEADER_EPOCH_HEADER,
    Leadership,
    NotLeader,
    acting_as_leader,
    current_leadership,
    leadership_headers,
)

__all__ = [
    "LEADER_EPOCH_HEADER",
    "Compare",
    "Delete",
    "EtcdClient",
    "EtcdTls",
    "EtcdUnavailable",
    "Get",
    "KeyValue",
    "LeaderElection",
    "LeaderRecord",
    "Leadership",
    "Lease",
    "NotLeader",
    "Put",
    "Snapshot",
    "TxnResult",
    "WatchBatch",
    "WatchEvent",
    "WatchEventKind",
    "WatchResync",
    "acting_as_leader",
    "current_leadership",
    "leadership_headers",
]
