"""The page that a learner sees. Rendered here, works without scripts; the script only lets the time tick."""

from jinja2 import Environment

from lcm_simulators.lds.model import LabSession, SessionState
from lcm_simulators.lds.timing import current_part, seconds_left

STYLE = """
:root { color-scheme: light dark; --ground: #f6f7f9; --card: #ffffff; --ink: #17202c; --quiet: #4d5a6b;
  --line: #d5dbe3; --accent: #0b5cad; --on-accent: #ffffff; --danger: #a3231f; --on-danger: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --ground: #10151c; --card: #1a222d; --ink: #e8edf3; --quiet: #a7b3c2;
  --line: #323e4d; --accent: #6db1f2; --on-accent: #0b1724; --danger: #f08a84; --on-danger: #2b0a08; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 48rem; margin: 0 auto; padding: 2.5rem 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.1rem; margin: 0 0 .75rem; }
.quiet { color: var(--quiet); margin: 0; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.25rem;
  margin-top: 1.5rem; }
.facts { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; margin: 0; }
.facts dt { color: var(--quiet); font-size: .875rem; }
.facts dd { margin: 0; font-weight: 600; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--quiet); font-size: .875rem; font-weight: 600; }
tbody tr:last-child > * { border-bottom: 0; }
code { font: .925rem ui-monospace, monospace; }
button { font: inherit; font-weight: 600; border: 0; border-radius: .5rem; padding: .65rem 1.25rem; cursor: pointer;
  background: var(--accent); color: var(--on-accent); min-height: 2.75rem; }
button.danger { background: var(--danger); color: var(--on-danger); }
button:focus-visible, a:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px; }
form { margin-top: 1.5rem; }
"""

SCRIPT = """
const left = document.querySelector("[data-seconds-left]");
if (left && left.dataset.ticking === "yes") {
  const end = performance.now() + Number(left.dataset.secondsLeft) * 1000;
  const two = (n) => String(n).padStart(2, "0");
  const tick = () => {
    const s = Math.max(0, Math.round((end - performance.now()) / 1000));
    left.textContent = two(Math.floor(s / 3600)) + ":" + two(Math.floor(s / 60) % 60) + ":" + two(s % 60);
    if (s === 0) setTimeout(() => location.reload(), 1500); else setTimeout(tick, 1000);
  };
  tick();
}
"""

_TEMPLATE = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{{ heading }} · Lab</title>
<style>{{ style | safe }}</style>
</head>
<body>
<main>
<h1>{{ heading }}</h1>
<p class="quiet">{{ explanation }}</p>
{% if session %}
<section class="card" aria-label="Your session">
<dl class="facts">
<div><dt>Learner</dt><dd>{{ session.first_name }} {{ session.last_name }}</dd></div>
<div><dt>Lab</dt><dd>{{ lab }}</dd></div>
<div><dt>State</dt><dd id="state">{{ state }}</dd></div>
{% if time_left is not none %}
<div><dt>Time left</dt><dd id="time-left" data-seconds-left="{{ seconds_left }}"
 data-ticking="{{ 'yes' if ticking else 'no' }}">{{ time_left }}</dd></div>
{% endif %}
</dl>
</section>
{% if may_login %}
<form method="post" action="{{ path }}/login"><button type="submit" id="login">Log in and start</button></form>
{% endif %}
{% if show_devices %}
<section class="card">
<h2 id="devices-heading">Devices</h2>
{% if devices %}
<div class="scroll" role="region" aria-labelledby="devices-heading" tabindex="0">
<table aria-labelledby="devices-heading">
<thead><tr><th scope="col">Device</th><th scope="col">Address</th><th scope="col">User</th>
<th scope="col">Password</th></tr></thead>
<tbody>
{% for device in devices %}
<tr><th scope="row">{{ device.device_label }}</th>
<td><code>{{ device.protocol }}://{{ device.host }}:{{ device.port }}</code></td>
<td>{{ device.username or "–" }}</td><td>{{ device.password or "–" }}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
{% else %}
<p class="quiet">This lab shows no devices.</p>
{% endif %}
</section>
{% if ticking %}
<form method="post" action="{{ path }}/pause"><button type="submit" id="pause">Pause</button></form>
{% else %}
<form method="post" action="{{ path }}/resume"><button type="submit" id="resume">Go on</button></form>
{% endif %}
<form method="post" action="{{ path }}/finish">
<button type="submit" class="danger" id="finish">Finish the lab</button></form>
{% endif %}
{% endif %}
</main>
<script>{{ script | safe }}</script>
</body>
</html>
"""
)

# State: heading, explanation, word for the state.
_WORDS: dict[SessionState, tuple[str, str, str]] = {
    SessionState.EMPTY: ("Your lab is not ready", "It has no content yet. Come back in a moment.", "not ready"),
    SessionState.PENDING: ("Your lab is ready", "Your time starts when you log in.", "ready"),
    SessionState.PRELAUNCH: ("Your lab is ready", "Your time starts when you log in.", "ready"),
    SessionState.RUNNING: ("Your lab is running", "Finish when you are done; your work is then collected.", "running"),
    SessionState.PAUSED: ("Your lab is paused", "The clock stands still until it is resumed.", "paused"),
    SessionState.USER_FINISHED: (
        "Your lab is finished",
        "Your work is being collected. You may close this page.",
        "finished",
    ),
    SessionState.ARCHIVED: ("This lab is over", "It is archived and cannot be opened again.", "archived"),
}


def render_session(session: LabSession, path: str) -> str:
    """The page of a session; its forms post below `path`."""
    heading, explanation, state = _WORDS[session.state]
    open_ = session.state in (SessionState.RUNNING, SessionState.PAUSED)
    left = seconds_left(session) if open_ else None
    return _TEMPLATE.render(
        style=STYLE,
        script=SCRIPT,
        path=path,
        session=session,
        heading=heading,
        explanation=explanation,
        state=state,
        lab=current_part(session).form_qualified_name if session.session_parts else "–",
        may_login=session.state in (SessionState.PENDING, SessionState.PRELAUNCH),
        show_devices=open_,
        devices=current_part(session).devices if session.session_parts else [],
        seconds_left=left,
        time_left=None if left is None else _clock(left),
        ticking=session.state is SessionState.RUNNING,
    )


def render_message(heading: str, explanation: str) -> str:
    """A page that only says something."""
    return _TEMPLATE.render(style=STYLE, script="", heading=heading, explanation=explanation, session=None)


def _clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
