"""content.xml: which devices the learner sees. Devices stand nested in a device or one beside the other."""

from __future__ import annotations

from collections.abc import Collection
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.read_models import VisibleDevice

LABEL = "device_label"


def parse_visible_devices(content_xml: str, node_labels: Collection[str]) -> tuple[VisibleDevice, ...]:
    """In document order; empty text means none. Raises InvalidInput, also for a device that is no node of the lab."""
    if not content_xml.strip():
        return ()
    elements = [element for element in xml_root(content_xml).iter("device") if element.get(LABEL) is not None]
    known = set(node_labels)
    problems: list[InputProblem] = []
    devices: dict[str, VisibleDevice] = {}
    for position, element in enumerate(elements):
        label = (element.get(LABEL) or "").strip()
        path = f"/device/{position}"
        if label not in known:
            problems.append(InputProblem(path, f"the topology has no node {label!r}"))
        elif label in devices:
            problems.append(InputProblem(path, f"device {label!r} is there twice"))
        else:
            devices[label] = _device(label, element)
    if problems:
        raise InvalidInput(problems, what="content.xml", code="content-invalid")
    return tuple(devices.values())


def xml_root(content_xml: str) -> Element:
    """Raises InvalidInput for what is not plain XML."""
    try:
        return fromstring(content_xml, forbid_dtd=True)
    except ParseError as error:
        line, column = error.position
        problem = InputProblem("", f"line {line}, column {column}: not well-formed XML")
        raise InvalidInput([problem], what="content.xml", code="content-invalid") from error
    except DefusedXmlException as error:
        problem = InputProblem("", "document types and entities are not accepted")
        raise InvalidInput([problem], what="content.xml", code="content-invalid") from error
    except ValueError as error:
        problem = InputProblem("", f"not readable as XML: {error}")
        raise InvalidInput([problem], what="content.xml", code="content-invalid") from error


def _device(label: str, element: Element) -> VisibleDevice:
    return VisibleDevice(
        device_label=label,
        access_mode=element.get("user_access_mode") or element.get("access_mode") or "",
        category=element.get("category") or "",
    )
