// The clients of the issuer. Secrets come from the clients file only: a known client that is not in it does not exist.

const KNOWN_MACHINE_ROLES = {
  "control-plane-api": ["service"],
  "resource-scheduler": ["service"],
  "worker-controller": ["service"],
  "lablet-controller": ["service"],
  lds: ["event_source"],
  "grading-engine": ["event_source"],
  "lms-demo": ["lms"],
};
const UI_CLIENT = "lcm-ui";
const DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code";

const CLI = {
  client_id: "lcm-cli",
  client_name: "lcm command line",
  token_endpoint_auth_method: "none",
  application_type: "native",
  grant_types: ["authorization_code", "refresh_token", DEVICE_CODE],
  response_types: ["code"],
  // The port of a loopback address is free to choose for a native client (RFC 8252, section 7.3).
  redirect_uris: ["http://127.0.0.1/callback", "http://localhost/callback"],
};

function machine({ client_id, client_secret }) {
  return {
    client_id,
    client_secret,
    grant_types: ["client_credentials"],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: "client_secret_basic",
  };
}

function ui({ client_id, client_secret }, redirects, postLogoutRedirects) {
  const starts = redirects.map((uri) => new URL("/", uri).href);
  return {
    client_id,
    client_secret,
    client_name: "Lablet Cloud Manager",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    redirect_uris: redirects,
    backchannel_logout_uri: new URL("/auth/backchannel-logout", redirects[0]).href,
    backchannel_logout_session_required: true,
    post_logout_redirect_uris: [...new Set([...starts, ...postLogoutRedirects])],
    token_endpoint_auth_method: "client_secret_basic",
  };
}

/** Client metadata for the provider, and what tokens of each machine client say about it. */
export function registerClients(settings) {
  const metadata = [CLI];
  const machines = new Map();
  for (const client of settings.clients) {
    if (client.client_id === UI_CLIENT) {
      if (settings.uiRedirects.length === 0) throw new Error(`IDENTITY_UI_REDIRECTS is needed for ${UI_CLIENT}`);
      metadata.push(ui(client, settings.uiRedirects, settings.uiPostLogoutRedirects));
      continue;
    }
    metadata.push(machine(client));
    const roles = client.roles ?? KNOWN_MACHINE_ROLES[client.client_id] ?? [];
    machines.set(client.client_id, { roles, ...(client.tenant ? { tenant: client.tenant } : {}) });
  }
  return { metadata, machines };
}
