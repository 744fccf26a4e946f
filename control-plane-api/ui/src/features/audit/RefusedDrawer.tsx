import { Drawer } from '@mantine/core';
import { EntryFacts } from './EntryFacts';
import type { Entry } from './auditWords';

/** An attempt that was refused changed nothing: all that is known of it is in its row. */
export function RefusedDrawer({ entry, close }: { entry: Entry | null; close: () => void }) {
  return (
    <Drawer opened={entry !== null} onClose={close} position="right" size="lg" title="Refused attempt" closeButtonProps={{ 'aria-label': 'Close' }}>
      {entry && <EntryFacts entry={entry} />}
    </Drawer>
  );
}
