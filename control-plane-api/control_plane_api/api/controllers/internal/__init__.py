"""Internal REST under /api/internal, for our own services: what ``ControlPlaneApiClient`` calls, route by route."""
