"""Runs the local OIDC issuer, which is a Node project in simulators/identity."""
