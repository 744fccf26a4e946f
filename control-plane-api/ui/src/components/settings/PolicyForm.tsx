import { Button, Group, List, SimpleGrid, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { Action } from '../../actions/action';
import { useAction } from '../../actions/useAction';
import { useMay } from '../../api/access';
import { api } from '../../api/client';
import { ApiError } from '../../api/problems';
import type { Schemas } from '../../api/types';
import { SettingInput } from './SettingInput';
import type { SettingField } from './settingField';
import { type Drafts, judged, labelOf, placesWithin, type Policy, refusedPlaces, toldAt, valueAt, withDrafts } from './settingValues';

type Current = Schemas['CurrentFleetPolicy'];
const SAVE = 'PUT /api/v1/system/settings';

/** Some settings of the fleet policy; the rest of it stays as it is. Whoever may not change them reads them. */
export function PolicyForm({ current, fields }: { current: Current; fields: readonly SettingField[] }) {
  const [drafts, setDrafts] = useState<Drafts>({});
  const [refused, setRefused] = useState<Record<string, string>>({});
  const ask = useAction();
  const readOnly = !useMay()(SAVE);
  const policy = current.policy as unknown as Policy;
  const { changes, problems } = judged(fields, policy, drafts);
  const count = Object.keys(changes).length;
  const wrong = Object.keys(problems).length;
  return (
    <Stack gap="md">
      {readOnly && (
        <Text size="sm" c="dimmed">
          Only an admin can change these.
        </Text>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg" verticalSpacing="md" style={{ alignItems: 'end' }}>
        {fields.map((field) => (
          <SettingInput
            key={field.path}
            field={field}
            present={valueAt(policy, field.path)}
            draft={drafts[field.path]}
            problem={problems[field.path] ?? refused[field.path]}
            refused={placesWithin(refused, field.path)}
            readOnly={readOnly}
            change={(typed) => {
              setDrafts((before) => ({ ...before, [field.path]: typed }));
              setRefused((before) => Object.fromEntries(Object.entries(before).filter(([place]) => place !== field.path && !place.startsWith(`${field.path}.`))));
            }}
          />
        ))}
      </SimpleGrid>
      {!readOnly && (
        <Group>
          <Button disabled={count === 0 || wrong > 0} onClick={() => ask(saving(current, changes, () => setDrafts({}), setRefused))}>
            {count === 0 ? 'Nothing changed' : count === 1 ? 'Save 1 change' : `Save ${count} changes`}
          </Button>
          {Object.keys(drafts).length > 0 && (
            <Button
              variant="default"
              onClick={() => {
                setDrafts({});
                setRefused({});
              }}
            >
              Take changes back
            </Button>
          )}
          {wrong > 0 && (
            <Text size="sm" c="red" role="status">
              {wrong === 1 ? 'One value cannot be taken' : `${wrong} values cannot be taken`}: {Object.keys(problems).map(labelOf).join(', ')}
            </Text>
          )}
        </Group>
      )}
    </Stack>
  );
}

function saving(current: Current, changes: Drafts, saved: () => void, refuse: (places: Record<string, string>) => void): Action {
  const before = current.policy as unknown as Policy;
  return {
    operation: SAVE,
    label: 'Save settings',
    asksReason: true,
    version: current.version > 0 ? current.version : undefined,
    consequence: (
      <Stack gap="xs">
        <Text size="sm">This holds for every decision from now on, in all services.</Text>
        <List size="sm">
          {Object.entries(changes).map(([path, value]) => (
            <List.Item key={path} style={{ overflowWrap: 'anywhere' }}>
              {labelOf(path)}: {toldAt(path, valueAt(before, path))} → {toldAt(path, value)}
            </List.Item>
          ))}
        </List>
      </Stack>
    ),
    send: async ({ reason }, header) => {
      const policy = withDrafts(before, changes) as never;
      try {
        await api.PUT('/api/v1/system/settings', { params: { header }, body: { policy, reason } });
      } catch (error) {
        // The dialog tells it; beside what was refused it is found again when the dialog is closed.
        if (error instanceof ApiError) refuse(refusedPlaces(error));
        throw error;
      }
      saved();
    },
    done: 'The settings hold from now on.',
  };
}
