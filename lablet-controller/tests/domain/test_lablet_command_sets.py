"""What a node is asked, by platform and by content."""

from __future__ import annotations

from lablet_controller.application.services.grading_rules import command_sets, engine_rules, ruleset_of
from lablet_controller.domain.command_sets import commands_of
from lcm_core.domain.node_cli import IOS, LINUX

RULES = """
cut_score: 1
sections:
  - name: Routing
    items:
      - {name: OSPF, device: R1, command: "show  running-config", points: 2}
      - {name: Uptime, device: R1, command: show clock, points: 1}
collection:
  definitions: {iosv: [show ip ospf neighbor, reload], alpine: [cat /etc/hosts]}
  devices: {R1: [show bgp summary], R2: nonsense}
"""


def test_a_node_is_asked_what_its_platform_its_definition_and_its_label_ask_for_each_once() -> None:
    sets = command_sets(ruleset_of(RULES))
    asked = commands_of(IOS, sets, "iosv", "R1")
    assert asked.allowed == (*IOS.commands, "show ip ospf neighbor", "show bgp summary", "show clock")
    assert list(asked.refused) == ["reload"]


def test_another_node_is_asked_what_concerns_it() -> None:
    sets = command_sets(ruleset_of(RULES))
    assert commands_of(IOS, sets, "csr1000v", "R9").allowed == IOS.commands
    assert commands_of(LINUX, sets, "alpine", "PC").allowed == (*LINUX.commands, "cat /etc/hosts")


def test_the_engine_is_not_given_what_is_ours() -> None:
    rules = ruleset_of(RULES)
    assert rules is not None
    assert sorted(engine_rules(rules)) == ["cut_score", "sections"]


def test_a_content_without_rules_asks_for_nothing_more() -> None:
    assert commands_of(IOS, command_sets(None), "iosv", "R1").allowed == IOS.commands
