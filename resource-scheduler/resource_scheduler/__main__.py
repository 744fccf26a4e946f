"""``python -m resource_scheduler``: run the service until SIGTERM or SIGINT."""

from resource_scheduler.main import main

if __name__ == "__main__":
    main()
