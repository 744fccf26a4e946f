// A local OIDC issuer. `node server.mjs`; see settings.mjs for its environment.

import { createServer } from "node:http";

import { handleInteraction } from "./interactions.mjs";
import { createProvider } from "./provider.mjs";
import { readSettings } from "./settings.mjs";

function listen(server, port, host) {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve(server.address().port));
  });
}

function handler(provider) {
  const protocol = provider.callback();
  return (request, response) => {
    const path = request.url.split("?")[0];
    if (path === "/health/live" || path === "/health/ready") {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ status: path.endsWith("live") ? "alive" : "ready" }));
      return;
    }
    if (!path.startsWith("/interaction/")) {
      protocol(request, response);
      return;
    }
    handleInteraction(provider, request, response).catch((error) => {
      console.error(error);
      if (!response.headersSent) response.writeHead(500, { "content-type": "text/plain" });
      response.end("sign-in failed: see the log of the issuer");
    });
  };
}

/** Whoever asks before the issuer is set up is told so at once, instead of waiting for an answer that never comes. */
function starting(request, response) {
  response.writeHead(503, { "content-type": "application/json", "retry-after": "1" });
  response.end(JSON.stringify({ status: "starting" }));
}

try {
  const settings = readSettings();
  let answer = starting;
  const server = createServer((request, response) => answer(request, response));
  // The port comes first: with IDENTITY_PORT=0 the issuer's address is known only then.
  const port = await listen(server, settings.port, settings.host);
  const issuer = settings.issuer ?? `http://${settings.host}:${port}`;
  answer = handler(await createProvider(settings, issuer));
  console.log(JSON.stringify({ event: "listening", issuer, address: `http://${settings.host}:${port}` }));
  for (const signal of ["SIGTERM", "SIGINT"]) {
    process.once(signal, () => {
      server.close(() => process.exit(0));
      server.closeAllConnections();
    });
  }
} catch (error) {
  console.error(`the issuer cannot start: ${error.message}`);
  process.exit(1);
}
