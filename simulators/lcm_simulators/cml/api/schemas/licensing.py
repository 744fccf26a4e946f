"""Smart licensing."""

from typing import Annotated

from pydantic import Field

from lcm_simulators.cml.api.schemas.basics import StrictBody

MomentOrNone = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")] | None
ProductLicenseName = Annotated[str, Field(pattern=r"^\w{1,20}$")]


class RegistrationRequest(StrictBody):
    token: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/%=-]{1,256}$")]
    reregister: bool = False


class Proxy(StrictBody):
    server: str | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | None = None


class TransportUpdate(StrictBody):
    proxy: Proxy
    ssms: str | None = None


class FeatureUpdate(StrictBody):
    id: str
    count: Annotated[int, Field(ge=0)]


class Udi(StrictBody):
    hostname: str
    product_uuid: str


class TimeInfo(StrictBody):
    succeeded: MomentOrNone
    attempted: MomentOrNone
    scheduled: MomentOrNone
    status: str | None
    failure: str | None
    success: str | None


class Registration(StrictBody):
    status: str
    smart_account: str | None
    virtual_account: str | None
    instance_name: str | None
    register_time: TimeInfo
    renew_time: TimeInfo
    expires: MomentOrNone


class Authorization(StrictBody):
    status: str
    renew_time: TimeInfo
    expires: MomentOrNone


class Feature(StrictBody):
    id: str
    name: str
    description: str
    version: str
    in_use: int
    status: str
    min: int
    max: int
    minEndDate: str | None
    maxEndDate: str | None


class ProductLicense(StrictBody):
    active: str
    is_enterprise: bool


class Transport(StrictBody):
    proxy: Proxy
    ssms: str | None
    default_ssms: str


class LicensingStatus(StrictBody):
    udi: Udi
    registration: Registration
    authorization: Authorization
    reservation_mode: bool
    features: list[Feature]
    product_license: ProductLicense
    transport: Transport
