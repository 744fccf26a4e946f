"""Stand-in for Cisco Modeling Labs 2.9: every CML host of a simulated AWS account, in one process, over real sockets.

Rooms, imports run downwards only:

- ``runtime/``  listeners, EC2 follower, persistence, control plane
- ``api/``      REST and event stream of one host (one shared FastAPI application, the host comes with the connection)
- ``device/``   what answers on a console: IOS-like and Linux-like command lines
- ``model/``    hosts, labs, nodes, licence as plain state machines: no I/O, no clock
"""
