"""Requests as the documentation of the subscriptions API shows them."""

from __future__ import annotations

from typing import Any

SUBSCRIPTIONS: dict[str, Any] = {
    "everything": {
        "summary": "Whatever happens to your bookings",
        "value": {"url": "https://lms.example.com/hooks/lcm", "description": "Production"},
    },
    "some": {
        "summary": "Logins become possible, scores come",
        "value": {
            "url": "https://lms.example.com/hooks/lcm",
            "filter": {"types": ["lablet_session.ready.v1", "score_report.*"]},
        },
    },
}
ROTATIONS: dict[str, Any] = {
    "overlap": {"summary": "Both keys sign for a day", "value": {"overlap_hours": 24}},
    "leaked": {"summary": "The key before signs no more, at once", "value": {"overlap_hours": 0}},
}
REPLAYS: dict[str, Any] = {
    "outage": {
        "summary": "What happened during an outage",
        "value": {"since": "2030-01-08T09:00:00Z", "until": "2030-01-08T10:30:00Z"},
    },
    "since": {"summary": "Everything from then on", "value": {"since": "2030-01-08T09:00:00Z"}},
}
DEAD_LETTERS: dict[str, Any] = {
    "all": {
        "summary": "All of a subscription",
        "value": {"subscription_id": "5b2ad0a4-8a0c-4a13-9c0e-0d4f2e9a7c11"},
    },
}
