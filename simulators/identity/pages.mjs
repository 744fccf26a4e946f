// The few pages that a person sees here. Plain HTML that works without scripts, light and dark.

const STYLE = `
:root { color-scheme: light dark; --ground: #f6f7f9; --card: #fff; --ink: #17202c; --quiet: #4d5a6b; --line: #8793a3;
  --accent: #0b5cad; --on-accent: #fff; --danger: #a3231f; }
@media (prefers-color-scheme: dark) { :root { --ground: #10151c; --card: #1a222d; --ink: #e8edf3; --quiet: #a7b3c2;
  --line: #6b7888; --accent: #6db1f2; --on-accent: #0b1724; --danger: #f08a84; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 26rem; margin: 8vh auto; padding: 2rem; background: var(--card); border-radius: .75rem; }
h1 { font-size: 1.4rem; margin: 0 0 1rem; }
label { display: block; font-weight: 600; margin-top: 1rem; }
input { width: 100%; font: inherit; color: inherit; background: transparent; padding: .6rem .75rem; margin-top: .25rem;
  border: 1px solid var(--line); border-radius: .5rem; }
button { font: inherit; font-weight: 600; border: 0; border-radius: .5rem; padding: .65rem 1.25rem; margin-top: 1.5rem;
  min-height: 2.75rem; cursor: pointer; background: var(--accent); color: var(--on-accent); }
button.second { background: transparent; color: inherit; border: 1px solid var(--line); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.error { color: var(--danger); font-weight: 600; }
.quiet { color: var(--quiet); font-size: .925rem; }
table { width: 100%; border-collapse: collapse; margin-top: 1.5rem; }
caption { text-align: left; color: var(--quiet); font-size: .925rem; padding-bottom: .25rem; }
th, td { text-align: left; padding: .25rem 0; font-weight: 400; }
code { font: .925rem ui-monospace, monospace; }
`;

// Without one, every browser asks for /favicon.ico and reports that it is not there.
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E" +
  "%3Crect width='32' height='32' rx='7' fill='%230b5cad'/%3E%3Ccircle cx='16' cy='16' r='6' fill='%23fff'/%3E%3C/svg%3E";

const escapes = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
export const escape = (text) => String(text).replace(/[&<>"']/g, (character) => escapes[character]);

export const page = (title, body) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="${ICON}">
<title>${escape(title)} · Lablet Cloud Manager</title>
<style>${STYLE}</style>
</head>
<body><main><h1>${escape(title)}</h1>${body}</main></body>
</html>`;

export function loginPage({ action, users, username = "", error = null }) {
  const rows = [...users.values()]
    .map((user) => `<tr><th scope="row"><code>${escape(user.username)}</code></th>
<td>${escape(user.name)}</td><td>${escape(user.roles.join(", "))}</td></tr>`)
    .join("");
  return page("Sign in", `
${error ? `<p class="error" role="alert" id="error">${escape(error)}</p>` : ""}
<form method="post" action="${escape(action)}">
<label for="username">User name</label>
<input id="username" name="username" value="${escape(username)}" autocomplete="username" required autofocus
 list="users"${error ? ' aria-describedby="error"' : ""}>
<datalist id="users">${[...users.keys()].map((name) => `<option value="${escape(name)}">`).join("")}</datalist>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button type="submit">Sign in</button>
</form>
<table><caption>Users of this development issuer. Password: the user name followed by <code>-dev</code>.</caption>
<tbody>${rows}</tbody></table>`);
}

export const messagePage = (title, text) => page(title, `<p>${escape(text)}</p>`);

// The provider makes the form with its token against forgery; the buttons belong to it by name.
export const logoutPage = (form) => page("Sign out", `<p>Do you want to sign out?</p>${form}
<button type="submit" form="op.logoutForm" name="logout" value="yes" autofocus>Sign out</button>
<button type="submit" form="op.logoutForm" class="second">Stay signed in</button>`);

export const deviceCodePage = (form, failed) => page("Connect a device", `
${failed ? '<p class="error" role="alert">That code is not valid. Try again.</p>' : "<p>Enter the code that the device shows.</p>"}
${form}<button type="submit" form="op.deviceInputForm">Continue</button>`);

export const deviceConfirmPage = (form, clientName, userCode) => page("Confirm the device", `
<p>${escape(clientName)} shows the code <code>${escape(userCode)}</code>?</p>${form}
<button type="submit" form="op.deviceConfirmForm" autofocus>Yes, connect</button>
<button type="submit" form="op.deviceConfirmForm" class="second" name="abort" value="yes">No</button>`);
