"""What a package's mosaic_meta.json says of its publication."""

from __future__ import annotations

import json

import pytest

from lcm_core.domain.publication import Publication, publication_of


def test_what_is_wanted_is_taken_as_it_was_told_and_the_rest_is_left_alone() -> None:
    text = json.dumps(
        {
            "Version": 3.1,
            "DatePublished": "12/24/2029 09:00 AM",
            "Publisher": "ada",
            "InstanceName": "Production",
            "FormId": 4711,
            "ValidatedBeforePublishing": True,
            "Layout": {"name": "LDSv3"},
        }
    )

    assert publication_of(text) == Publication(
        version="3.1",
        date_published="12/24/2029 09:00 AM",
        publisher="ada",
        instance_name="Production",
        form_id="4711",
    )


@pytest.mark.parametrize("text", ["{}", '{"Version": null, "FormId": null}'])
def test_what_was_not_told_is_empty(text: str) -> None:
    assert publication_of(text) == Publication()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Invalid JSON"),
        ('{"Version": 1,\n "FormId"', "line 2"),
        ("[]", "object"),
        ('{"FormId": ["a"]}', "FormId: "),
        ('{"Version": true}', "Version: "),
        (json.dumps({"Publisher": "x" * 201}), "Publisher: .*200 characters"),
        ("[" * 100_000, "recursion|depth|Invalid"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        publication_of(text)
