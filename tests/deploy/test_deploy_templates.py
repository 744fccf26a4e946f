"""The example of a template file can be used as it is."""

from __future__ import annotations

from pathlib import Path

from control_plane_api.application.services.template_file import read_templates


def test_the_example_template_file_is_a_template_file(repository: Path) -> None:
    file = read_templates((repository / "deploy/worker-templates.example.yaml").read_text())

    names = [entry.request.name for entry in file.entries]
    assert sorted(names) == ["enterprise-metal", "enterprise-metal-large", "personal-spot"]
    assert names.index("enterprise-metal-large") < names.index("enterprise-metal")
