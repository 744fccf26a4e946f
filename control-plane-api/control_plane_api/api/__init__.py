"""HTTP: routers, request and answer forms. No rules here."""
