import { Alert, Button, Center, Image, Stack, Text, Title } from '@mantine/core';

/** What somebody sees who is not logged in; afterwards they are where they wanted to be. */
export function LogIn() {
  const refused = new URLSearchParams(window.location.search).has('error');
  const next = window.location.pathname === '/login' ? '/' : window.location.pathname + window.location.search;
  return (
    <Center h="100vh" p="md">
      <Stack align="center" gap="md" maw={420}>
        <Image src="/favicon.svg" w={56} alt="" />
        <Title order={1} size="h2" ta="center">
          Lablet Cloud Manager
        </Title>
        <Text c="dimmed" ta="center">
          Hands-on network labs, booked, delivered, graded and given back.
        </Text>
        {refused && (
          <Alert color="red" title="The login did not succeed">
            It was refused, or took too long. Try again.
          </Alert>
        )}
        <Button component="a" href={`/auth/login?next=${encodeURIComponent(next)}`} size="md">
          Log in
        </Button>
      </Stack>
    </Center>
  );
}
