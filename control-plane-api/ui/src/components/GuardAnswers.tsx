import { Group, Text } from '@mantine/core';
import { IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import type { Schemas } from '../api/types';

interface Props {
  answers: readonly Schemas['GuardAnswer'][];
  /** What it means that a guard agrees, and that it does not, for people who do not see the mark. */
  agrees?: string;
  refuses?: string;
}

/** What each guard says, and why, one below the other. */
export function GuardAnswers({ answers, agrees = 'agrees', refuses = 'says no' }: Props) {
  return answers.map((answer) => (
    <Group key={answer.name} gap="xs" wrap="nowrap" align="flex-start">
      {answer.passes ? (
        <IconCircleCheck size={18} color="var(--mantine-color-teal-text)" aria-label={agrees} style={{ flexShrink: 0 }} />
      ) : (
        <IconCircleX size={18} color="var(--mantine-color-orange-text)" aria-label={refuses} style={{ flexShrink: 0 }} />
      )}
      <Text size="sm">
        {answer.name.replaceAll('_', ' ')}
        {answer.why && (
          <Text span size="sm" c="dimmed">
            : {answer.why}
          </Text>
        )}
      </Text>
    </Group>
  ));
}
