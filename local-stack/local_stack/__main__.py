"""Command line of the local stack; the Makefile's targets call it."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from local_stack.stack import HTTP_PROCESSES, Health, LocalStack, StackNotReady
from local_stack.supervision import SupervisorUnavailable

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)
console = Console()
data_folder = Path(".data")


@app.callback()
def main(
    data: Annotated[Path, typer.Option(help="Folder of the stack's data, logs and secrets.")] = Path(".data"),
) -> None:
    global data_folder
    data_folder = data


@app.command()
def up() -> None:
    """Run the stack until Ctrl-C; data stays."""
    stack = LocalStack.prepare(data_folder)
    if stack.supervisor.is_up():
        console.print("The stack is up already; `make status` shows it, `make down` stops it.")
        raise typer.Exit(1)
    stack.start()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        with console.status("Starting") as spinner:
            stack.wait_ready(on_change=lambda health: spinner.update(_waiting_text(health)))
        _print_addresses(stack)
        console.print("Ctrl-C stops it.")
        while not stopped.wait(1.0):
            if not stack.supervisor.is_up():
                console.print("The stack was stopped.")
                return
    finally:
        with console.status("Stopping"):
            stack.stop()


@app.command()
def down() -> None:
    """Stop a running stack."""
    stack = LocalStack.existing(data_folder)
    if stack is None or not stack.supervisor.is_up():
        console.print("Nothing runs.")
        return
    with console.status("Stopping"):
        stack.stop()
    console.print("Stopped; the data stays in", str(stack.data_dir))


@app.command()
def status() -> None:
    """Processes, addresses and health; exits 1 unless all is ready."""
    stack = _running()
    table = Table("process", "state", "pid", "ready", "address")
    all_ready = True
    for info in stack.supervisor.processes():
        name = str(info["name"])
        health = stack.health(name) if name in HTTP_PROCESSES else Health(name, info["statename"] == "RUNNING", "")
        all_ready &= health.ready
        port = stack.plan.ports.get({"cml": "cml-control", "etcd": "etcd-client"}.get(name, name))
        ready = "[green]yes[/]" if health.ready else f"[red]no[/] {health.detail}"
        table.add_row(name, str(info["statename"]), str(info["pid"]), ready, f"http://127.0.0.1:{port}")
    console.print(table)
    raise typer.Exit(0 if all_ready else 1)


@app.command()
def logs(name: Annotated[str | None, typer.Argument(help="One process; all of them when left out.")] = None) -> None:
    """Follow the logs."""
    stack = LocalStack.existing(data_folder)
    if stack is None:
        console.print("There is no stack in", str(data_folder))
        raise typer.Exit(1)
    pattern = f"{name}.log" if name else "*.log"
    files = sorted(str(file) for file in stack.supervisor.log_dir.glob(pattern))
    if not files:
        console.print(f"No log named {pattern} in {stack.supervisor.log_dir}")
        raise typer.Exit(1)
    with contextlib.suppress(KeyboardInterrupt):
        subprocess.run(["tail", "-n", "40", "-F", *files], check=False)  # noqa: S603, S607


@app.command()
def reset() -> None:
    """Stop the stack and wipe its data."""
    stack = LocalStack.existing(data_folder)
    if stack is None:
        console.print("Nothing to wipe.")
        return
    stack.wipe()
    console.print("Wiped", str(stack.data_dir))


@app.command()
def env() -> None:
    """Print the settings of the running stack's control plane for the `lcm` command (eval "$(...)")."""
    from local_stack.processes import cli_environment

    for key, value in cli_environment(_running().plan).items():
        sys.stdout.write(f"export {key}='{value}'\n")


@app.command()
def demo() -> None:
    """Three bookings from an empty fleet to their scores."""
    from local_stack.demo.run import run_demo

    raise typer.Exit(run_demo(data_folder, console))


def _running() -> LocalStack:
    stack = LocalStack.existing(data_folder)
    if stack is None or not stack.supervisor.is_up():
        console.print("Nothing runs; `make up` starts the stack.")
        raise typer.Exit(1)
    return stack


def _waiting_text(health: list[Health]) -> str:
    waiting = [found.name for found in health if not found.ready]
    return "Starting: waiting for " + ", ".join(waiting) if waiting else "Started"


def _print_addresses(stack: LocalStack) -> None:
    console.print(f"\nWeb UI       {stack.plan.url('control-plane-api')}")
    console.print(f"REST API     {stack.plan.url('control-plane-api')}/docs")
    console.print("Log in as    admin, operator, instructor or viewer; the password is the name followed by -dev")
    console.print(f"Data, logs   {stack.data_dir}\n")


if __name__ == "__main__":
    try:
        app()
    except (StackNotReady, SupervisorUnavailable) as error:
        Console(stderr=True).print(f"[red]{error}[/]")
        sys.exit(1)
