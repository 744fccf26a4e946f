"""The command line ``lcm``: the frame, and the parts that any package can hang into it."""
