"""May an instance that was not launched here become a worker? Every no is a sentence that says what to do."""

from __future__ import annotations

from lcm_core.domain.read_models import WorkerTemplateReadModel
from lcm_core.placement.images import image_mismatch
from worker_controller.domain.ec2 import GONE, Ec2Instance, Ec2State, MachineImage

SETTLED = frozenset({Ec2State.RUNNING, Ec2State.STOPPED})
"""States in which it can be taken in; the others pass."""


def adoption_refusal(
    instance: Ec2Instance, template: WorkerTemplateReadModel, image: MachineImage | None, *, fleet: str
) -> str | None:
    """None when it fits. An image that does not exist any more is taken for what the template wants: CML itself tells
    its version when it answers."""
    if instance.state in GONE:
        return f"{instance.id} is {instance.state.value}; it does not come back."
    if instance.fleet not in ("", fleet):
        return (
            f"{instance.id} belongs to fleet {instance.fleet!r}; import it there, or take its tag lcm:fleet away first."
        )
    if instance.spot:
        return f"{instance.id} is a spot instance that was not asked for here; import an on-demand one."
    types = (template.instance_type, *template.provisioning.instance_types)
    if instance.instance_type not in types:
        return (
            f"{instance.id} is of type {instance.instance_type}, template {template.name!r} is for {', '.join(types)}; "
            "choose another template, or add the type to its instance_types."
        )
    mismatch = image_mismatch(image.name, None, template.ami) if image is not None else None
    if mismatch is not None:
        return f"{instance.id} does not fit template {template.name!r}: {mismatch}."
    if instance.private_ip is None:
        return f"{instance.id} has no private address; workers are reached by theirs."
    return None
