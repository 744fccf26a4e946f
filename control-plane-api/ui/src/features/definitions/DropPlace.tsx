import { Button, FileButton, Group, Loader, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import classes from './DropPlace.module.css';
import { dropped, type Given } from './readPackage';

interface Props {
  busy: boolean;
  /** Files that were chosen or dropped; it rejects when they cannot even be looked at. */
  take: (given: Promise<Given[]>) => void;
}

/** Where files, a folder or an archive are dropped, or chosen. */
export function DropPlace({ busy, take }: Props) {
  const [over, setOver] = useState(false);
  const chosen = (files: File[]) => files.length > 0 && take(Promise.resolve(files.map((file) => ({ path: file.webkitRelativePath || file.name, file }))));
  return (
    <div
      className={classes.place}
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(dropped(event.dataTransfer.items));
      }}
    >
      <Stack gap="xs" align="center">
        {busy ? <Loader size="sm" aria-label="Reading" /> : <Text size="sm">Drop a package (folder or zip) or a topology file here.</Text>}
        <Group gap="xs" justify="center">
          <FileButton multiple accept=".yaml,.yml,.xml,.zip" onChange={chosen} inputProps={{ 'aria-label': 'Files' }}>
            {(props) => (
              <Button variant="light" size="sm" disabled={busy} {...props}>
                Choose files
              </Button>
            )}
          </FileButton>
          <FileButton multiple onChange={chosen} inputProps={{ 'aria-label': 'Folder', webkitdirectory: '' } as never}>
            {(props) => (
              <Button variant="default" size="sm" disabled={busy} {...props}>
                Choose a folder
              </Button>
            )}
          </FileButton>
        </Group>
        <Text size="xs" c="dimmed">
          cml.yaml, with content.xml and grade.yaml if there are any. Tasks and assets reach the system through the bucket.
        </Text>
      </Stack>
    </div>
  );
}
