"""Commands on worker templates."""
