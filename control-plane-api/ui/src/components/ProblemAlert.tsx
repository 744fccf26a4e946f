import { Alert, Code, List, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { ApiError, adviceFor } from '../api/problems';

/** An error for people: what happened, why, what to do, and what to quote when it is reported. */
export function ProblemAlert({ error, title }: { error: Error; title?: string }) {
  const problem = error instanceof ApiError ? error.problem : undefined;
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle />} title={title ?? problem?.title ?? 'No answer'} role="alert">
      <Stack gap={6}>
        <Text size="sm">{error.message}</Text>
        {problem?.errors && problem.errors.length > 0 && (
          <List size="sm">
            {problem.errors.map((each) => (
              <List.Item key={each.pointer + each.message}>
                <Code>{each.pointer}</Code> {each.message}
              </List.Item>
            ))}
          </List>
        )}
        <Text size="sm" fw={500}>
          {adviceFor(error)}
        </Text>
        {problem?.trace_id && (
          <Text size="xs" c="dimmed">
            {problem.code} · trace {problem.trace_id}
          </Text>
        )}
      </Stack>
    </Alert>
  );
}
