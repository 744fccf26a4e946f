"""What the system that published a content package says of it, in the package's ``mosaic_meta.json``."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lcm_core.domain.values import Value

PUBLICATION_FILE = "mosaic_meta.json"
Told = Annotated[str, Field(max_length=200)]


class Publication(Value):
    """Texts as they were told, empty where nothing was: ``version`` and date are theirs, not ours."""

    version: Told = ""
    date_published: Told = ""
    publisher: Told = ""
    instance_name: Told = ""
    form_id: Told = ""


class _Meta(BaseModel):
    """The file as it is written; other fields of it are left alone."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    version: Told | None = Field(default=None, alias="Version")
    date_published: Told | None = Field(default=None, alias="DatePublished")
    publisher: Told | None = Field(default=None, alias="Publisher")
    instance_name: Told | None = Field(default=None, alias="InstanceName")
    form_id: Told | None = Field(default=None, alias="FormId")


def publication_of(text: str) -> Publication:
    """What *text*, a ``mosaic_meta.json``, says. Raises ValueError with the line or the field that is wrong."""
    try:
        meta = _Meta.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = "".join(f"{part}: " for part in first["loc"])
        raise ValueError(f"{where}{first['msg']}") from error
    return Publication(**meta.model_dump(exclude_none=True))
