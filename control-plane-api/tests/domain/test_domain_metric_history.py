"""Resolutions and steps of charts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control_plane_api.domain.metric_history import MOST_POINTS, Figure, HistoryPolicy, Sample, chart_of, fold

NOW = 1_893_456_000.0
HOUR, DAY = 3600, 86_400
TIERS = HistoryPolicy().tiers


@pytest.mark.parametrize(
    ("ago", "span", "step", "tier", "chosen"),
    [
        (HOUR, HOUR, None, "raw", 10),
        (HOUR, HOUR, 60, "raw", 60),
        (HOUR, HOUR, 1, "raw", 10),
        (HOUR, HOUR, 300, "5min", 300),
        (DAY, DAY, None, "5min", 300),
        (DAY, HOUR, 60, "5min", 300),
        (6 * DAY, 6 * DAY, None, "5min", 1200 + 600),
        (30 * DAY, 30 * DAY, None, "hour", 7200),
        (400 * DAY, DAY, 60, "hour", 3600),
    ],
)
def test_the_coarsest_resolution_that_is_fine_enough_and_still_kept_is_read(
    ago: float, span: float, step: int | None, tier: str, chosen: int
) -> None:
    chart = chart_of(TIERS, NOW - ago, NOW - ago + span, step, NOW)
    assert (chart.tier.name, chart.step) == (tier, chosen)


@given(
    ago=st.floats(0, 400 * DAY),
    span=st.floats(1, 366 * DAY),
    step=st.none() | st.integers(1, 604_800),
)
def test_no_question_gets_more_points_or_documents_than_a_chart_can_show(
    ago: float, span: float, step: int | None
) -> None:
    start = NOW - ago
    chart = chart_of(TIERS, start, start + span, step, NOW)
    first = start // chart.step
    assert (start + span - 1e-6) // chart.step - first + 1 <= MOST_POINTS + 1
    kept = min(span + chart.tier.bucket, chart.tier.keep + 2 * chart.tier.bucket)
    assert kept / chart.tier.bucket <= 40
    assert chart.tier.step == 0 or chart.step % chart.tier.step == 0


@given(
    values=st.lists(st.tuples(st.floats(0, 7199), st.none() | st.floats(0, 100)), max_size=60),
    step=st.sampled_from([60, 300, 600]),
)
def test_means_and_peaks_are_those_of_the_observations_in_each_step(
    values: list[tuple[float, float | None]], step: int
) -> None:
    chart = chart_of(TIERS, NOW, NOW + 7200, step, NOW + 7200)
    samples = [Sample(NOW + at, [None if value is None else Figure(1, value, value)]) for at, value in values]
    folded = fold(samples, chart, 1)
    expected: dict[float, list[float]] = {}
    for at, value in values:
        expected.setdefault((NOW + at) // chart.step * chart.step, []).extend([] if value is None else [value])
    assert folded.at == sorted(expected)
    for at, (figure,) in zip(folded.at, folded.rows, strict=True):
        seen = expected[at]
        assert figure.count == len(seen)
        assert figure.total == pytest.approx(sum(seen))
        assert not seen or figure.peak == max(seen)
