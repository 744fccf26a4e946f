import { Badge } from '@mantine/core';
import { type Tone, toneColor } from '../app/theme';

export function StatusBadge({ status, tone }: { status: string; tone: Tone }) {
  return (
    <Badge color={toneColor[tone]} variant="light" style={{ flexShrink: 0, minWidth: 'max-content' }}>
      {status}
    </Badge>
  );
}
