import { Button, SimpleGrid } from '@mantine/core';
import type { Action } from '../../actions/action';
import { useAction, useAllowed } from '../../actions/useAction';
import { api } from '../../api/client';
import type { Schemas } from '../../api/types';
import { useApi } from '../../api/useApi';
import { Answered } from '../../components/Answered';
import { DefinitionList } from '../../components/DefinitionList';
import { duration } from '../../components/duration';
import { Panel } from '../../components/Panel';
import { budgetText, minimaText, windowText } from '../../components/settings/careText';
import { toldAt } from '../../components/settings/settingValues';
import { DRAIN_DEADLINE, type FleetPolicy, LIMITS, ORPHANS, withLimits } from './fleetPolicy';

type Current = Schemas['CurrentFleetPolicy'];

/** Limits and guards of the whole fleet, which hold from the moment that they are changed. */
export function FleetLimits() {
  const current = useApi('/api/v1/system/settings', {}, { kinds: ['system_settings'] });
  return (
    <Answered query={current} height={240}>
      {(settings) => (
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
          <Panel title="Limits of the fleet" aside={<Change current={settings} />}>
            <DefinitionList nameWidth={240} facts={Object.fromEntries(LIMITS.map(([name, label]) => [label, toldAt(name, settings.policy[name])]))} />
          </Panel>
          <Panel title="How the fleet looks after itself">
            <Care policy={settings.policy} />
          </Panel>
        </SimpleGrid>
      )}
    </Answered>
  );
}

function Care({ policy: { care, host_loss } }: { policy: FleetPolicy }) {
  const lines = (texts: readonly string[]) => (texts.length > 0 ? texts.map((each) => <div key={each}>{each}</div>) : undefined);
  return (
    <DefinitionList
      nameWidth={200}
      facts={{
        'Workers in a region, at least': minimaText(care.min_workers_by_region),
        'Of a template, at least': minimaText(care.min_workers_by_template),
        'Taken out of service, at most': lines((care.budgets ?? []).map(budgetText)),
        'When workers may go': lines((care.windows ?? []).map(windowText)) ?? 'at any time',
        'Stopped workers are removed after': duration(care.retention_seconds ?? 0),
        'When the time to drain is over': care.drain_deadline && DRAIN_DEADLINE[care.drain_deadline],
        Strays: care.orphans && ORPHANS[care.orphans],
        'A lost host': host_loss.action === 'hold' ? `the session waits ${duration(host_loss.hold_seconds ?? 0)} for it` : 'the session ends',
      }}
    />
  );
}

function Change({ current }: { current: Current }) {
  const ask = useAction();
  const [allowed] = useAllowed([changeLimits(current)]);
  if (!allowed) return null;
  return (
    <Button size="xs" variant="default" onClick={() => ask(allowed)}>
      Change limits
    </Button>
  );
}

function changeLimits({ policy, version }: Current): Action {
  return {
    operation: 'PUT /api/v1/system/settings',
    label: 'Change limits',
    consequence: 'They hold at once, for what is booked, launched and drained from now on. What is promised already stays so.',
    asksReason: true,
    version,
    fields: LIMITS.map(([name, label, description]) => ({ kind: 'text', name, label, description: description || undefined, initial: String(policy[name]), input: 'number' })),
    send: ({ reason, texts }, header) => api.PUT('/api/v1/system/settings', { params: { header }, body: { policy: withLimits(policy, texts), reason } }),
    done: 'The limits are changed.',
  };
}
