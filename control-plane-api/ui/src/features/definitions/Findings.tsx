import { Alert, Button, Code, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { type Field, FIELDS, type Finding, type Texts } from './packageFiles';

interface Props {
  findings: readonly Finding[];
  texts: Texts;
  names: Partial<Record<Field, string>>;
  /** Opens a text at a line. */
  edit: (field: Field, line: number) => void;
}

/** Every problem of a package with its file, line and path, and the line itself. */
export function Findings({ findings, texts, names, edit }: Props) {
  const inFiles = FIELDS.map(({ field }) => ({ field, found: findings.filter((each) => each.field === field) })).filter(({ found }) => found.length > 0);
  const others = findings.filter((each) => each.field === null);
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle />} role="alert" title={findings.length === 1 ? 'It cannot be used: 1 problem' : `It cannot be used: ${findings.length} problems`}>
      <Stack gap="sm">
        {others.map((each, index) => (
          <Text size="sm" key={index}>
            {each.path && <Code>{each.path}</Code>} {each.message}
          </Text>
        ))}
        {inFiles.map(({ field, found }) => (
          <Stack key={field} gap={6}>
            <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
              {names[field] ?? FIELDS.find((each) => each.field === field)?.title}
            </Text>
            {found.map((each, index) => (
              <Problem key={index} finding={each} line={each.line === null ? undefined : texts[field].split('\n')[each.line - 1]} edit={() => edit(field, each.line ?? 1)} />
            ))}
          </Stack>
        ))}
      </Stack>
    </Alert>
  );
}

const SHOWN = 160;

function Problem({ finding, line, edit }: { finding: Finding; line: string | undefined; edit: () => void }) {
  return (
    <div>
      <Group gap="xs" justify="space-between" wrap="nowrap" align="flex-start">
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {finding.line !== null && `Line ${finding.line}: `}
          {finding.message} {finding.path && <Code>{finding.path}</Code>}
        </Text>
        <Button size="compact-xs" variant="default" onClick={edit} style={{ flexShrink: 0 }} aria-label={finding.line === null ? 'Edit the file' : `Edit line ${finding.line}`}>
          Edit
        </Button>
      </Group>
      {line?.trim() && (
        <Code block style={{ overflowX: 'auto' }} tabIndex={0} aria-label={`Line ${finding.line}`} role="region">
          {line.slice(0, SHOWN)}
        </Code>
      )}
    </div>
  );
}
