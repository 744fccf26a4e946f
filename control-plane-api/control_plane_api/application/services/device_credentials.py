"""User names and passwords of devices, as content.xml gives them, and that file without its passwords."""

from __future__ import annotations

from xml.etree.ElementTree import Element, tostring

from defusedxml.ElementTree import fromstring

from control_plane_api.application.services.visible_devices import LABEL
from lcm_core.contracts.definitions import DeviceCredential
from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.sealing import NoSealingKey, Vault

_LONGEST = 256


def sealed_credentials(content_xml: str, content_hash: str, vault: Vault) -> tuple[str, tuple[DeviceCredential, ...]]:
    """content.xml without passwords, and the credentials of its devices with sealed ones.

    The text has been accepted as XML. Raises InvalidInput when there are passwords and no key to seal them with.
    """
    if not content_xml.strip():
        return content_xml, ()
    root = fromstring(content_xml, forbid_dtd=True)
    found: list[DeviceCredential] = []
    passwords = 0
    for element in root.iter("device"):
        label = (element.get(LABEL) or "").strip()
        username, password = element.get("username") or "", element.attrib.pop("password", "")
        passwords += bool(password)
        if not label or not (username or password):
            continue
        if len(username) > _LONGEST or len(password) > _LONGEST:
            raise _refused(f"user name and password of device {label!r} may have {_LONGEST} characters each")
        plain = DeviceCredential(device_label=label, username=username)
        sealed = _seal(vault, password, plain.context_of(content_hash), label) if password else ""
        found.append(plain.model_copy(update={"sealed_password": sealed}))
    return (_text_of(root) if passwords else content_xml), tuple(found)


def _text_of(root: Element) -> str:
    try:
        return tostring(root, encoding="unicode")
    except RecursionError as error:
        raise _refused("its elements are nested too deeply for passwords to be taken out") from error


def _seal(vault: Vault, password: str, context: str, label: str) -> str:
    try:
        return vault.seal(password, context)
    except NoSealingKey as error:
        raise _refused(f"device {label!r} has a password, which is not kept unsealed: {error.message}") from error


def _refused(problem: str) -> InvalidInput:
    return InvalidInput([InputProblem("/content_xml", problem)], what="lablet definition", code="content-invalid")
