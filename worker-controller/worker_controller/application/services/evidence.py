"""What there is to see of a worker that does not come up, collected before its instance goes."""

from __future__ import annotations

from lcm_core.domain.errors import FarEndError
from lcm_core.domain.provisioning import FailureEvidence
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.observability.redaction import redact_text
from worker_controller.application.ports import Ec2Port
from worker_controller.domain.ec2 import Ec2Instance

_CONSOLE_CHARACTERS = 8_000


class EvidenceCollector:
    """Evidence that cannot be had does not keep a worker from failing: what there is instead is said."""

    def __init__(self, ec2: Ec2Port) -> None:
        self._ec2 = ec2

    async def of(self, worker: CMLWorkerReadModel, instance: Ec2Instance | None, cml_answer: str) -> FailureEvidence:
        state = f"{instance.state.value} {instance.state_reason}".strip() if instance is not None else "not listed"
        return FailureEvidence(
            step=worker.provisioning_step,
            ec2_state=state[:500],
            cml_answer=redact_text(cml_answer)[:1_000],
            console_output=await self._console(worker, instance),
        )

    async def _console(self, worker: CMLWorkerReadModel, instance: Ec2Instance | None) -> str:
        """The end of it: what went wrong last is what matters."""
        if instance is None:
            return ""
        try:
            output = await self._ec2.console_output(worker.region, instance.id)
        except FarEndError as error:
            return f"(the console could not be read: {error})"[:_CONSOLE_CHARACTERS]
        return redact_text(output)[-_CONSOLE_CHARACTERS:]
