"""`python -m lcm_simulators.lds`: serve one LDS deployment until SIGTERM."""

from lcm_simulators.lds.app import build
from lcm_simulators.lds.settings import LdsSettings
from lcm_simulators.serving import run


def main() -> None:
    """Entry point."""
    settings = LdsSettings()  # pyright: ignore[reportCallIssue]  (filled from the environment)
    run(build(settings), host=settings.host, port=settings.port, log_level=settings.log_level)


if __name__ == "__main__":
    main()
