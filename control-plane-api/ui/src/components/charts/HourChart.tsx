import { CompositeChart } from '@mantine/charts';
import '@mantine/charts/styles.css';
import { CHART_PX } from './ChartPlace';
import { OrAsTable, type TimePoint, timeText } from './OrAsTable';

interface Props {
  /** What is shown, for people who do not see it. */
  label: string;
  points: readonly TimePoint[];
  /** *tone* is a colour of the theme; lines lie over the bars. */
  series: readonly { label: string; tone: string; as: 'bar' | 'line' }[];
  unit: string;
}

const MOST_BAR_PX = 28;

/** Amounts of each hour, as bars and lines; the same figures as a table. Load it with `lazy`. */
export default function HourChart({ label, points, series, unit }: Props) {
  const time = timeText(points);
  return (
    <OrAsTable label={label} points={points} series={series} unit={unit}>
      <figure aria-label={label} style={{ margin: 0 }}>
        <CompositeChart
          h={CHART_PX}
          data={[...points]}
          dataKey="at"
          series={series.map(({ label: name, tone, as }) => ({ name, color: tone, type: as }))}
          curveType="stepAfter"
          withDots={false}
          withLegend
          maxBarWidth={MOST_BAR_PX}
          valueFormatter={(value) => value.toLocaleString('en')}
          xAxisProps={{ tickFormatter: time, minTickGap: 40 }}
          yAxisProps={{ allowDecimals: false }}
          tooltipProps={{ labelFormatter: (at) => time(Number(at)) }}
          composedChartProps={{ accessibilityLayer: true }}
        />
      </figure>
    </OrAsTable>
  );
}
