import { Button, Card, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconPlus, IconTemplate } from '@tabler/icons-react';
import { useState } from 'react';
import { useMay } from '../../api/access';
import { useApi } from '../../api/useApi';
import { flag, text, useUrlState } from '../../app/urlState';
import { Answered } from '../../components/Answered';
import { FilterChoice, Filters, FilterText } from '../../components/Filters';
import { later } from '../../components/later';
import { PageLink } from '../../components/PageLink';
import { PageTitle } from '../../components/PageTitle';
import { StatusBadge } from '../../components/StatusBadge';
import { EmptyState } from '../../components/states';
import { useLiveRows } from '../../live/useLive';
import { chosenTemplates, regionsOf, workersOf } from './templateList';
import { hourText, sizeText, type Template } from './templateWords';

const TemplateForm = later(async () => (await import('./TemplateForm')).TemplateForm);

const URL_STATE = { region: text(40), name: text(), retired: flag() };

/** What workers are made from, the cheapest first: that is the order in which they are chosen. */
export default function TemplatesPage() {
  const [filters, change] = useUrlState(URL_STATE);
  const may = useMay();
  const [creating, setCreating] = useState(false);
  const templates = useApi('/api/v1/worker-templates', {}, { kinds: ['worker_template'] });
  return (
    <Stack gap="md">
      <PageTitle title="Worker templates" count={templates.data?.length.toLocaleString('en')} hint="What workers are made from. Of those that can hold a session the cheapest is chosen.">
        {may('POST /api/v1/worker-templates') && (
          <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>
            New template
          </Button>
        )}
      </PageTitle>
      <Answered query={templates} height={240}>
        {(all) => (
          <>
            <Filters>
              <FilterText label="Name" value={filters.name} onChange={(name) => change({ name })} />
              <FilterChoice label="Region" value={filters.region} choices={regionsOf(all)} onChange={(region) => change({ region })} />
              <Button variant="default" aria-pressed={filters.retired} onClick={() => change({ retired: !filters.retired })}>
                {filters.retired ? 'Without retired ones' : 'Retired ones too'}
              </Button>
            </Filters>
            <Cards templates={chosenTemplates(all, filters)} any={all.length > 0} />
          </>
        )}
      </Answered>
      {creating && <TemplateForm close={() => setCreating(false)} />}
    </Stack>
  );
}

function Cards({ templates, any }: { templates: readonly Template[]; any: boolean }) {
  const workers = useLiveRows('cml_worker');
  if (templates.length === 0) {
    return (
      <EmptyState icon={IconTemplate} title={any ? 'Nothing matches the filters' : 'There is no template yet'}>
        {any ? 'Choose another name or region, or look at retired ones too.' : 'Without one no worker can be made, and no booking that needs a new worker is accepted.'}
      </EmptyState>
    );
  }
  return (
    <SimpleGrid component="ul" minColWidth="min(22rem, 100%)" spacing="md" p={0} m={0} style={{ listStyle: 'none' }} aria-label="Worker templates">
      {templates.map((template) => (
        <li key={template.id}>
          <TemplateCard template={template} workers={workers && workersOf(template, workers.values())} />
        </li>
      ))}
    </SimpleGrid>
  );
}

function TemplateCard({ template, workers }: { template: Template; workers: number | undefined }) {
  return (
    <Card withBorder h="100%">
      <Stack gap={4}>
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <PageLink to={`/templates/${template.id}`} fw={600} style={{ overflowWrap: 'anywhere' }}>
            {template.name}
          </PageLink>
          <StatusBadge status={template.enabled ? 'in use' : 'retired'} tone={template.enabled ? 'good' : 'resting'} />
        </Group>
        {template.description && (
          <Text size="sm" lineClamp={2}>
            {template.description}
          </Text>
        )}
        <Text size="sm" c="dimmed">
          {template.instance_type} in {template.region}, {template.license_type.toLowerCase()} licence
        </Text>
        <Text size="sm" className="lcm-numbers">
          {sizeText(template)}
        </Text>
        <Group justify="space-between">
          <Text size="sm" fw={600} className="lcm-numbers">
            {hourText(template)} an hour
          </Text>
          {workers !== undefined && (
            <PageLink to="/workers" search={{ template: template.name }}>
              {workers === 1 ? '1 worker' : `${workers} workers`}
            </PageLink>
          )}
        </Group>
        {template.warnings.length > 0 && (
          <Group gap={6} wrap="nowrap">
            <IconAlertTriangle size={16} color="var(--mantine-color-orange-text)" aria-hidden />
            <Text size="sm">{template.warnings.length === 1 ? 'One thing' : `${template.warnings.length} things`} to look at</Text>
          </Group>
        )}
      </Stack>
    </Card>
  );
}
