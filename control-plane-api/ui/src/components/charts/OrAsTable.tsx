import { Stack, Table, Text, UnstyledButton } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { CHART_PX } from './ChartPlace';

/** One instant, in milliseconds, and the value of each series by its label. */
export type TimePoint = { at: number } & Record<string, number | null>;

interface Figures {
  /** What is shown, for people who do not see it. */
  label: string;
  points: readonly TimePoint[];
  series: readonly { label: string }[];
  unit: string;
}

const ROWS = 60;
const DAY_MS = 86_400_000;

/** How an instant is written beside others of *points*: with its day where they are of several. */
export function timeText(points: readonly TimePoint[]): (at: number) => string {
  const span = (points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0);
  const parts: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', ...(span > DAY_MS && { weekday: 'short' }) };
  return (at) => new Date(at).toLocaleString([], parts);
}

/** A chart, or the same figures as a table for whoever wants to read them. */
export function OrAsTable({ children, ...figures }: Figures & { children: ReactNode }) {
  const [asTable, setAsTable] = useState(false);
  return (
    <Stack gap={4}>
      {asTable ? <FiguresTable {...figures} time={timeText(figures.points)} /> : children}
      <UnstyledButton onClick={() => setAsTable(!asTable)} style={{ alignSelf: 'flex-end' }}>
        <Text size="xs" td="underline" c="dimmed">
          {asTable ? 'As a chart' : 'As a table'}
        </Text>
      </UnstyledButton>
    </Stack>
  );
}

function FiguresTable({ label, points, series, unit, time }: Figures & { time: (at: number) => string }) {
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
