"""``python -m lablet_controller``: run the service until SIGTERM or SIGINT."""

from lablet_controller.main import main

if __name__ == "__main__":
    main()
