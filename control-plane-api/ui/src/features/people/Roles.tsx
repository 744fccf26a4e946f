import { Accordion, Code, List, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { INCLUDED_ROLES, ROLES } from '../../api/roles.gen';
import { accessOf } from './accessOf';

/** Each role: what it is for, and all that it may do. */
export function Roles() {
  const [opened, setOpened] = useState<string | null>(null);
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        Made from the routes of the API, which ask for these roles themselves. Who has which role is kept by the identity provider.
      </Text>
      <Accordion variant="separated" order={2} value={opened} onChange={setOpened}>
        {Object.entries(ROLES).map(([role, meaning]) => (
          <Accordion.Item key={role} value={role}>
            <Accordion.Control>
              <Stack gap={2}>
                <Text fw={600}>{role}</Text>
                <Text size="sm" c="dimmed">
                  {meaning}
                  {(INCLUDED_ROLES[role]?.length ?? 0) > 0 && ` Includes ${INCLUDED_ROLES[role]?.join(', ')}.`}
                </Text>
              </Stack>
            </Accordion.Control>
            <Accordion.Panel>
              {role === opened && <MayDo role={role} />}
            </Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
    </Stack>
  );
}

function MayDo({ role }: { role: string }) {
  return (
    <Stack gap="sm">
      {accessOf(role).map(({ about, routes }) => (
        <Stack gap={2} key={about}>
          <Text size="sm" fw={600}>
            {about}
          </Text>
          <List size="sm" listStyleType="none">
            {routes.map(({ operation, summary, changes }) => (
              <List.Item key={operation} style={{ overflowWrap: 'anywhere' }}>
                {changes ? 'Change' : 'Read'}: {summary} <Code>{operation}</Code>
              </List.Item>
            ))}
          </List>
        </Stack>
      ))}
    </Stack>
  );
}
