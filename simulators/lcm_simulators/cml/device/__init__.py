"""What answers on the consoles of nodes: pure text in, text out; no sockets, no clock."""
