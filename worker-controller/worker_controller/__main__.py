"""``python -m worker_controller``: run the service until SIGTERM or SIGINT."""

from worker_controller.main import main

if __name__ == "__main__":
    main()
