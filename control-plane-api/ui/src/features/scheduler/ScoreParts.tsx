import { Group, Progress, Stack, Text } from '@mantine/core';
import type { Schemas } from '../../api/types';
import { pointsFor } from './decisionWords';
import { dimensionName } from './whyNot';

type WorkerScore = Schemas['WorkerScore'];

const TONES: Record<Schemas['ScoreReason'], string> = { fullness: 'lcm.6', busy: 'orange.6', promise: 'teal.6', prepared: 'grape.6' };
const percent = (share: number) => `${Math.round(100 * share)} %`;

/** What a score is made of: each part with its weight. */
export function ScoreParts({ score: { parts, score, shares } }: { score: WorkerScore }) {
  const counted = parts.filter((part) => part.points > 0);
  return (
    <Stack gap={4} maw={560}>
      <Progress.Root size="md" aria-hidden>
        {counted.map((part) => (
          <Progress.Section key={part.reason} value={score > 0 ? (100 * part.points) / score : 0} color={TONES[part.reason]} />
        ))}
      </Progress.Root>
      <Stack component="ul" gap={0} p={0} m={0} style={{ listStyle: 'none' }} aria-label="Parts of the score">
        {counted.map((part) => (
          <Group component="li" key={part.reason} gap="xs" justify="space-between" wrap="nowrap">
            <Text size="xs">
              {pointsFor(part.reason)}
              {part.reason === 'fullness' && ` ${percent(part.value)}`}
            </Text>
            <Text size="xs" c="dimmed" className="lcm-numbers" style={{ whiteSpace: 'nowrap' }}>
              weight {part.weight} → {part.points.toFixed(3)}
            </Text>
          </Group>
        ))}
      </Stack>
      <Text size="xs" c="dimmed">
        In use afterwards, at the peak:{' '}
        {Object.entries(shares)
          .map(([dimension, share]) => `${dimensionName(dimension)} ${percent(share)}`)
          .join(', ')}
      </Text>
    </Stack>
  );
}
