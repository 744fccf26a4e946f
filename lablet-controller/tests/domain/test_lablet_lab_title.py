from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lablet_controller.domain.lab_title import TITLE_LIMIT, lab_title, session_id_of


def test_title_names_the_definition_and_the_session() -> None:
    assert lab_title("Branch office", "s-1") == "Branch office-s-1"


def test_a_long_definition_name_gives_way_to_the_whole_session_id() -> None:
    session_id = str(uuid.uuid4())
    title = lab_title("x" * 100, session_id)
    assert len(title) == TITLE_LIMIT
    assert title.endswith(session_id)


@given(st.text(max_size=120), st.lists(st.text("abcdef0123456789-", min_size=1, max_size=90), min_size=2, unique=True))
def test_titles_fit_cml_and_differ_between_sessions(name: str, session_ids: list[str]) -> None:
    # hyphens inside ids could join with a name's end only if names differed; here the name is the same
    titles = [lab_title(name, session_id) for session_id in session_ids]
    assert all(1 <= len(title) <= TITLE_LIMIT for title in titles)
    assert len(set(titles)) == len(titles)


@given(st.text(max_size=120), st.uuids())
def test_the_session_is_read_back_from_the_title_of_its_lab(name: str, session_id: uuid.UUID) -> None:
    assert session_id_of(lab_title(name, str(session_id))) == str(session_id)


@pytest.mark.parametrize(
    "title", ["", "Lab at Mon 17:27 PM", "exam-1234", "55fac5a7-0715-4cdc-b02c-6f2032e869ce of somebody", "x" * 64]
)
def test_a_title_of_somebody_else_names_no_session(title: str) -> None:
    assert session_id_of(title) is None
