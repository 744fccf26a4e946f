"""worker-controller may do on AWS what it does, and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path

from lcm_core.integration.aws.evidence_objects import PREFIX

_CALL = re.compile(r"\b(ec2|cloudwatch|secretsmanager)\.(?:get_paginator\(\"(\w+)\"\)|(\w+)\()")


def test_policy_allows_exactly_the_calls_of_the_code(repository: Path) -> None:
    policy = json.loads((repository / "deploy/aws/worker-controller-policy.json").read_text())
    listed = [statement["Action"] for statement in policy["Statement"]]
    allowed = {action for actions in listed for action in ([actions] if isinstance(actions, str) else actions)}
    sources = (repository / "worker-controller/worker_controller/integration").rglob("*.py")
    made = {
        f"{service}:{(page or call).title().replace('_', '')}"
        for source in sources
        for service, page, call in _CALL.findall(source.read_text())
        if (page or call) != "get_paginator"
    }
    assert allowed == made


def test_policy_changes_only_what_carries_the_fleet_tag(repository: Path) -> None:
    policy = json.loads((repository / "deploy/aws/worker-controller-policy.json").read_text())
    operate = next(statement for statement in policy["Statement"] if "ec2:TerminateInstances" in statement["Action"])
    assert operate["Condition"] == {"StringEquals": {"aws:ResourceTag/lcm:fleet": "lcm"}}


def test_policy_marks_instances_that_exist_with_our_own_tags_only(repository: Path) -> None:
    policy = json.loads((repository / "deploy/aws/worker-controller-policy.json").read_text())
    mark = next(statement for statement in policy["Statement"] if "ec2:DeleteTags" in statement["Action"])
    keys = mark["Condition"]["ForAllValues:StringEquals"]["aws:TagKeys"]
    assert all(key.startswith("lcm:") for key in keys)


def test_the_evidence_policy_never_allows_to_delete_or_to_list_what_is_not_evidence(repository: Path) -> None:
    policy = json.loads((repository / "deploy/aws/evidence-policy.json").read_text())
    actions = {action for statement in policy["Statement"] for action in statement["Action"]}
    objects = next(statement for statement in policy["Statement"] if "s3:PutObject" in statement["Action"])
    assert not any("Delete" in action or "*" in action for action in actions)
    assert objects["Resource"].endswith(f"/{PREFIX}*")
