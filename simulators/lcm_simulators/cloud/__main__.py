"""`python -m lcm_simulators.cloud`: serve the AWS account until SIGTERM."""

from lcm_simulators.cloud.app import build
from lcm_simulators.cloud.settings import CloudSettings
from lcm_simulators.serving import run


def main() -> None:
    """Entry point."""
    settings = CloudSettings()
    run(build(settings), host=settings.host, port=settings.port, log_level=settings.log_level)


if __name__ == "__main__":
    main()
