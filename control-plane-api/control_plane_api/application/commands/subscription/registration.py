"""Which handler handles which command of a subscription."""

from __future__ import annotations

from collections.abc import Callable

from control_plane_api.application.commands.subscription.change_subscription_command import (
    ChangeSubscriptionCommand,
    ChangeSubscriptionCommandHandler,
)
from control_plane_api.application.commands.subscription.create_subscription_command import (
    CreateSubscriptionCommand,
    CreateSubscriptionCommandHandler,
)
from control_plane_api.application.commands.subscription.end_subscription_command import (
    EndSubscriptionCommand,
    EndSubscriptionCommandHandler,
)
from control_plane_api.application.commands.subscription.finish_replay_command import (
    FinishReplayCommand,
    FinishReplayCommandHandler,
)
from control_plane_api.application.commands.subscription.follow_configured_sink_command import (
    FollowConfiguredSinkCommand,
    FollowConfiguredSinkCommandHandler,
)
from control_plane_api.application.commands.subscription.pause_subscription_command import (
    PauseSubscriptionCommand,
    PauseSubscriptionCommandHandler,
)
from control_plane_api.application.commands.subscription.request_replay_command import (
    RequestReplayCommand,
    RequestReplayCommandHandler,
)
from control_plane_api.application.commands.subscription.resume_subscription_command import (
    ResumeSubscriptionCommand,
    ResumeSubscriptionCommandHandler,
)
from control_plane_api.application.commands.subscription.rotate_subscription_key_command import (
    RotateSubscriptionKeyCommand,
    RotateSubscriptionKeyCommandHandler,
)
from control_plane_api.application.commands.subscription.validate_subscription_command import (
    ValidateSubscriptionCommand,
    ValidateSubscriptionCommandHandler,
)
from control_plane_api.application.read_side import ReadSide
from lcm_core.application.mediator import Mediator
from lcm_core.sealing import Vault

MOST_SUBSCRIPTIONS = 50


def register_subscriptions(
    mediator: Mediator, read: ReadSide, vault: Vault, new_id: Callable[[], str], most: int = MOST_SUBSCRIPTIONS
) -> None:
    create = CreateSubscriptionCommandHandler(read.subscriptions, vault, new_id, most)
    mediator.register_command(CreateSubscriptionCommand, create)
    mediator.register_command(ChangeSubscriptionCommand, ChangeSubscriptionCommandHandler(vault))
    mediator.register_command(ValidateSubscriptionCommand, ValidateSubscriptionCommandHandler(vault))
    mediator.register_command(PauseSubscriptionCommand, PauseSubscriptionCommandHandler())
    mediator.register_command(ResumeSubscriptionCommand, ResumeSubscriptionCommandHandler(vault))
    mediator.register_command(EndSubscriptionCommand, EndSubscriptionCommandHandler())
    mediator.register_command(RotateSubscriptionKeyCommand, RotateSubscriptionKeyCommandHandler(vault))
    mediator.register_command(RequestReplayCommand, RequestReplayCommandHandler(new_id))
    mediator.register_command(FinishReplayCommand, FinishReplayCommandHandler())
    mediator.register_command(FollowConfiguredSinkCommand, FollowConfiguredSinkCommandHandler(vault))
