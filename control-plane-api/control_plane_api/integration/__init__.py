"""Adapters: MongoDB, etcd, the OIDC issuer, the CloudEvents sink."""
