"""Sealed texts open with their key, in their place, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from lcm_core.sealing import NoSealingKey, SealedTextBroken, Vault, key_entries, key_of, new_local_entry

OLD, NEW = new_local_entry("k1"), new_local_entry("k2")


def vault(*entries: str) -> Vault:
    return Vault(key_entries(SecretStr(" ".join(entries))))


SEALED = vault(OLD).seal("cisco", "c")


SEALED = vault(OLD).seal("cisco", "c")


@given(st.text(), st.text())
def test_what_was_sealed_opens_in_its_place(text: str, context: str) -> None:
    sealed = vault(OLD).seal(text, context)
    assert vault(OLD).open(sealed, context) == text


@given(st.text(min_size=4))
def test_a_sealed_text_shows_nothing_and_is_another_one_each_time(text: str) -> None:
    keys = vault(OLD)
    assert keys.seal(text, "c") != keys.seal(text, "c")
    assert text not in keys.seal(text, "c")


def test_in_another_place_it_does_not_open() -> None:
    sealed = vault(OLD).seal("cisco", "device r1")
    with pytest.raises(SealedTextBroken):
        vault(OLD).open(sealed, "device r2")


@given(st.integers(len("sealed:k1:"), len(SEALED) - 1))
def test_a_changed_one_does_not_open(at: int) -> None:
    other = "A" if SEALED[at] != "A" else "B"
    with pytest.raises(SealedTextBroken):
        vault(OLD).open(SEALED[:at] + other + SEALED[at + 1 :], "c")


def test_after_a_rotation_old_keys_still_open_and_the_new_one_seals() -> None:
    sealed = vault(OLD).seal("cisco", "c")
    both = vault(NEW, OLD)
    assert both.open(sealed, "c") == "cisco"
    again = both.reseal(sealed, "c")
    assert (key_of(sealed), key_of(again)) == ("k1", "k2")
    assert vault(NEW).open(again, "c") == "cisco"


def test_without_its_key_it_is_said_which_one_is_missing() -> None:
    sealed = vault(OLD).seal("cisco", "c")
    with pytest.raises(NoSealingKey, match="'k1' is not among the keys") as refused:
        vault(NEW).open(sealed, "c")
    assert refused.value.retryable


def test_without_any_key_nothing_is_sealed() -> None:
    with pytest.raises(NoSealingKey, match="No sealing key is set"):
        vault().seal("cisco", "c")


@pytest.mark.parametrize(
    "text", ["", "cisco", "sealed:k1", "sealed:k1:", "sealed:k1:%%", "sealed::AAAA", "other:k1:AAAA"]
)
def test_what_was_never_sealed_is_no_sealed_text(text: str) -> None:
    with pytest.raises(SealedTextBroken):
        vault(OLD).open(text, "c")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nokey", "form id:base64"),
        ("K1:AAAA", "form id:base64"),
        ("k1:%%%", "'k1' is not base64"),
        ("k1:c2hvcnQ=", "has 5 bytes, not 32"),
        (" ".join(["k1:" + "A" * 43 + "="] * 2), "two sealing keys are called 'k1'"),
    ],
)
def test_a_key_that_cannot_be_used_is_refused_without_being_told(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        key_entries(SecretStr(text))
    assert OLD.partition(":")[2] not in repr(key_entries(SecretStr(OLD)))
