import { Group, Select, Stack, Text } from '@mantine/core';
import { useMay } from '../../api/access';
import { useApi } from '../../api/useApi';
import { text, useUrlState } from '../../app/urlState';
import { Answered } from '../../components/Answered';
import { later } from '../../components/later';
import { PageLink } from '../../components/PageLink';
import { Panel } from '../../components/Panel';
import { byVersion, comparedWith, type Definition } from './definitionWords';
import { VersionRows } from './VersionRows';

const Comparison = later(async () => (await import('./Comparison')).Comparison, 240);

const URL_STATE = { from: text(), to: text() };
const VERSIONS_READ = 200;

/** All versions of the lab, and any two of them against each other. */
export function Versions({ definition }: { definition: Definition }) {
  const mayCompare = useMay()('GET /api/v1/lablet-definitions/{definition_id}/comparison');
  const versions = useApi('/api/v1/lablet-definitions', { params: { query: { name: definition.name, limit: VERSIONS_READ } } }, { kinds: ['lablet_definition'] });
  return (
    <Answered query={versions} height={240}>
      {({ items, next_cursor }) => (
        <Stack gap="md">
          <Panel title="Versions">
            <VersionRows versions={[...items].sort(byVersion)} current={definition.id} />
            {next_cursor && (
              <Text size="sm" c="dimmed">
                These are the {items.length} newest. <PageLink to="/definitions" search={{ name: definition.name }}>All of them</PageLink>
              </Text>
            )}
          </Panel>
          {mayCompare && (
            <Panel title="What changed">
              <Compared definition={definition} versions={items.filter((each) => each.content_hash)} />
            </Panel>
          )}
        </Stack>
      )}
    </Answered>
  );
}

function Compared({ definition, versions }: { definition: Definition; versions: readonly Definition[] }) {
  const [url, change] = useUrlState(URL_STATE);
  const find = (id: string | undefined) => versions.find((each) => each.id === id);
  const to = find(url.to) ?? find(definition.id);
  const from = find(url.from) ?? find(to && comparedWith(to, versions));
  if (versions.length < 2 || !to || !from) return <Text size="sm">There is no other version with content to compare it with.</Text>;
  const choices = [...versions].sort(byVersion).map((each) => ({ value: each.id, label: each.semantic_version }));
  return (
    <Stack gap="md">
      <Group gap="sm" align="flex-end">
        <Select label="From" data={choices} value={from.id} allowDeselect={false} searchable onChange={(id) => change({ from: id ?? undefined })} w={150} />
        <Select label="To" data={choices} value={to.id} allowDeselect={false} searchable onChange={(id) => change({ to: id ?? undefined })} w={150} />
      </Group>
      {from.id === to.id ? <Text size="sm">Choose two versions that are not the same.</Text> : <Comparison base={from} definition={to} />}
    </Stack>
  );
}
