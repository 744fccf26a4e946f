"""Request and response bodies as published in the OpenAPI document of the host."""
