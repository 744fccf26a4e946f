import { Alert, Button, Card, Code, Group, List, Stack, Table, Text } from '@mantine/core';
import { IconAnchor, IconShieldCheck, IconShieldX } from '@tabler/icons-react';
import { useState } from 'react';
import type { Action } from '../../actions/action';
import { useAction, useAllowed } from '../../actions/useAction';
import { answer, api } from '../../api/client';
import type { Schemas } from '../../api/types';
import { useApi } from '../../api/useApi';
import { text, useUrlState } from '../../app/urlState';
import { Answered } from '../../components/Answered';
import { Moment } from '../../components/Moment';
import { Panel } from '../../components/Panel';
import { EmptyState } from '../../components/states';
import { ByWidth } from '../../components/ByWidth';
import { counted } from '../../components/counted';

type Result = Schemas['AuditResult'];
type Anchor = Schemas['AnchorSummary'];
const URL_STATE = { before: text(12) };

/** Proves the log against itself and against its anchors; lists the anchors. */
export function Proof() {
  const [result, setResult] = useState<Result | null>(null);
  const ask = useAction();
  const actions = useAllowed([verify(setResult), ANCHOR]);
  return (
    <Stack gap="md">
      {actions.length > 0 && (
        <Group>
          {actions.map((action) => (
            <Button key={action.label} variant="default" onClick={() => ask(action)}>
              {action.label}
            </Button>
          ))}
        </Group>
      )}
      {result && <Verdict result={result} />}
      <Anchors />
    </Stack>
  );
}

function verify(show: (result: Result) => void): Action {
  return {
    operation: 'POST /api/v1/audit/verify',
    label: 'Verify the log',
    consequence: 'Reads every commit, proves its hash chain and compares the rules between things. Nothing is changed. It takes about a second for each ten thousand commits; for a long log name one stream, or run "lcm audit verify".',
    fields: [
      { kind: 'text', name: 'stream', label: 'One stream alone', description: 'As in lablet_session-<id>; empty for all.', optional: true },
      { kind: 'switch', name: 'anchors', label: 'Compare with the anchors too', description: 'Proves that nothing was rewritten since.' },
    ],
    send: async ({ texts, switches }, header) => {
      const query = { stream: texts.stream?.trim() || undefined, anchors: switches.anchors ?? false };
      show(await answer(api.POST('/api/v1/audit/verify', { params: { query, header } })));
    },
    done: 'The log was read. The verdict is on the page.',
  };
}

const ANCHOR: Action = {
  operation: 'POST /api/v1/audit/anchors',
  label: 'Anchor now',
  consequence: 'Writes the head of every stream into the bucket for anchors, where the database cannot reach it, beside the anchor that is made each day.',
  send: (_, header) => api.POST('/api/v1/audit/anchors', { params: { header } }),
  done: 'The anchor is written.',
};

function Verdict({ result }: { result: Result }) {
  const { clean, findings } = result;
  const read = `${counted(result.commits, 'commit')} and ${counted(result.events, 'event')} in ${counted(result.streams, 'stream')}; ${result.anchors ?? 0} anchors compared.`;
  return (
    <Alert color={clean ? 'teal' : 'red'} icon={clean ? <IconShieldCheck /> : <IconShieldX />} title={clean ? 'The log is whole' : counted(findings.length, 'finding')} role="status">
      <Stack gap="xs">
        <Text size="sm">{read}</Text>
        {findings.length > 0 && (
          <List size="sm">
            {findings.map((each) => (
              <List.Item key={`${each.stream} ${each.version} ${each.kind}`}>
                <Code>{each.version ? `${each.stream}@${each.version}` : each.stream}</Code> {each.message}
              </List.Item>
            ))}
          </List>
        )}
        <Text size="xs" style={{ overflowWrap: 'anywhere' }}>
          Fingerprint {result.fingerprint}
        </Text>
      </Stack>
    </Alert>
  );
}

const ROWS = 30;

function Anchors() {
  const [{ before }, change] = useUrlState(URL_STATE);
  const number = Number(before);
  const page = useApi('/api/v1/audit/anchors', { params: { query: { limit: ROWS, before: number > 0 ? number : undefined } } }, { keep: true });
  return (
    <Panel title="Anchors">
      <Answered query={page}>
        {({ items, next_before }) =>
          items.length === 0 ? (
            <EmptyState icon={IconAnchor} title="No anchor yet">
              One is made each day where a bucket for anchors is configured.
            </EmptyState>
          ) : (
            <>
              <AnchorRows items={items} />
              <Group>
                {number > 0 && (
                  <Button size="xs" variant="default" onClick={() => change({ before: undefined })}>
                    Newest
                  </Button>
                )}
                {next_before !== null && (
                  <Button size="xs" variant="default" onClick={() => change({ before: String(next_before) }, { push: true })}>
                    Older
                  </Button>
                )}
              </Group>
            </>
          )
        }
      </Answered>
    </Panel>
  );
}

const CARDS_BELOW_PX = 640;

function AnchorRows({ items }: { items: readonly Anchor[] }) {
  return <ByWidth below={CARDS_BELOW_PX} narrow={<AnchorCards items={items} />} wide={<AnchorTable items={items} />} />;
}

function Root({ anchor: { merkle_root } }: { anchor: Anchor }) {
  return <Code title={merkle_root}>{merkle_root.slice(0, 16)}…</Code>;
}

function AnchorCards({ items }: { items: readonly Anchor[] }) {
  return (
    <Stack gap="xs" role="list" aria-label="Anchors" className="lcm-numbers">
      {items.map((anchor) => (
        <Card key={anchor.number} withBorder padding="sm" role="listitem">
          <Group justify="space-between" wrap="nowrap">
            <Text size="sm" fw={600}>
              {anchor.number}: {anchor.day}
            </Text>
            <Moment at={anchor.at} />
          </Group>
          <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {counted(anchor.streams, 'stream')}, by {anchor.actor}
          </Text>
          <Text size="sm" component="div">
            Root: <Root anchor={anchor} />
          </Text>
        </Card>
      ))}
    </Stack>
  );
}

function AnchorTable({ items }: { items: readonly Anchor[] }) {
  return (
    <Table aria-label="Anchors">
      <Table.Thead>
        <Table.Tr>
          {['Number', 'Day', 'Made', 'By', 'Streams', 'Root'].map((head) => (
            <Table.Th key={head}>{head}</Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody className="lcm-numbers">
        {items.map((anchor) => (
          <Table.Tr key={anchor.number}>
            <Table.Td>{anchor.number}</Table.Td>
            <Table.Td>{anchor.day}</Table.Td>
            <Table.Td>
              <Moment at={anchor.at} />
            </Table.Td>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>{anchor.actor}</Table.Td>
            <Table.Td>{anchor.streams.toLocaleString('en')}</Table.Td>
            <Table.Td>
              <Root anchor={anchor} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
