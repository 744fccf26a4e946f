// How oidc-provider is set up: JWT access tokens with roles for one audience, PKCE always, no consent step.

import { registerClients } from "./clients.mjs";
import { loadKeys } from "./keys.mjs";
import { deviceCodePage, deviceConfirmPage, logoutPage, messagePage } from "./pages.mjs";
import { openStore } from "./store.mjs";
import { USERS } from "./users.mjs";

const API_SCOPE = "lcm";
const USER_SCOPES = "openid profile email offline_access";
const FIVE_MINUTES = 300;

// oidc-provider wants Node 22 by its word and runs on 20; everything else that it warns of is still shown.
async function importLibrary() {
  const warn = console.warn;
  console.warn = (...words) => {
    if (!String(words[0]).includes("Unsupported runtime")) warn(...words);
  };
  try {
    return await import("oidc-provider");
  } finally {
    console.warn = warn;
  }
}

function features({ audience, ttl }, InvalidTarget) {
  const html = (render) => async (ctx, ...facts) => {
    ctx.type = "html";
    ctx.body = render(ctx, ...facts);
  };
  return {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: false },
    revocation: { enabled: true, allowedPolicy: async (ctx, client, token) => token.clientId === client.clientId },
    deviceFlow: {
      enabled: true,
      userCodeInputSource: html((ctx, form, out, error) => deviceCodePage(form, Boolean(error))),
      userCodeConfirmSource: html((ctx, form, client, device, code) => deviceConfirmPage(form, client.clientName, code)),
      successSource: html(() => messagePage("Device connected", "You can close this page.")),
    },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: html((ctx, form) => logoutPage(form)),
      postLogoutSuccessSource: html(() => messagePage("Signed out", "You can close this page.")),
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => audience,
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx, resource) => {
        if (resource !== audience) throw new InvalidTarget(`unknown resource ${resource}`);
        return {
          scope: API_SCOPE,
          audience,
          accessTokenFormat: "jwt",
          accessTokenTTL: ttl.accessToken,
          jwt: { sign: { alg: "RS256" } },
        };
      },
    },
  };
}

async function existingGrant(ctx, audience) {
  const { client, session, provider } = ctx.oidc;
  const known = session.grantIdFor(client.clientId);
  const grant =
    (known && (await provider.Grant.find(known))) ||
    new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(USER_SCOPES);
  grant.addResourceScope(audience, API_SCOPE);
  await grant.save();
  return grant;
}

function configuration(settings, { metadata, machines }, library) {
  const { jwks, cookieKeys } = loadKeys(settings.stateDir);
  const { ttl } = settings;
  const policy = library.interactionPolicy.base();
  policy.remove("consent");
  return {
    adapter: openStore(settings.stateDir),
    jwks,
    cookies: { keys: cookieKeys },
    clients: metadata,
    scopes: USER_SCOPES.split(" "),
    claims: { openid: ["sub"], profile: ["name", "preferred_username", "roles"], email: ["email"] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    features: features(settings, library.errors.InvalidTarget),
    interactions: { policy, url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (ctx, id) => (USERS.has(id) ? { accountId: id, claims: async () => userClaims(id) } : undefined),
    extraTokenClaims: (ctx, token) => (token.accountId ? userClaims(token.accountId) : machines.get(token.clientId)),
    loadExistingGrant: (ctx) => existingGrant(ctx, settings.audience),
    issueRefreshToken: async (ctx, client) => client.grantTypeAllowed("refresh_token"),
    clientBasedCORS: () => false,
    renderError: async (ctx, out) => {
      ctx.type = "html";
      ctx.body = messagePage("That did not work", out.error_description ?? out.error);
    },
    ttl: {
      AccessToken: ttl.accessToken,
      ClientCredentials: ttl.accessToken,
      AuthorizationCode: 60,
      DeviceCode: FIVE_MINUTES,
      IdToken: ttl.idToken,
      RefreshToken: ttl.refreshToken,
      Interaction: FIVE_MINUTES,
      Session: ttl.session,
      Grant: Math.max(ttl.session, ttl.refreshToken),
    },
  };
}

function userClaims(id) {
  const { username, name, email, roles } = USERS.get(id);
  return { sub: username, preferred_username: username, name, email, roles };
}

/** The provider for an issuer address. */
export async function createProvider(settings, issuer) {
  const library = await importLibrary();
  const provider = new library.Provider(issuer, configuration(settings, registerClients(settings), library));
  provider.on("server_error", (ctx, error) => console.error(error));
  return provider;
}
