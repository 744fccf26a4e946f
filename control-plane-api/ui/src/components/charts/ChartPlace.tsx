import { Skeleton } from '@mantine/core';

export const CHART_PX = 220;

/** Where a chart will be, so that nothing moves when it comes. */
export function ChartPlace() {
  return <Skeleton height={CHART_PX + 24} aria-label="Loading the chart" />;
}
