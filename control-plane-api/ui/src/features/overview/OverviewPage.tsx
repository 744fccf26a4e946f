import { SimpleGrid, Stack } from '@mantine/core';
import { PageTitle } from '../../components/PageTitle';
import { Attention } from './Attention';
import { FleetAhead } from './FleetAhead';
import { FleetNow } from './FleetNow';
import { RecentActivity } from './RecentActivity';
import { SessionsByState } from './SessionsByState';

/** The state of everything in one look. */
export default function OverviewPage() {
  return (
    <Stack gap="md">
      <PageTitle title="Overview" />
      <SessionsByState />
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <Stack gap="md">
          <Attention />
          <FleetNow />
        </Stack>
        <Stack gap="md">
          <FleetAhead />
          <RecentActivity />
        </Stack>
      </SimpleGrid>
    </Stack>
  );
}
