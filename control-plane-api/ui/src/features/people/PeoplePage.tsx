import { Anchor, Stack, Tabs, Text } from '@mantine/core';
import { useMay } from '../../api/access';
import { useApi } from '../../api/useApi';
import { oneOf, useUrlState } from '../../app/urlState';
import { PageTitle } from '../../components/PageTitle';
import { LoggedIn } from './LoggedIn';
import { Profile } from './Profile';
import { Roles } from './Roles';

const TABS = ['people', 'roles', 'you'] as const;
const URL_STATE = { tab: oneOf(TABS, 'people') };

/** Who is here, what each role may do, and where accounts are kept. */
export default function PeoplePage() {
  const [url, change] = useUrlState(URL_STATE);
  const seesPeople = useMay()('GET /api/v1/web-sessions');
  const people = useApi('/api/v1/system').data?.links.people;
  const tab = url.tab === 'people' && !seesPeople ? 'roles' : url.tab;
  return (
    <Stack gap="md">
      <PageTitle title="Users and roles" hint="Accounts and their roles are kept by the identity provider; here is who came, and what they may do.">
        {people ? (
          <Anchor href={people} target="_blank" rel="noreferrer" size="sm">
            Identity provider ↗
          </Anchor>
        ) : (
          <Text size="sm" c="dimmed">
            No link to it: CONTROL_PLANE_PEOPLE_LINK is not set
          </Text>
        )}
      </PageTitle>
      <Tabs value={tab} onChange={(chosen) => change({ tab: chosen as (typeof TABS)[number] }, { push: true })} keepMounted={false}>
        <Tabs.List>
          {seesPeople && <Tabs.Tab value="people">Logged in</Tabs.Tab>}
          <Tabs.Tab value="roles">Roles</Tabs.Tab>
          <Tabs.Tab value="you">You</Tabs.Tab>
        </Tabs.List>
        {seesPeople && (
          <Tabs.Panel value="people" pt="md">
            <LoggedIn />
          </Tabs.Panel>
        )}
        <Tabs.Panel value="roles" pt="md">
          <Roles />
        </Tabs.Panel>
        <Tabs.Panel value="you" pt="md">
          <Profile />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}
