"""Requests and refusals as the documentation of the reservations API shows them."""

from __future__ import annotations

from typing import Any

from lcm_core.hosting.problems import PROBLEM_MEDIA_TYPE

_DEFINITION_ID = "0c8f7e0a-5a0d-5a3e-9d43-1f2f6a1c9b55"

BOOKINGS: dict[str, Any] = {
    "now": {
        "summary": "As soon as possible",
        "value": {
            "definition_id": _DEFINITION_ID,
            "candidate": {"username": "ada", "first_name": "Ada", "last_name": "Quist"},
            "duration_minutes": 45,
            "external_id": "course-7/ada/attempt-1",
        },
    },
    "later": {
        "summary": "An instant",
        "value": {
            "definition_id": _DEFINITION_ID,
            "candidate": {"username": "ben"},
            "start": "2030-01-08T09:00:00Z",
            "duration_minutes": 90,
        },
    },
    "local": {
        "summary": "An exam on Tuesday at nine in Brussels, given up after 20 minutes without its learner",
        "value": {
            "definition_id": _DEFINITION_ID,
            "candidate": {"username": "cleo"},
            "local_start": "2030-01-08T09:00:00",
            "time_zone": "Europe/Brussels",
            "duration_minutes": 90,
            "priority": "exam",
            "policy": {"no_show_seconds": 1200, "grace_seconds": 600},
        },
    },
}
CLASSES: dict[str, Any] = {
    "class": {
        "summary": "Two learners, both or none",
        "value": {
            "definition_id": _DEFINITION_ID,
            "local_start": "2030-01-08T09:00:00",
            "time_zone": "Europe/Brussels",
            "duration_minutes": 90,
            "priority": "class",
            "mode": "all_or_nothing",
            "seats": [
                {"candidate": {"username": "ada"}, "external_id": "course-7/ada"},
                {"candidate": {"username": "ben"}, "external_id": "course-7/ben"},
            ],
        },
    }
}
OTHER_TIMES: dict[str, Any] = {
    "tomorrow": {
        "summary": "The same length at another time",
        "value": {"local_start": "2030-01-09T14:00:00", "time_zone": "Europe/Brussels", "reason": "teacher is ill"},
    }
}
EXTENSIONS: dict[str, Any] = {"quarter": {"summary": "A quarter of an hour", "value": {"minutes": 15}}}
REFUSED: dict[int | str, dict[str, Any]] = {
    409: {
        "description": "Nobody can hold it, or it cannot be changed any more.",
        "content": {
            PROBLEM_MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": {
                    "type": "urn:lcm:problem:capacity-refused",
                    "title": "Conflict",
                    "status": 409,
                    "detail": "Nobody can hold this booking: 0/2 workers: 2 capacity; 0/1 templates: 1 fleet_limit.",
                    "code": "capacity-refused",
                    "facts": {
                        "reason_counts": {"capacity": 2, "fleet_limit": 1},
                        "workers": 2,
                        "templates": 1,
                        "alternatives": [{"start": "2030-01-08T11:00:00+00:00", "end": "2030-01-08T12:30:00+00:00"}],
                    },
                },
            }
        },
    }
}
