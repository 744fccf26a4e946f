"""The rulesets that the engine knows."""

from lcm_simulators.grading.errors import NotFoundError
from lcm_simulators.grading.model import Ruleset, StoredRuleset, now
from lcm_simulators.storage import Database, DocumentTable


class Rulesets:
    """Rulesets by form qualified name."""

    def __init__(self, database: Database) -> None:
        self._table = DocumentTable(database, "rulesets", StoredRuleset)

    def put(self, form_qualified_name: str, ruleset: Ruleset) -> StoredRuleset:
        """Add or replace."""
        stored = StoredRuleset(form_qualified_name=form_qualified_name, ruleset=ruleset, synchronized_at=now())
        self._table.put(form_qualified_name, stored)
        return stored

    def find(self, form_qualified_name: str) -> Ruleset | None:
        """The rules of a form, or None."""
        stored = self._table.get(form_qualified_name)
        return None if stored is None else stored.ruleset

    def get(self, form_qualified_name: str) -> StoredRuleset:
        """Raises NotFoundError."""
        stored = self._table.get(form_qualified_name)
        if stored is None:
            raise NotFoundError(f"no ruleset {form_qualified_name}")
        return stored
