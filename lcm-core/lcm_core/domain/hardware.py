"""What an instance type lets its guests do."""

from __future__ import annotations


def offers_nested_virtualization(instance_type: str) -> bool:
    """Whether CML on it can run virtual machines: EC2 gives the processor's extensions to bare metal only.

    Some newer families can be launched with them; workers are not, so these do not count.
    """
    _, _, size = instance_type.partition(".")
    return size.startswith("metal")
