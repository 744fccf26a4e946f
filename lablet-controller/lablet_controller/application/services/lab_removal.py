"""Takes a session's labs off their host and proves it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from lablet_controller.application.ports.cml_labs import CmlHost, CmlLabs, CmlNotFound, CmlRefused, HostLab, LabState


class LabRemoval:
    """Every call may be repeated; a lab that is not there any more is what is wanted."""

    def __init__(self, labs: CmlLabs) -> None:
        self._labs = labs

    async def labs_of(self, host: CmlHost, title: str, bound: str | None) -> tuple[str, ...]:
        """The lab that was bound and any other with the session's title: a lost answer may have left one behind."""
        return await self.among(host, await self._labs.host_labs(host), title, bound)

    async def among(self, host: CmlHost, there: Iterable[HostLab], title: str, bound: str | None) -> tuple[str, ...]:
        """As ``labs_of``, when it is known what is *there*."""
        titled = tuple(sorted(lab.lab_id for lab in there if lab.title == title))
        if bound is not None and bound not in titled and await self._labs.lab_exists(host, bound):
            return (*titled, bound)
        return titled

    async def stop(self, host: CmlHost, lab_id: str) -> bool:
        """Whether it has come to rest."""
        return await self._moved(host, lab_id, self._labs.stop_lab, at_rest=lambda state: state is not LabState.STARTED)

    async def wipe(self, host: CmlHost, lab_id: str) -> bool:
        """Whether nothing of the learner's work is left on it."""
        return await self._moved(
            host, lab_id, self._labs.wipe_lab, at_rest=lambda state: state is LabState.DEFINED_ON_CORE
        )

    async def delete(self, host: CmlHost, lab_id: str) -> bool:
        """Whether it is proven gone. One that is running again is stopped and wiped first."""
        try:
            await self._labs.delete_lab(host, lab_id)
        except CmlNotFound:
            return True
        except CmlRefused:
            if not (await self.stop(host, lab_id) and await self.wipe(host, lab_id)):
                return False
            await self._labs.delete_lab(host, lab_id)
        return not await self._labs.lab_exists(host, lab_id)

    async def remove(self, host: CmlHost, lab_id: str) -> bool:
        """All three, for a lab that nobody needs; whether it is proven gone."""
        return await self.stop(host, lab_id) and await self.wipe(host, lab_id) and await self.delete(host, lab_id)

    async def _moved(
        self,
        host: CmlHost,
        lab_id: str,
        act: Callable[[CmlHost, str], Awaitable[None]],
        *,
        at_rest: Callable[[LabState], bool],
    ) -> bool:
        try:
            await act(host, lab_id)
            return at_rest(await self._labs.lab_state(host, lab_id))
        except CmlNotFound:
            return True
