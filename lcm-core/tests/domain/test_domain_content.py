"""What a bucket is called."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lcm_core.domain.content import content_bucket


@pytest.mark.parametrize(
    ("name", "bucket"),
    [
        ("Exam CCNP v1 LAB 1.1", "exam-ccnp-v1-lab-1-1"),
        ("  Exam   NET 1.0 -- Form1. ", "exam-net-1-0-form1"),
        ("EXAM", "exam"),
    ],
)
def test_a_bucket_is_the_slug_of_its_form(name: str, bucket: str) -> None:
    assert content_bucket(name) == bucket


@pytest.mark.parametrize("name", ["", "...", "ab", "x" * 64])
def test_a_name_that_leaves_no_bucket_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="Name the bucket"):
        content_bucket(name)


@given(st.text(max_size=80))
def test_what_is_made_is_a_name_that_s3_accepts(name: str) -> None:
    try:
        bucket = content_bucket(name)
    except ValueError:
        return
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", bucket)
    assert "--" not in bucket
    assert content_bucket(bucket) == bucket
