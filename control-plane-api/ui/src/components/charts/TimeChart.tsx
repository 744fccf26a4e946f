import { AreaChart } from '@mantine/charts';
import '@mantine/charts/styles.css';
import { Stack, Table, Text, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import { CHART_PX } from './ChartPlace';

/** One instant, in milliseconds, and the value of each series by its label. */
export type TimePoint = { at: number } & Record<string, number | null>;

interface Props {
  /** What is shown, for people who do not see it. */
  label: string;
  points: readonly TimePoint[];
  /** *tone* is a colour of the theme. */
  series: readonly { label: string; tone: string }[];
  unit: string;
  max?: number;
}

const ROWS = 60;

/** Values over time, as areas; the same figures as a table for whoever wants to read them. Load it with `lazy`. */
export default function TimeChart({ label, points, series, unit, max }: Props) {
  const [asTable, setAsTable] = useState(false);
  const span = (points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0);
  const time = (at: number) =>
    new Date(at).toLocaleString([], span > 86_400_000 ? { weekday: 'short', hour: '2-digit', minute: '2-digit' } : { hour: '2-digit', minute: '2-digit' });
  return (
    <Stack gap={4}>
      {asTable ? (
        <Figures label={label} points={points} series={series} unit={unit} time={time} />
      ) : (
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
      )}
      <UnstyledButton onClick={() => setAsTable(!asTable)} style={{ alignSelf: 'flex-end' }}>
        <Text size="xs" td="underline" c="dimmed">
          {asTable ? 'As a chart' : 'As a table'}
        </Text>
      </UnstyledButton>
    </Stack>
  );
}

function Figures({ label, points, series, unit, time }: Omit<Props, 'max'> & { time: (at: number) => string }) {
  const every = Math.max(1, Math.ceil(points.length / ROWS));
  return (
    <Table.ScrollContainer minWidth={280} mah={CHART_PX + 24} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table aria-label={label} stickyHeader verticalSpacing={2}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Time</Table.Th>
            {series.map((each) => (
              <Table.Th key={each.label} ta="right">
                {each.label}, {unit}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody className="lcm-numbers">
          {points
            .filter((_, index) => index % every === 0)
            .map((point) => (
              <Table.Tr key={point.at}>
                <Table.Td>{time(point.at)}</Table.Td>
                {series.map((each) => (
                  <Table.Td key={each.label} ta="right">
                    {point[each.label]?.toLocaleString('en', { maximumFractionDigits: 1 }) ?? '–'}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
