"""Bodies that the Reservations API takes."""

from datetime import date

from pydantic import AwareDatetime, Field

from lcm_simulators.lds.model import Variable, WireModel


class PartRequest(WireModel):
    """A session part to be made or replaced."""

    repository_type: str = "minio"
    form_qualified_name: str = Field(min_length=1)
    variables: list[Variable] = Field(default_factory=list)


class CreateSession(WireModel):
    """POST lab_session. `auth_id` is the caller's own id of the session, and unique."""

    origin: str = "lcm"
    auth_id: str = Field(min_length=1, max_length=128)
    auth_id_type: str = "lcm"
    candidate_id: str = Field(default="", max_length=128, description="the learner; auth_id when left out")
    location: str = ""
    timezone_offset: int = Field(default=0, ge=-840, le=840, description="minutes from UTC")
    first_name: str = Field(min_length=1)
    last_name: str = Field(min_length=1)
    email_address: str = ""
    rack_group: str = ""
    rack_number: int = 0
    scheduled_date: date
    user_timeslot_end: AwareDatetime | None = None
    max_length_minutes: int | None = Field(default=None, ge=1)
    session_parts: list[PartRequest] = Field(default_factory=list)


class PatchSession(WireModel):
    """PATCH lab_session: what is left out stays as it is."""

    location: str | None = None
    timezone_offset: int | None = Field(default=None, ge=-840, le=840)
    first_name: str | None = Field(default=None, min_length=1)
    last_name: str | None = Field(default=None, min_length=1)
    email_address: str | None = None
    scheduled_date: date | None = None
    user_timeslot_end: AwareDatetime | None = None
    max_length_minutes: int | None = Field(default=None, ge=1)
    current_session_part: int | None = Field(default=None, ge=1)


class Extension(WireModel):
    """PUT part/{n}/extend: more time."""

    minutes: int = Field(ge=1, le=24 * 60)


class Adjustment(WireModel):
    """PUT part/{n}/adjust: more or less time."""

    minutes: int = Field(ge=-24 * 60, le=24 * 60)
