"""One router per resource; ``internal`` for the reconcilers, ``v1`` for everybody else."""
