import { Code, Group, NavLink, ScrollArea, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useMay } from '../../api/access';
import { read, useApi } from '../../api/useApi';
import type { Schemas, SessionRow } from '../../api/types';
import { text, useUrlState } from '../../app/urlState';
import { Answered, NotUpToDate } from '../../components/Answered';
import { DefinitionList } from '../../components/DefinitionList';
import { Json } from '../../components/Json';
import { Moment } from '../../components/Moment';
import { Panel } from '../../components/Panel';
import { ErrorState, LoadingRows } from '../../components/states';
import { instantText } from '../../components/instantText';
import { counted } from '../../components/counted';

type Commit = Schemas['Commit'];
const PATH = '/api/v1/lablet-sessions/{session_id}/events';
const PAGE = 200;
const URL_STATE = { at: text(12) };

/** The raw event log; any commit of it can be chosen, and the session is shown as it was then. */
export function SessionLog({ session }: { session: SessionRow }) {
  const [{ at }, change] = useUrlState(URL_STATE);
  const log = useCommits(session);
  if (!log.data) return log.error ? <ErrorState error={log.error} retry={() => void log.refetch()} /> : <LoadingRows />;
  const commits = log.data.pages.flat().toReversed();
  const chosen = commits.find((commit) => String(commit.version) === at) ?? commits[0];
  return (
    <Stack gap="md">
      {log.error && <NotUpToDate error={log.error} retry={() => void log.fetchNextPage()} />}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Panel title={counted(commits.length, 'commit')}>
          <ScrollArea.Autosize mah="70vh" type="auto" viewportProps={{ tabIndex: 0 }}>
            {commits.map((commit) => (
              <NavLink
                key={commit.version}
                component="button"
                active={commit === chosen}
                aria-current={commit === chosen}
                onClick={() => change({ at: String(commit.version) })}
                label={commit.events.map((event) => event.type.split('.')[1]?.replaceAll('_', ' ')).join(', ')}
                description={commit.metadata.actor}
                leftSection={
                  <Text size="xs" c="dimmed" w={28} ta="right" className="lcm-numbers">
                    {commit.version}
                  </Text>
                }
                rightSection={<Moment at={commit.metadata.at} />}
              />
            ))}
          </ScrollArea.Autosize>
        </Panel>
        {chosen && <CommitDetail commit={chosen} />}
      </SimpleGrid>
    </Stack>
  );
}

/** All commits; those that come later are read as the session's version grows. */
function useCommits(session: SessionRow) {
  const log = useInfiniteQuery({
    queryKey: [PATH, session.id],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) => read(PATH, { params: { path: { session_id: session.id }, query: { after: pageParam, limit: PAGE } } }, signal),
    getNextPageParam: (last, pages) => last.at(-1)?.version ?? pages.flat().at(-1)?.version ?? 0,
    staleTime: Infinity,
  });
  const { fetchNextPage, isFetching } = log;
  const seen = log.data?.pages.flat().at(-1)?.version;
  const behind = seen !== undefined && seen < session.version && !log.error;
  useEffect(() => {
    if (behind && !isFetching) void fetchNextPage();
  }, [behind, isFetching, fetchNextPage, session.version]);
  return log;
}

function CommitDetail({ commit }: { commit: Commit }) {
  const mayTravel = useMay()('GET /api/v1/audit/{commit_id}');
  const { metadata } = commit;
  return (
    <Stack gap="md">
      <Panel title={`Commit ${commit.version}`}>
        <DefinitionList
          facts={[
            ['When', instantText(metadata.at)],
            ['Who', metadata.actor],
            ['Reason', metadata.reason],
            ['From', metadata.remote],
            ['Correlation', <Code key="correlation">{metadata.correlation_id}</Code>],
            ['Hash', <Code key="hash">{commit.hash.slice(0, 16)}…</Code>],
          ]}
        />
        {commit.events.map((event, index) => (
          <div key={index}>
            <Text size="sm" ff="monospace">
              {event.type}
            </Text>
            <Json value={event.data} label="Data of the event" />
          </div>
        ))}
      </Panel>
      {mayTravel ? <StateThen commit={commit} /> : <Text size="sm" c="dimmed">Operators can see the session as it was then.</Text>}
    </Stack>
  );
}

function StateThen({ commit }: { commit: Commit }) {
  const detail = useApi('/api/v1/audit/{commit_id}', { params: { path: { commit_id: `${commit.stream}@${commit.version}` } } }, { keep: true });
  return (
    <Panel title={`The session as it was after commit ${commit.version}`}>
      <Answered query={detail}>
        {({ differences, after }) => (
          <>
            <ScrollArea type="auto" offsetScrollbars="x" viewportProps={{ tabIndex: 0 }}>
              <Table verticalSpacing={4} aria-label="What the commit changed">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Field</Table.Th>
                    <Table.Th>Before</Table.Th>
                    <Table.Th>After</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {differences.map((each) => (
                    <Table.Tr key={each.path}>
                      <Table.Td ff="monospace" fz="xs">
                        {each.path}
                      </Table.Td>
                      <Table.Td fz="xs">{shortly(each.before)}</Table.Td>
                      <Table.Td fz="xs">{shortly(each.after)}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </ScrollArea>
            <Group gap="xs">
              <Text size="sm" fw={500}>
                Whole state
              </Text>
            </Group>
            <Json value={after} label="Whole state" />
          </>
        )}
      </Answered>
    </Panel>
  );
}

const SHORT = 80;

function shortly(value: unknown): string {
  if (value === undefined || value === null) return '–';
  const said = typeof value === 'string' ? value : JSON.stringify(value);
  return said.length > SHORT ? `${said.slice(0, SHORT)}…` : said;
}
