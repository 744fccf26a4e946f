// Ready-made people, for development only. The password of each is the user name followed by "-dev".

import { timingSafeEqual } from "node:crypto";

const people = [
  { username: "admin", name: "Ada Admin", roles: ["admin"] },
  { username: "alice", name: "Alice Adler", roles: ["admin"] },
  { username: "operator", name: "Otto Operator", roles: ["operator"] },
  { username: "instructor", name: "Ines Instructor", roles: ["instructor"] },
  { username: "viewer", name: "Vera Viewer", roles: ["viewer"] },
];

export const USERS = new Map(
  people.map((user) => [user.username, { ...user, email: `${user.username}@lcm.example` }]),
);

/** The user of that name when the password is right, else null. */
export function authenticate(username, password) {
  const user = USERS.get(username);
  if (!user) return null;
  const [wanted, given] = [Buffer.from(`${username}-dev`), Buffer.from(password)];
  return wanted.length === given.length && timingSafeEqual(wanted, given) ? user : null;
}
