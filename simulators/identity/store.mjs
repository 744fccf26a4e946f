// Logins, grants and refresh tokens, in a journal in the state folder: they outlive a kill -9.

import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const COMPACT_AFTER_LINES = 5000;
const expired = (entry) => entry.expiresAt !== null && entry.expiresAt <= Date.now();

class Journal {
  constructor(path) {
    this.path = path;
    this.entries = new Map();
    this.replay();
    this.compact();
  }

  replay() {
    if (!existsSync(this.path)) return;
    for (const line of readFileSync(this.path, "utf8").split("\n")) {
      let record;
      try {
        record = JSON.parse(line);
      } catch {
        continue; // the empty end of the file, or a last line that a kill cut short
      }
      if (record.entry) this.entries.set(record.key, record.entry);
      else this.entries.delete(record.key);
    }
  }

  compact() {
    for (const [key, entry] of this.entries) if (expired(entry)) this.entries.delete(key);
    const lines = [...this.entries].map(([key, entry]) => `${JSON.stringify({ key, entry })}\n`);
    writeFileSync(`${this.path}.new`, lines.join(""), { mode: 0o600 });
    renameSync(`${this.path}.new`, this.path);
    this.lines = lines.length;
  }

  append(record) {
    appendFileSync(this.path, `${JSON.stringify(record)}\n`);
    this.lines += 1;
    if (this.lines > COMPACT_AFTER_LINES + 2 * this.entries.size) this.compact();
  }

  get(key) {
    const entry = this.entries.get(key);
    return entry && !expired(entry) ? entry.payload : undefined;
  }

  set(key, payload, expiresIn) {
    const entry = { payload, expiresAt: expiresIn ? Date.now() + expiresIn * 1000 : null };
    this.entries.set(key, entry);
    this.append({ key, entry });
  }

  delete(key) {
    if (this.entries.delete(key)) this.append({ key });
  }

  find(model, matches) {
    for (const [key, entry] of this.entries) {
      if (key.startsWith(`${model}:`) && !expired(entry) && matches(entry.payload)) return entry.payload;
    }
    return undefined;
  }
}

/** An adapter factory for oidc-provider over one journal. */
export function openStore(stateDir) {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const journal = new Journal(join(stateDir, "grants.jsonl"));
  return (model) => ({
    upsert: async (id, payload, expiresIn) => journal.set(`${model}:${id}`, payload, expiresIn),
    find: async (id) => journal.get(`${model}:${id}`),
    findByUid: async (uid) => journal.find(model, (payload) => payload.uid === uid),
    findByUserCode: async (code) => journal.find(model, (payload) => payload.userCode === code),
    destroy: async (id) => journal.delete(`${model}:${id}`),
    consume: async (id) => {
      const entry = journal.entries.get(`${model}:${id}`);
      if (!entry) return;
      const left = entry.expiresAt === null ? undefined : (entry.expiresAt - Date.now()) / 1000;
      journal.set(`${model}:${id}`, { ...entry.payload, consumed: Math.floor(Date.now() / 1000) }, left);
    },
    revokeByGrantId: async (grantId) => {
      for (const [key, entry] of journal.entries) {
        if (entry.payload.grantId === grantId && key.startsWith(`${model}:`)) journal.delete(key);
      }
    },
  });
}
