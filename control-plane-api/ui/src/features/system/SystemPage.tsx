import { Anchor, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { useMay } from '../../api/access';
import { useApi } from '../../api/useApi';
import { Answered } from '../../components/Answered';
import { PageTitle } from '../../components/PageTitle';
import { Panel } from '../../components/Panel';
import { Reconcilers } from '../../components/Reconcilers';
import { Queues } from './Queues';
import { Rebuilds } from './Rebuilds';
import { ServiceCard } from './ServiceCard';

const HEALTH_MS = 5_000;

/** Health, versions, leaders and queues of all services, and what can be done when one is not well. */
export default function SystemPage() {
  const may = useMay();
  const system = useApi('/api/v1/system', {}, { everyMs: HEALTH_MS });
  return (
    <Stack gap="md" className="lcm-in-turn">
      <PageTitle title="System" hint="Every service: whether it is well, who leads, and what waits to be done.">
        {system.data?.links.traces && <External href={system.data.links.traces}>Traces</External>}
        {system.data?.links.dashboards && <External href={system.data.links.dashboards}>Dashboards</External>}
      </PageTitle>
      <Answered query={system}>
        {({ services, queues, feed, links }) => (
          <Stack gap="md">
            {services.length === 0 ? (
              <Panel title="Services">
                <Text size="sm">No addresses of services are configured here (CONTROL_PLANE_SERVICE_URLS), so none can be asked how it is.</Text>
              </Panel>
            ) : (
              <SimpleGrid cols={{ base: 1, sm: 2, xl: 4 }} spacing="md">
                {services.map((service) => (
                  <ServiceCard key={service.service} service={service} traces={links.traces} />
                ))}
              </SimpleGrid>
            )}
            <Queues queues={queues} feed={feed} />
          </Stack>
        )}
      </Answered>
      <Reconcilers />
      {may('GET /api/v1/system/rebuild-etcd') && <Rebuilds />}
    </Stack>
  );
}

function External({ href, children }: { href: string; children: string }) {
  return (
    <Group>
      <Anchor href={href} target="_blank" rel="noreferrer" size="sm">
        {children} ↗
      </Anchor>
    </Group>
  );
}
