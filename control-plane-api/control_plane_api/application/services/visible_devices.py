"""content.xml: which devices the learner sees. Devices stand nested in a device or one beside the other."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml import DefusedXmlException
from defusedxml.sax import parseString

from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.read_models import VisibleDevice

LABEL = "device_label"


def parse_visible_devices(content_xml: str, node_labels: Collection[str] | None) -> tuple[VisibleDevice, ...]:
    """In document order; empty text means none. Raises InvalidInput, also for a device that is no node of the lab.

    Without *node_labels*, when nobody knows which nodes there are, any device will do.
    """
    known = set(node_labels) if node_labels is not None else None
    problems: list[InputProblem] = []
    devices: dict[str, VisibleDevice] = {}
    for position, found in enumerate(_listed(content_xml)):
        label, path = found.device.device_label, f"/device/{position}"
        if known is not None and label not in known:
            problems.append(InputProblem(path, f"line {found.line}: the topology has no node {label!r}"))
        elif label in devices:
            problems.append(InputProblem(path, f"line {found.line}: device {label!r} is there twice"))
        else:
            devices[label] = found.device
    if problems:
        raise InvalidInput(problems, what="content.xml", code="content-invalid")
    return tuple(devices.values())


@dataclass(frozen=True, slots=True)
class _Listed:
    device: VisibleDevice
    line: int


class _Devices(ContentHandler):
    """Keeps the elements that name a device; builds no tree, so that depth costs nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[_Listed] = []

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        label = attrs.get(LABEL)
        if name != "device" or label is None:
            return
        device = VisibleDevice(
            device_label=label.strip(),
            access_mode=attrs.get("user_access_mode") or attrs.get("access_mode") or "",
            category=attrs.get("category") or "",
        )
        line = self._locator.getLineNumber() if self._locator is not None else None  # pyright: ignore
        self.found.append(_Listed(device, line or 0))


def _listed(content_xml: str) -> list[_Listed]:
    if not content_xml.strip():
        return []
    handler = _Devices()
    try:
        parseString(content_xml.encode(), handler, forbid_dtd=True)
    except SAXParseException as error:
        told = f"line {error.getLineNumber()}, column {error.getColumnNumber()}: not well-formed XML"
        raise _unusable(told) from error
    except DefusedXmlException as error:
        raise _unusable("document types and entities are not accepted") from error
    except ValueError as error:
        raise _unusable(f"not readable as XML: {error}") from error
    return handler.found


def _unusable(told: str) -> InvalidInput:
    return InvalidInput([InputProblem("", told)], what="content.xml", code="content-invalid")
