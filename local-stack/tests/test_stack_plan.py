"""A plan is chosen once, kept for its owner only, and usable by every far end."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from local_stack.plan import load_or_make_plan


def test_a_plan_is_kept(tmp_path: Path) -> None:
    first = load_or_make_plan(tmp_path, preferred=False)
    second = load_or_make_plan(tmp_path, preferred=False)
    assert (second.secrets, second.subnet, second.ports) == (first.secrets, first.subnet, first.ports)


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    plan = load_or_make_plan(tmp_path, preferred=False)
    assert stat.S_IMODE(plan.file.stat().st_mode) == 0o600


def test_a_licence_token_has_only_characters_that_cml_takes(tmp_path: Path) -> None:
    tokens = [load_or_make_plan(tmp_path / str(n), preferred=False).secrets["cml-license"] for n in range(40)]
    assert all(re.fullmatch(r"[A-Za-z0-9+/%=-]{1,256}", token) for token in tokens)


def test_two_folders_get_subnets_of_their_own(tmp_path: Path) -> None:
    plans = [load_or_make_plan(tmp_path / name, preferred=False) for name in ("one", "two")]
    assert plans[0].subnet != plans[1].subnet
