import { Alert, Button, Code, Group, SimpleGrid, Skeleton, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useParams } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { ActionMenu } from '../../actions/ActionMenu';
import { useMay } from '../../api/access';
import { useApi } from '../../api/useApi';
import { AnsweredPage } from '../../components/AnsweredPage';
import { DefinitionList } from '../../components/DefinitionList';
import { duration } from '../../components/duration';
import { later } from '../../components/later';
import { Moment } from '../../components/Moment';
import { PageLink } from '../../components/PageLink';
import { PageTitle } from '../../components/PageTitle';
import { Panel } from '../../components/Panel';
import { StatusBadge } from '../../components/StatusBadge';
import { useLiveRows } from '../../live/useLive';
import { templateActions } from './templateActions';
import { workersOf } from './templateList';
import { costPerCore, costText, sizeText, type Template, termText } from './templateWords';
import { Versions } from './Versions';

const TemplateForm = later(async () => (await import('./TemplateForm')).TemplateForm);

/** One template: its terms, its cost, and what each version changed. */
export default function TemplatePage() {
  const { templateId = '' } = useParams({ strict: false }) as { templateId?: string };
  const fetched = useApi('/api/v1/worker-templates/{template_id}', { params: { path: { template_id: templateId } } }, { kinds: ['worker_template'] });
  return <AnsweredPage query={fetched} thing="template" back={{ to: '/templates', label: 'Templates' }}>{(template) => <Detail template={template} />}</AnsweredPage>;
}

function Detail({ template }: { template: Template }) {
  const may = useMay();
  const [changing, setChanging] = useState(false);
  return (
    <Stack gap="md">
      <PageTitle
        title={template.name}
        back={{ to: '/templates', label: 'Worker templates' }}
        badge={<StatusBadge status={template.enabled ? 'in use' : 'retired'} tone={template.enabled ? 'good' : 'resting'} />}
        hint={template.description || costText(template)}
      >
        {may('PUT /api/v1/worker-templates/{template_id}') && (
          <Button variant="default" onClick={() => setChanging(true)}>
            New version
          </Button>
        )}
        <ActionMenu actions={templateActions(template)} />
      </PageTitle>
      {template.warnings.map((warning) => (
        <Alert key={warning} color="orange" variant="light" icon={<IconAlertTriangle />}>
          {warning}
        </Alert>
      ))}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Panel title="What its workers are">
          <Terms template={template} />
        </Panel>
        <Panel title="How they are made">
          <Making template={template} />
        </Panel>
      </SimpleGrid>
      <Versions templateId={template.id} />
      {changing && <TemplateForm template={template} close={() => setChanging(false)} />}
    </Stack>
  );
}

function Terms({ template }: { template: Template }) {
  const workers = useLiveRows('cml_worker');
  const { capacity, port_range, ami } = template;
  return (
    <DefinitionList
      facts={{
        Workers: workers ? (
          <PageLink to="/workers" search={{ template: template.name }}>
            {workersOf(template, workers.values()).toLocaleString('en')}
          </PageLink>
        ) : (
          <Skeleton height={20} width={40} aria-label="Loading" />
        ),
        Cost: costText(template),
        'Per core': costPerCore(template) && `${costPerCore(template)} an hour`,
        Region: template.region,
        Instance: template.instance_type,
        Capacity: `${sizeText(template)}, ${(capacity.nodes ?? 0).toLocaleString('en')} nodes, ${(capacity.ports ?? 0).toLocaleString('en')} ports`,
        Ports: `${port_range.first} to ${port_range.last}`,
        Licence: template.license_type.toLowerCase(),
        Image: [ami.name_pattern, ami.min_version && `${ami.min_version} or later`].filter(Boolean).join(', '),
        'Starts in': duration(template.startup_seconds),
        'May drain for': duration(template.drain_timeout_seconds),
        Version: (
          <>
            {template.version}, <Moment at={template.updated_at} />
          </>
        ),
        'Made from': template.source_digest ? (template.edited_since_source ? 'the template file, changed by hand since: it does not follow the file any more' : 'the template file, which it follows') : undefined,
        Id: <Code>{template.id}</Code>,
      }}
    />
  );
}

function lines<T>(otherwise: string, all: readonly T[], line: (each: T) => ReactNode): ReactNode {
  return all.length === 0 ? otherwise : all.map(line);
}

function Making({ template: { provisioning } }: { template: Template }) {
  const { instance_types = [], fallback_templates = [], networks = {}, purchase, tags = {}, user_data, volume } = provisioning;
  return (
    <Stack gap="sm">
      <DefinitionList
        facts={{
          Bought: purchase.option === 'SPOT' ? `spot${purchase.max_price_usd_per_hour ? `, at most ${purchase.max_price_usd_per_hour} USD an hour` : ''}${purchase.on_demand_fallback ? '; on demand where there is none' : ''}` : 'on demand',
          'Else these types': instance_types.join(', '),
          'Else these templates': fallback_templates.join(', '),
          Volume: termText('volume', volume),
          Networks: lines('as the tag of the fleet says', Object.entries(networks), ([region, network]) => (
            <div key={region}>
              {region}: {termText('networks', network)}
            </div>
          )),
          Tags: lines('only those of the fleet', Object.entries(tags), ([key, value]) => (
            <div key={key}>
              <Code>
                {key}={value}
              </Code>
            </div>
          )),
        }}
      />
      {user_data && (
        <Stack gap={4}>
          <Group>
            <Text size="sm" fw={500}>
              User data
            </Text>
          </Group>
          <Code block tabIndex={0} mah={240} style={{ overflow: 'auto' }}>
            {user_data}
          </Code>
        </Stack>
      )}
    </Stack>
  );
}
