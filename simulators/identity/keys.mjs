// The signing key and the cookie key: made once, kept in the state folder, so that tokens outlive a restart.

import { createHash, createPrivateKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

function thumbprint({ e, kty, n }) {
  return createHash("sha256").update(JSON.stringify({ e, kty, n })).digest("base64url");
}

// Exported by way of PEM: a key object that comes from the generator shares a lock with it, and Node stands still for
// ever when the generator is collected as garbage while the key is being exported.
function newPrivateKey() {
  const pem = { type: "pkcs8", format: "pem" };
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: pem,
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  return createPrivateKey(privateKey);
}

function generate() {
  const jwk = newPrivateKey().export({ format: "jwk" });
  return {
    jwks: { keys: [{ ...jwk, use: "sig", alg: "RS256", kid: thumbprint(jwk) }] },
    cookieKeys: [randomBytes(32).toString("base64url")],
  };
}

export function loadKeys(stateDir) {
  const path = join(stateDir, "keys.json");
  if (!existsSync(path)) {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    // Written whole and then named, so that a kill in between leaves no half key behind.
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, JSON.stringify(generate()), { mode: 0o600 });
    renameSync(draft, path);
  }
  return JSON.parse(readFileSync(path, "utf8"));
}
