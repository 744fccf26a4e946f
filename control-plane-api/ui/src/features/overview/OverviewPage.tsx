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
      {/* Beside each other: what is as long as it gets, and what keeps its height and so the other's room. */}
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md" className="lcm-in-turn">
        <Attention />
        <FleetNow />
        <FleetAhead />
        <RecentActivity />
      </SimpleGrid>
    </Stack>
  );
}
