"""The score report that `report_url` leads to; whoever has the address may read it."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from lcm_simulators.grading.sessions import GradingSessions

_TEMPLATE = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Score report</title>
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 56rem; margin: 0 auto; padding: 2.5rem 1rem; }
table { border-collapse: collapse; width: 100%; margin-bottom: 2rem; }
caption { text-align: left; font-weight: 600; font-size: 1.1rem; padding: .5rem 0; }
th, td { text-align: left; padding: .4rem .75rem .4rem 0;
  border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent); }
td.points { font-variant-numeric: tabular-nums; white-space: nowrap; }
</style>
</head>
<body>
<main>
<h1>{{ "Passed" if score.passed else "Not passed" }}:
{{ "%g" % score.score }} of {{ "%g" % score.max_score }} points</h1>
<p>{{ part.form_qualified_name }} · session {{ session.external_id }} · {{ "%g" % score.cut_score }} points to pass</p>
{% for section in score.sections %}
<table>
<caption>{{ section.name }}: {{ "%g" % section.score }} of {{ "%g" % section.max_score }}</caption>
<thead><tr><th scope="col">Check</th><th scope="col">Device</th>
<th scope="col">Result</th><th scope="col">Points</th></tr></thead>
<tbody>
{% for item in section["items"] %}
<tr><th scope="row">{{ item.name }}</th><td>{{ item.device }}</td>
<td>{{ "passed" if item.passed else item.detail }}</td>
<td class="points">{{ "%g" % item.points }} / {{ "%g" % item.max_points }}</td></tr>
{% endfor %}
</tbody>
</table>
{% endfor %}
</main>
</body>
</html>
"""
)


def report_router(sessions: GradingSessions) -> APIRouter:
    """GET /reports/{key}."""
    router = APIRouter(prefix="/reports", include_in_schema=False)

    @router.get("/{report_key}")
    async def report(report_key: str) -> HTMLResponse:
        session, part = sessions.part_of_report(report_key)
        score = part.score.model_dump() if part.score else None
        return HTMLResponse(_TEMPLATE.render(session=session, part=part, score=score))

    return router
