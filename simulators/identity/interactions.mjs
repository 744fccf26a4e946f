// The sign-in form: GET and POST /interaction/{uid}.

import { loginPage, messagePage } from "./pages.mjs";
import { authenticate, USERS } from "./users.mjs";

const BODY_LIMIT_BYTES = 16 * 1024;

async function readForm(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > BODY_LIMIT_BYTES) throw new Error("the form is too large");
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
}

function sendHtml(response, status, html) {
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
  });
  response.end(html);
}

/** Answers one request to the sign-in form. */
export async function handleInteraction(provider, request, response) {
  let interaction;
  try {
    interaction = await provider.interactionDetails(request, response);
  } catch {
    sendHtml(response, 400, messagePage("Sign-in expired", "Go back to the application and start again."));
    return;
  }
  if (interaction.prompt.name !== "login") {
    sendHtml(response, 501, messagePage("Cannot continue", `No page for the step ${interaction.prompt.name}.`));
    return;
  }
  const action = `/interaction/${interaction.uid}`;
  if (request.method !== "POST") {
    sendHtml(response, 200, loginPage({ action, users: USERS }));
    return;
  }
  const form = await readForm(request);
  const username = (form.get("username") ?? "").trim();
  const user = authenticate(username, form.get("password") ?? "");
  if (!user) {
    const error = "User name or password is wrong.";
    sendHtml(response, 401, loginPage({ action, users: USERS, username, error }));
    return;
  }
  const result = { login: { accountId: user.username, remember: true } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}
