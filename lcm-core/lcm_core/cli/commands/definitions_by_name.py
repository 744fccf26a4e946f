"""Finds a definition by id, or the newest version of a name that can be booked."""

from __future__ import annotations

from lcm_core.cli.api.client import ApiClient, Row
from lcm_core.cli.resources.reading import NotThere

_ROUTE = "/api/v1/lablet-definitions"


def version_key(row: Row) -> tuple[int, ...]:
    return tuple(int(part) for part in str(row["semantic_version"]).split("."))


async def newest_active(api: ApiClient, name: str) -> Row | None:
    rows = await api.rows(_ROUTE, {"name": name, "status": "ACTIVE"})
    return max(rows, key=version_key, default=None)


async def definition_id_of(api: ApiClient, id_or_name: str) -> str:
    """Raises NotThere when it is neither."""
    found = await newest_active(api, id_or_name)
    if found is not None:
        return str(found["id"])
    from lcm_core.cli.api.problem import ApiProblem

    try:
        return str((await api.get(f"{_ROUTE}/{id_or_name}"))["id"])
    except ApiProblem as problem:
        if problem.status == 404:
            raise NotThere("active lablet definition with the id or name", id_or_name) from problem
        raise
