"""`python -m lcm_simulators.grading`: serve the GradingEngine until SIGTERM."""

from lcm_simulators.grading.app import build
from lcm_simulators.grading.settings import GradingSettings
from lcm_simulators.serving import run


def main() -> None:
    """Entry point."""
    settings = GradingSettings()  # pyright: ignore[reportCallIssue]  (filled from the environment)
    run(build(settings), host=settings.host, port=settings.port, log_level=settings.log_level)


if __name__ == "__main__":
    main()
