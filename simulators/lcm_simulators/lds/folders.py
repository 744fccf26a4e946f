"""Lab content that LDS has fetched from the object store."""

from lcm_simulators.lds.errors import NotFoundError
from lcm_simulators.lds.model import FolderContent, now
from lcm_simulators.storage import Database, DocumentTable


class LabFolders:
    """Which forms were refreshed, and when."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = DocumentTable(database, "lab_folders", FolderContent)

    def refresh(self, form_qualified_name: str) -> FolderContent:
        """Fetch the content of a form again."""
        with self._database.transaction():
            before = self._table.get(form_qualified_name)
            folder = FolderContent(
                form_qualified_name=form_qualified_name,
                refreshed_at=now(),
                refresh_count=(before.refresh_count if before else 0) + 1,
            )
            self._table.put(form_qualified_name, folder)
        return folder

    def find(self, form_qualified_name: str) -> FolderContent | None:
        """The content of a form, or None when it was never fetched."""
        return self._table.get(form_qualified_name)

    def get(self, form_qualified_name: str) -> FolderContent:
        """Raises NotFoundError when it was never fetched."""
        folder = self.find(form_qualified_name)
        if folder is None:
            raise NotFoundError(f"no content for {form_qualified_name}: refresh it first")
        return folder
