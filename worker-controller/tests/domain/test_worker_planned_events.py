from datetime import UTC, datetime

from worker_controller.domain.cloud import InstanceStatus, PlannedEvent

AT = datetime(2030, 1, 1, 9, tzinfo=UTC)


def test_an_event_counts_from_its_lead_time_on() -> None:
    status = InstanceStatus(events=(PlannedEvent("system-reboot", AT, "scheduled reboot"),))
    assert status.event_within(AT.replace(hour=4), 4 * 3600) is None
    event = status.event_within(AT.replace(hour=5), 4 * 3600)
    assert str(event) == "system-reboot from 2030-01-01 09:00 UTC: scheduled reboot"
