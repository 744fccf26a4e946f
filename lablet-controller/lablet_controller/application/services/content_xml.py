"""What the learner may see of a lab, as content.xml lists it."""

from __future__ import annotations

from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.read_models import VisibleDevice


def visible_devices(content_xml: str) -> tuple[VisibleDevice, ...]:
    """Devices in document order, nested or in one list; none when there is no content.xml: hiding is the safe side.

    Raises ``InvalidInput`` for text that is not plain XML.
    """
    if not content_xml.strip():
        return ()
    try:
        root = fromstring(content_xml.encode())
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise InvalidInput(
            [InputProblem("", f"it cannot be read: {error}")], what="content.xml", code="content-xml-invalid"
        ) from error
    found: dict[str, VisibleDevice] = {}
    for element in root.iter("device"):
        label = element.get("device_label", "").strip()
        if label:
            found.setdefault(
                label,
                VisibleDevice(
                    device_label=label,
                    access_mode=element.get("user_access_mode", "local"),
                    category=element.get("category", ""),
                ),
            )
    return tuple(found.values())
