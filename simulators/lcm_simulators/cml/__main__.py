"""``python -m lcm_simulators.cml``: simulate the CML hosts of an AWS account until SIGTERM or SIGINT."""

import asyncio
import logging
import signal

import structlog

from lcm_simulators.cml.runtime.process import running_simulator
from lcm_simulators.cml.settings import CmlSettings

log = structlog.get_logger(__name__)


async def serve(settings: CmlSettings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running_simulator(settings) as simulator:
        log.info("simulator is up", control=simulator.control_url, ca_file=str(settings.ca_path))
        await stop.wait()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    asyncio.run(serve(CmlSettings()))
