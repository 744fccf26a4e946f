import { AreaChart } from '@mantine/charts';
import '@mantine/charts/styles.css';
import { CHART_PX } from './ChartPlace';
import { OrAsTable, type TimePoint, timeText } from './OrAsTable';

interface Props {
  /** What is shown, for people who do not see it. */
  label: string;
  points: readonly TimePoint[];
  /** *tone* is a colour of the theme. */
  series: readonly { label: string; tone: string }[];
  unit: string;
  max?: number;
}

/** Values over time, as areas; the same figures as a table for whoever wants to read them. Load it with `lazy`. */
export default function TimeChart({ label, points, series, unit, max }: Props) {
  const time = timeText(points);
  return (
    <OrAsTable label={label} points={points} series={series} unit={unit}>
      <figure aria-label={label} style={{ margin: 0 }}>
        <AreaChart
          h={CHART_PX}
          data={[...points]}
          dataKey="at"
          series={series.map(({ label: name, tone }) => ({ name, color: tone }))}
          curveType="monotone"
          withDots={false}
          withLegend
          fillOpacity={0.12}
          connectNulls={false}
          valueFormatter={(value) => `${value.toLocaleString('en', { maximumFractionDigits: 1 })}${max === 100 ? unit : ''}`}
          xAxisProps={{ type: 'number', domain: ['dataMin', 'dataMax'], scale: 'time', tickFormatter: time, minTickGap: 40 }}
          yAxisProps={{ domain: [0, max ?? 'auto'] }}
          tooltipProps={{ labelFormatter: (at) => time(Number(at)) }}
          areaChartProps={{ accessibilityLayer: true }}
        />
      </figure>
    </OrAsTable>
  );
}
