"""What the services and the user interface read of each aggregate: typed, without secrets, carrying its version."""

from lcm_core.domain.read_models.cml_worker_read_model import (
    CMLWorkerReadModel,
    ScaleUpDemand,
    is_placeable,
)
from lcm_core.domain.read_models.delivery_read_models import (
    GradingSessionReadModel,
    ScoreReportReadModel,
    ScoreSection,
    UserSessionReadModel,
)
from lcm_core.domain.read_models.lablet_definition_read_model import LabletDefinitionReadModel, VisibleDevice
from lcm_core.domain.read_models.lablet_session_read_model import LabletSessionReadModel, StateChange, StepRecord
from lcm_core.domain.read_models.placement import (
    CandidateVerdict,
    PlacementDecision,
    PlacementDecisionRow,
    PlacementInputs,
    PlacementOutcome,
    ScoringWeights,
    WithoutRoom,
    WorkerKind,
)
from lcm_core.domain.read_models.reservation_read_model import ReservationReadModel
from lcm_core.domain.read_models.scaling import (
    GuardAnswer,
    ScalingDecision,
    ScalingFinding,
    ScalingInput,
    ScalingKind,
    StandingAnswer,
    StrayDecision,
    StrayFinding,
    StrayInstance,
    StrayKind,
    StrayVerdict,
)
from lcm_core.domain.read_models.subscription_read_model import SubscriptionReadModel
from lcm_core.domain.read_models.warm_pool_read_model import (
    ExpectedStarts,
    PlacedPreparedLab,
    WarmPoolDemand,
    WarmPoolMeasures,
    WarmPoolReadModel,
    WarmPoolReport,
    WarmPoolsOverview,
)
from lcm_core.domain.read_models.worker_observations import (
    METRIC_UNITS,
    DriftFinding,
    DriftingWorker,
    DriftKind,
    MetricSeries,
    WorkerDrift,
    WorkerMetrics,
    WorkerMetricSeries,
)
from lcm_core.domain.read_models.worker_template_read_model import WorkerTemplateReadModel

__all__ = [
    "METRIC_UNITS",
    "CMLWorkerReadModel",
    "CandidateVerdict",
    "DriftFinding",
    "DriftKind",
    "DriftingWorker",
    "ExpectedStarts",
    "GradingSessionReadModel",
    "GuardAnswer",
    "LabletDefinitionReadModel",
    "LabletSessionReadModel",
    "MetricSeries",
    "PlacedPreparedLab",
    "PlacementDecision",
    "PlacementDecisionRow",
    "PlacementInputs",
    "PlacementOutcome",
    "ReservationReadModel",
    "ScaleUpDemand",
    "ScalingDecision",
    "ScalingFinding",
    "ScalingInput",
    "ScalingKind",
    "ScoreReportReadModel",
    "ScoreSection",
    "ScoringWeights",
    "StandingAnswer",
    "StateChange",
    "StepRecord",
    "StrayDecision",
    "StrayFinding",
    "StrayInstance",
    "StrayKind",
    "StrayVerdict",
    "SubscriptionReadModel",
    "UserSessionReadModel",
    "VisibleDevice",
    "WarmPoolDemand",
    "WarmPoolMeasures",
    "WarmPoolReadModel",
    "WarmPoolReport",
    "WarmPoolsOverview",
    "WithoutRoom",
    "WorkerDrift",
    "WorkerKind",
    "WorkerMetricSeries",
    "WorkerMetrics",
    "WorkerTemplateReadModel",
    "is_placeable",
]
