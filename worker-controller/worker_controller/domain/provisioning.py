"""How long each step on the way up may take."""

from __future__ import annotations

from dataclasses import dataclass

from lcm_core.domain.provisioning import ProvisioningStep


@dataclass(frozen=True, slots=True)
class StepDeadlines:
    """Seconds. CML boots as long as its template says: *cml_factor* times that, and at least *cml_least_seconds*."""

    ec2_seconds: float
    license_seconds: float
    cml_factor: float
    cml_least_seconds: float

    def of(self, step: ProvisioningStep, startup_seconds: float) -> float:
        match step:
            case ProvisioningStep.EC2:
                return self.ec2_seconds
            case ProvisioningStep.CML:
                return max(self.cml_least_seconds, self.cml_factor * startup_seconds)
            case ProvisioningStep.LICENSE:
                return self.license_seconds
