import { Code } from '@mantine/core';

/** Data as it is, readable and scrollable; reached by keyboard, so that it can be scrolled by it. */
export function Json({ value, label }: { value: unknown; label: string }) {
  return (
    <Code block tabIndex={0} role="region" aria-label={label} mah={420} style={{ overflow: 'auto' }}>
      {JSON.stringify(value, null, 2)}
    </Code>
  );
}
