import { Stack, Text } from '@mantine/core';
import { useMe } from '../../api/access';
import { useApi } from '../../api/useApi';
import { Answered } from '../../components/Answered';
import { DefinitionList } from '../../components/DefinitionList';
import { Moment } from '../../components/Moment';
import { Panel } from '../../components/Panel';
import { browserName } from './browserName';

/** Who I am here, with which roles, and where else I am logged in. */
export function Profile() {
  const me = useMe();
  const own = useApi('/auth/sessions');
  return (
    <Stack gap="md">
      <Panel title="You">
        <DefinitionList
          facts={[
            ['Name', me.name],
            ['Subject', me.subject],
            ['Roles', (me.roles ?? []).join(', ')],
            ['Log in again', me.session_expires_at && <Moment key="again" at={me.session_expires_at} />],
          ]}
        />
      </Panel>
      <Panel title="Where you are logged in">
        <Answered query={own}>
          {(rows) => (
            <Stack gap={4}>
              {rows.map((row) => (
                <Text size="sm" component="div" key={row.created_at + row.remote_address} style={{ overflowWrap: 'anywhere' }}>
                  {browserName(row.user_agent)} from {row.remote_address}, since <Moment at={row.created_at} />, last here <Moment at={row.last_seen_at} />
                  {row.is_this_one && ' · this one'}
                </Text>
              ))}
            </Stack>
          )}
        </Answered>
      </Panel>
    </Stack>
  );
}
