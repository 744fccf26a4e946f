import { Alert, List } from '@mantine/core';
import type { Booked } from './book';

/** Who of a class got no room, and why. */
export function Refused({ answer }: { answer: Booked }) {
  const refused = answer.refused ?? [];
  if (refused.length === 0) return null;
  return (
    <Alert color="orange" variant="light" role="status" title={`${answer.accepted.length} booked, ${refused.length} without room`}>
      <List size="sm">
        {refused.map((seat) => (
          <List.Item key={seat.candidate.username}>
            {seat.candidate.username}: {seat.message}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
