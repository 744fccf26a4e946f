"""The licensing agent as a response body."""

from typing import Any

from lcm_simulators.cml.api.views.moments import licensing_timestamp
from lcm_simulators.cml.model.host import Host
from lcm_simulators.cml.model.licence import YEAR_SECONDS

DEFAULT_SSMS = "https://smartreceiver.cisco.com/licservice/license"
RENEWAL_SECONDS = YEAR_SECONDS / 2


def licensing_status(host: Host) -> dict[str, Any]:
    licence = host.licence
    renewed = licence.renewed_at if licence.registered else None
    expires = licensing_timestamp(renewed + YEAR_SECONDS) if renewed is not None else None
    return {
        "udi": {"hostname": host.hostname, "product_uuid": host.compute_id},
        "registration": {
            "status": licence.status,
            "smart_account": "Simulated Account" if licence.registered else None,
            "virtual_account": "Default" if licence.registered else None,
            "instance_name": host.hostname,
            "register_time": _time_info(host, licence.attempted_at),
            "renew_time": _time_info(host, renewed),
            "expires": expires,
        },
        "authorization": {
            "status": licence.authorization(host.policy),
            "renew_time": _time_info(host, renewed),
            "expires": expires,
        },
        "reservation_mode": licence.reservation_mode,
        "features": features(host),
        "product_license": {"active": licence.product_license, "is_enterprise": licence.is_enterprise},
        "transport": {"proxy": licence.proxy, "ssms": licence.ssms, "default_ssms": DEFAULT_SSMS},
    }


def features(host: Host) -> list[dict[str, Any]]:
    """The base licence, and for enterprise the nodes beyond its own twenty."""
    licence, base = host.licence, host.policy.enterprise_base_nodes
    extra = max(0, host.usage.licensed_nodes - base)
    nodes = {"name": "CML - Expansion Nodes", "description": "Cisco Modeling Labs - Expansion Nodes"}
    product = {"name": licence.product_license.replace("_", " "), "description": "Cisco Modeling Labs"}
    entries = [("regid.2019-10.com.cisco.CML_BASE,1.0_base", product, int(licence.registered), 1)]
    if licence.is_enterprise:
        granted = host.policy.licensed_extra_nodes if licence.registered else 0
        entries.append(("regid.2019-10.com.cisco.CML_NODE_COUNT,1.0_nodes", nodes, extra, granted))
    status = "IN_COMPLIANCE" if licence.registered else "INIT"
    return [
        {
            "id": identifier,
            **texts,
            "version": "1.0",
            "in_use": licence.feature_counts.get(identifier, in_use),
            "status": status,
            "min": 0,
            "max": maximum,
            "minEndDate": None,
            "maxEndDate": None,
        }
        for identifier, texts, in_use, maximum in entries
    ]


def _time_info(host: Host, at: float | None) -> dict[str, Any]:
    licence = host.licence
    outcome = {"COMPLETED": "SUCCEEDED", "FAILED": "FAILED", "IN_PROGRESS": "IN PROGRESS"}.get(licence.status)
    failed = licence.status == "FAILED"
    # A success carries the failure text "OK", as recorded from the real product.
    failure = "The token is not valid." if failed else ("OK" if licence.registered else None)
    return {
        "succeeded": licensing_timestamp(at) if licence.registered else None,
        "attempted": licensing_timestamp(at),
        "scheduled": licensing_timestamp(at + RENEWAL_SECONDS) if at is not None and licence.registered else None,
        "status": outcome,
        "failure": failure,
        "success": None,
    }
