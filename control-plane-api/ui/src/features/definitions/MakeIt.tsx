import { Button, Group, Stack, Switch, Text, TextInput } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';
import { useState } from 'react';
import { useMay } from '../../api/access';
import { ProblemAlert } from '../../components/ProblemAlert';
import type { Definition } from './definitionWords';
import { type CreateRequest, isVersion, offeredVersion } from './terms';
import type { Checked } from './useUpload';

/** Makes what was checked a version that can be booked. */
export function MakeIt({ checked, create }: { checked: Checked; create: UseMutationResult<Definition, Error, CreateRequest> }) {
  const compared = checked.analysis?.compared;
  const [version, setVersion] = useState(() => offeredVersion(compared));
  const [keep, setKeep] = useState(false);
  const may = useMay()('POST /api/v1/lablet-definitions');
  if (!may) return null;
  const replaces = compared && !keep ? compared.definition_id : null;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isVersion(version)) create.mutate({ ...checked.request, semantic_version: version, replaces });
      }}
    >
      <Stack gap="sm">
        <Group gap="sm" align="flex-end">
          <TextInput label="Version" required value={version} onChange={(event) => setVersion(event.currentTarget.value.trim())} error={!isVersion(version) && 'Such as 1.2.0'} w={120} />
          <Button type="submit" loading={create.isPending} disabled={!isVersion(version)}>
            Make it {checked.request.name} {version}
          </Button>
        </Group>
        {compared && <Switch label={`Go on taking bookings of ${compared.current_version}`} checked={keep} onChange={(event) => setKeep(event.currentTarget.checked)} />}
        <Text size="sm">
          It can be booked at once, and never changes. {compared && (keep ? `Version ${compared.current_version} can be booked beside it.` : `Version ${compared.current_version} takes no new bookings from then on; whoever has booked keeps it.`)}
        </Text>
        {create.error && <ProblemAlert error={create.error} />}
      </Stack>
    </form>
  );
}
