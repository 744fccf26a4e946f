from control_plane_api.testing.fixtures import control_plane, etcd, issuer, mongo, shared_control_plane

__all__ = ["control_plane", "etcd", "issuer", "mongo", "shared_control_plane"]
