import pytest

from lcm_core.domain.enums import LicenseStatus, LicenseType
from worker_controller.domain.cml_system import CmlLicensing


@pytest.mark.parametrize(
    ("registration", "authorization", "status"),
    [
        ("COMPLETED", "IN_COMPLIANCE", LicenseStatus.REGISTERED),
        ("COMPLETED", "OUT_OF_COMPLIANCE", LicenseStatus.INVALID),
        ("COMPLETED", "AUTHORIZATION_EXPIRED", LicenseStatus.EXPIRED),
        ("IN_PROGRESS", "INIT", LicenseStatus.REGISTERING),
        ("RETRY", "", LicenseStatus.REGISTERING),
        ("FAILED", "INIT", LicenseStatus.INVALID),
        ("NOT_REGISTERED", "EVAL", LicenseStatus.EVALUATION),
        ("NOT_REGISTERED", "EVAL_EXPIRED", LicenseStatus.EXPIRED),
        ("NOT_REGISTERED", "INIT", LicenseStatus.UNREGISTERED),
        ("SOMETHING_NEW", "SOMETHING_NEW", LicenseStatus.UNREGISTERED),
    ],
)
def test_what_cml_says_is_one_of_our_statuses(registration: str, authorization: str, status: LicenseStatus) -> None:
    found = CmlLicensing(registration, authorization, "CML_Enterprise").as_worker_license(LicenseType.ENTERPRISE)
    assert found.status is status


@pytest.mark.parametrize(
    ("product", "extra", "nodes"),
    [("CML_Personal", 0, 20), ("CML_Personal40", 0, 40), ("CML_Enterprise", 300, 320)],
)
def test_nodes_are_those_of_the_product_and_its_expansions(product: str, extra: int, nodes: int) -> None:
    found = CmlLicensing("COMPLETED", "IN_COMPLIANCE", product, extra).as_worker_license(LicenseType.PERSONAL)
    assert found.node_limit == nodes


def test_the_type_is_what_the_host_really_has() -> None:
    found = CmlLicensing("COMPLETED", "IN_COMPLIANCE", "CML_Enterprise").as_worker_license(LicenseType.PERSONAL)
    assert found.type is LicenseType.ENTERPRISE
