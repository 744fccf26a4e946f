"""etcd is spoken to in TLS when a CA is named, and only with certificates that hold."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from lcm_core.coordination import EtcdClient, EtcdTls, EtcdUnavailable
from lcm_core.testing.etcd_server import EtcdServer, etcd_server


@dataclass(frozen=True)
class Pki:
    server: EtcdServer
    good: EtcdTls
    without_certificate: EtcdTls
    other_ca: EtcdTls


def _write(folder: Path, name: str, blob: trustme.Blob) -> Path:
    path = folder / name
    blob.write_to_path(str(path))
    return path


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Generator[Pki]:
    folder = tmp_path_factory.mktemp("pki")
    ca, other = trustme.CA(), trustme.CA()
    ca_file = _write(folder, "ca.pem", ca.cert_pem)
    issued = ca.issue_cert("127.0.0.1")
    cert = _write(folder, "cert.pem", issued.cert_chain_pems[0])
    key = _write(folder, "key.pem", issued.private_key_pem)
    flags = [f"--cert-file={cert}", f"--key-file={key}", f"--trusted-ca-file={ca_file}", "--client-cert-auth=true"]
    with etcd_server(extra_flags=flags, scheme="https") as server:
        other_file = _write(folder, "other.pem", other.cert_pem)
        yield Pki(server, EtcdTls(ca_file, cert, key), EtcdTls(ca_file), EtcdTls(other_file, cert, key))


async def test_a_client_with_a_good_certificate_is_served(pki: Pki) -> None:
    async with EtcdClient([pki.server.endpoint], tls=pki.good) as client:
        await client.put("/a", "1")
        assert (await client.get("/a")) is not None


@pytest.mark.parametrize("which", ["none", "without_certificate", "other_ca"])
async def test_any_other_client_is_not(pki: Pki, which: str) -> None:
    tls = None if which == "none" else getattr(pki, which)
    async with EtcdClient([pki.server.endpoint], tls=tls, attempt_seconds=1, total_seconds=1) as client:
        with pytest.raises(EtcdUnavailable):
            await client.get("/a")
