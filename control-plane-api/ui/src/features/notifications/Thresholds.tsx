import { Stack, Text } from '@mantine/core';
import { FLEET_SETTINGS } from '../../api/settings.gen';
import { useApi } from '../../api/useApi';
import { Answered } from '../../components/Answered';
import { PolicyForm } from '../../components/settings/PolicyForm';

const FIELDS = FLEET_SETTINGS.filter((field) => field.path.startsWith('notifications.'));

/** From when on operators are told of what. */
export function Thresholds() {
  const settings = useApi('/api/v1/system/settings', {}, { kinds: ['system_settings'] });
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        Part of the settings of the system: whoever changes one is on record there. It counts from the next look on, within seconds.
      </Text>
      <Answered query={settings} height={400}>
        {(current) => <PolicyForm current={current} fields={FIELDS} />}
      </Answered>
    </Stack>
  );
}
