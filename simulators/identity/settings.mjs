// Settings, from IDENTITY_*. A wrong value stops the process with a sentence that names the variable.

import { readFileSync } from "node:fs";

const list = (text) => (text ?? "").split(",").map((part) => part.trim()).filter(Boolean);

function seconds(name, fallback) {
  const value = Number(process.env[name] ?? fallback);
  if (!Number.isInteger(value) || value <= 0) {
    throw new Error(`${name} must be a whole number of seconds above 0, not ${process.env[name]}`);
  }
  return value;
}

function clientsFrom(path) {
  if (!path) return [];
  const clients = JSON.parse(readFileSync(path, "utf8"));
  if (!Array.isArray(clients)) throw new Error(`IDENTITY_CLIENTS_FILE ${path} must hold a JSON list of clients`);
  for (const client of clients) {
    if (typeof client.client_id !== "string" || typeof client.client_secret !== "string") {
      throw new Error(`IDENTITY_CLIENTS_FILE ${path}: every client needs a client_id and a client_secret`);
    }
  }
  return clients;
}

export function readSettings() {
  const env = process.env;
  return {
    host: env.IDENTITY_HOST ?? "127.0.0.1",
    port: Number(env.IDENTITY_PORT ?? 9401),
    issuer: env.IDENTITY_ISSUER || null,
    stateDir: env.IDENTITY_STATE_DIR ?? ".data/identity",
    clients: clientsFrom(env.IDENTITY_CLIENTS_FILE),
    audience: env.IDENTITY_AUDIENCE ?? "urn:lcm:api",
    uiRedirects: list(env.IDENTITY_UI_REDIRECTS),
    uiPostLogoutRedirects: list(env.IDENTITY_UI_POST_LOGOUT_REDIRECTS),
    ttl: {
      accessToken: seconds("IDENTITY_ACCESS_TOKEN_SECONDS", 300),
      idToken: seconds("IDENTITY_ID_TOKEN_SECONDS", 3600),
      refreshToken: seconds("IDENTITY_REFRESH_TOKEN_SECONDS", 8 * 3600),
      session: seconds("IDENTITY_SESSION_SECONDS", 8 * 3600),
    },
  };
}
