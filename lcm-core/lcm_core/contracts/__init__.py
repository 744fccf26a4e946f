"""Bodies of the internal REST API: written once, used by control-plane-api and by ControlPlaneApiClient."""
