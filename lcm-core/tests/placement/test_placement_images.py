import pytest

from lcm_core.domain.values import AmiRequirement
from lcm_core.placement.images import image_mismatch, promise_mismatch, version_in


@pytest.mark.parametrize(
    ("text", "version"),
    [("CML-2.9.1-build.7", (2, 9, 1)), ("cisco-cml2.8", (2, 8)), ("CML", None), (None, None), ("CML-2", None)],
)
def test_the_first_dotted_number_is_the_version(text: str | None, version: tuple[int, ...] | None) -> None:
    assert version_in(text) == version


@pytest.mark.parametrize(
    ("image", "pattern", "least", "fits"),
    [
        ("CML-2.9.1", "CML-*", None, True),
        ("CML-2.9.1", "cml-*", None, False),
        ("CML-2.9.1", "CML-*", "2.9.1", True),
        ("CML-2.10.0", "CML-*", "2.9.1", True),
        ("CML-2.10", "CML-*", "2.9.9", True),
        ("CML-2.9.1-build.7", "CML-*", "2.9.0", True),
        ("CML-2.9", "CML-*", "2.9.0", True),
        ("CML-2.8.1", "CML-*", "2.9.0", False),
        ("CML-latest", "CML-*", "2.9.0", False),
    ],
)
def test_a_running_worker_is_judged_by_its_image_name(image: str, pattern: str, least: str | None, fits: bool) -> None:
    why_not = image_mismatch(image, None, AmiRequirement(name_pattern=pattern, min_version=least))
    assert (why_not is None) is fits


def test_an_image_without_a_number_is_judged_by_what_cml_says() -> None:
    assert image_mismatch("CML-latest", "2.9.1+build.7", AmiRequirement(min_version="2.9.0")) is None


@pytest.mark.parametrize(
    ("offered", "wanted", "promised"),
    [
        (AmiRequirement(), AmiRequirement(), True),
        (AmiRequirement(name_pattern="CML-2.9*"), AmiRequirement(name_pattern="CML-*"), True),
        (AmiRequirement(name_pattern="CML-*"), AmiRequirement(name_pattern="CML-2.9*"), False),
        (AmiRequirement(name_pattern="CML*"), AmiRequirement(name_pattern="CML?"), False),
        (AmiRequirement(min_version="2.9.0"), AmiRequirement(min_version="2.8"), True),
        (AmiRequirement(name_pattern="CML-2.9.*"), AmiRequirement(min_version="2.9"), True),
        (AmiRequirement(), AmiRequirement(min_version="2.9"), False),
    ],
)
def test_a_template_must_promise_what_is_wanted(
    offered: AmiRequirement, wanted: AmiRequirement, promised: bool
) -> None:
    assert (promise_mismatch(offered, wanted) is None) is promised
