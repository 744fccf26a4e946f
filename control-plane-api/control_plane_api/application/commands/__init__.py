"""What can be done: one file per command, its handler beside it; ``registration`` says which handles which.

A command carries the body that the API received (``lcm_core.contracts``) and the ids from its path. Who asks and when
comes with the context.
"""
