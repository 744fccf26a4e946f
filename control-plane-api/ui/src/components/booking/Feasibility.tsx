import { Alert, Button, Group, List, Loader, Skeleton, Stack, Text } from '@mantine/core';
import { IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import { ProblemAlert } from '../ProblemAlert';
import { verdictOf } from './feasibility';
import { slotText } from './slotText';
import { type Terms, useDryRun } from './useDryRun';

interface Props {
  terms: Terms | undefined;
  /** A time that would be accepted was chosen in its place. */
  choose?: (start: string) => void;
}

/** Whether there is room at these terms, where, and if not why, and when there is: asked while one types. */
export function Feasibility({ terms, choose }: Props) {
  const { data, error, isOfBefore } = useDryRun(terms);
  if (!terms) return <Text c="dimmed" size="sm">Choose a lab, a time and a learner: whether there is room is told here at once.</Text>;
  if (error && !isOfBefore) return <ProblemAlert error={error} />;
  if (!data) return <Skeleton height={80} aria-label="Asking" />;
  const { fits, headline, lines } = verdictOf(data);
  return (
    <Alert color={fits ? 'teal' : 'red'} variant="light" icon={fits ? <IconCircleCheck /> : <IconCircleX />} title={<Group gap="xs">{headline}{isOfBefore && <Loader size={14} aria-label="Asking again" />}</Group>} role="status">
      <Stack gap={8}>
        <Text size="sm" className="lcm-numbers">
          {slotText(data.slot)}; room is held {slotText(data.occupation)}.
        </Text>
        {lines.length > 0 && (
          <List size="sm">
            {lines.map((line) => (
              <List.Item key={line}>{line}</List.Item>
            ))}
          </List>
        )}
        {data.alternatives.length > 0 && (
          <Stack gap={6}>
            <Text size="sm" fw={600}>
              There is room at:
            </Text>
            <Group gap={6}>
              {data.alternatives.map((slot) =>
                choose ? (
                  <Button key={slot.start} size="xs" variant="default" onClick={() => choose(slot.start)}>
                    {slotText(slot)}
                  </Button>
                ) : (
                  <Text key={slot.start} size="sm">
                    {slotText(slot)}
                  </Text>
                ),
              )}
            </Group>
          </Stack>
        )}
      </Stack>
    </Alert>
  );
}
