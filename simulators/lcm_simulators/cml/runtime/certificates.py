"""The local certificate authority that signs for the addresses of the hosts."""

import ssl
from pathlib import Path

import trustme


class CertificateAuthority:
    """Kept in ``state_dir``; its certificate is written to ``ca_path`` for clients."""

    def __init__(self, state_dir: Path, ca_path: Path) -> None:
        key, certificate = state_dir / "ca-key.pem", state_dir / "ca-cert.pem"
        if key.exists() and certificate.exists():
            self._ca = trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())
        else:
            self._ca = trustme.CA(organization_name="Simulated CML")
            state_dir.mkdir(parents=True, exist_ok=True)
            key.touch(mode=0o600)
            key.write_bytes(self._ca.private_key_pem.bytes())
            certificate.write_bytes(self._ca.cert_pem.bytes())
        ca_path.parent.mkdir(parents=True, exist_ok=True)
        ca_path.write_bytes(self._ca.cert_pem.bytes())

    def server_context(self, address: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(address).configure_cert(context)
        context.set_alpn_protocols(["http/1.1"])
        return context
