"""``python -m control_plane_api`` serves until it is told to stop."""

from __future__ import annotations

from control_plane_api.main import main

if __name__ == "__main__":
    main()
