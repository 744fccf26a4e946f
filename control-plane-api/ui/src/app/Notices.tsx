import { Notifications } from '@mantine/notifications';
import '@mantine/notifications/styles.css';

/** Where it is said that something was done. Nothing is said while the first page loads, so it comes after it. */
export default function Notices() {
  return <Notifications position="bottom-right" />;
}
