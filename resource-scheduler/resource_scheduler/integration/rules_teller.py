"""Tells in etcd by which rules the leader decides, for people who look at control-plane-api."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import NoReturn

import structlog

from lcm_core.clock import Clock
from lcm_core.coordination import EtcdClient, Leadership
from lcm_core.domain.errors import FarEndError
from lcm_core.domain.scheduling_rules import RulesTold, SchedulingRules

log = structlog.stdlib.get_logger(__name__)

_LOOK_EVERY_SECONDS = 30.0
_FIRST_PAUSE_SECONDS = 1.0


class RulesTeller:
    """A hosted service of the leader. The key is written again when it does not hold what is so."""

    name = "rules-teller"

    def __init__(
        self,
        etcd: EtcdClient,
        key: str,
        leadership: Callable[[], Leadership | None],
        rules: Callable[[], Awaitable[SchedulingRules]],
        clock: Clock,
        *,
        every_seconds: float = _LOOK_EVERY_SECONDS,
    ) -> None:
        self._etcd = etcd
        self._key = key
        self._leadership = leadership
        self._rules = rules
        self._clock = clock
        self._every = every_seconds

    async def run(self) -> NoReturn:
        """That it cannot be told stops nothing."""
        told, pause = None, min(_FIRST_PAUSE_SECONDS, self._every)
        while True:
            try:
                told = await self._tell(told)
                pause = self._every
            except FarEndError as error:
                log.warning("rules_not_told", key=self._key, reason=str(error))
                pause = min(2 * pause, self._every)
            await asyncio.sleep(pause)

    async def _tell(self, told: RulesTold | None) -> RulesTold | None:
        """*told* is what was last written; what stands there now may be of a leader before, or nothing."""
        term, rules = self._leadership(), await self._rules()
        if term is None:
            return told
        if told is not None and (told.epoch, told.rules) == (term.epoch, rules):
            found = await self._etcd.get(self._key)
            if found is not None and found.value == told.model_dump_json().encode():
                return told
        now = RulesTold(instance=term.instance, epoch=term.epoch, rules=rules, at=self._clock.now())
        await self._etcd.put(self._key, now.model_dump_json())
        return now
