"""Stand-ins at the far end of the wire: CML host, LDS, GradingEngine, cloud, identity provider."""
