"""Conversations with devices whose screens come in any pieces and whose lines were left anywhere."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lablet_controller.integration.services.console_dialog import ConsoleDialog, DialogError, Login, Pace
from lcm_core.domain.node_cli import IOS, LINUX, CliDialect

from ..devices import LineTerminal, Machine, Router

QUICK = Pace(settle=0.002, first=0.02, stalled=0.02)
PIECES = st.lists(st.integers(1, 400), min_size=1, max_size=20)
LEFT = st.sampled_from(
    [
        "",
        "reloa",
        "enable\rconfigure terminal\r",
        "enable\rconfigure terminal\rinterface Loopback99\r",
        "enable\rconfigure terminal\rhostname Oth",
        "enable\rshow running-config\r",
        "enable\rshow running-config\r  ",
        "enable\rcopy running-config startup-config\r",
        "show version\r",
    ]
)


def run(body: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(body())


def a_dialog(line: Any, pieces: Sequence[int]) -> tuple[ConsoleDialog, LineTerminal]:
    terminal = LineTerminal(line, itertools.cycle(pieces))
    return ConsoleDialog(terminal, QUICK), terminal


async def ask(dialog: ConsoleDialog, dialect: CliDialect, *commands: str) -> list[str]:
    await dialog.reach_prompt(5, dialect.prompt)
    if dialect.privileged and dialog.prompt.endswith(">"):
        await dialog.ask_changing_mode("enable", 5, secret="")
    return [await dialog.ask(command, dialect.language, 5) for command in commands]


def text_of(router: Router) -> str:
    return "\n".join(line.rstrip() for line in router.device.running_config().splitlines()).strip("\n")


@given(PIECES, LEFT)
def test_the_configuration_is_read_whole_however_the_line_was_left_and_the_screen_comes(
    pieces: list[int], left: str
) -> None:
    async def body() -> None:
        router = Router()
        router.line.receive(left.encode())
        before, changes = text_of(router), router.changes
        dialog, _ = a_dialog(router.line, pieces)
        [read] = await ask(dialog, IOS, "show running-config")
        assert read == before
        assert (router.changes, router.device.startup) == (changes, None), "the device was changed by looking at it"

    run(body)


@given(PIECES, st.integers(3, 60))
def test_pages_are_turned_wherever_the_pager_stops(pieces: list[int], page_length: int) -> None:
    async def body() -> None:
        router = Router()
        router.line.receive(f"terminal length {page_length}\r".encode())
        dialog, _ = a_dialog(router.line, pieces)
        assert await ask(dialog, IOS, "show running-config") == [text_of(router)]

    run(body)


@given(PIECES, st.lists(st.sampled_from(["show clock", "show version", "show ip interface brief"]), max_size=4))
def test_each_command_gets_its_own_output_and_no_other(pieces: list[int], commands: list[str]) -> None:
    async def body() -> None:
        router = Router()
        alone = {command: await ask(a_dialog(Router().line, [999])[0], IOS, command) for command in set(commands)}
        dialog, _ = a_dialog(router.line, pieces)
        assert await ask(dialog, IOS, *commands) == [alone[command][0] for command in commands]

    run(body)


@given(PIECES)
def test_a_shell_is_asked_like_a_router(pieces: list[int]) -> None:
    async def body() -> None:
        machine = Machine()
        machine.line.receive(b"rm -rf /conf")
        dialog, _ = a_dialog(machine.line, pieces)
        assert await ask(dialog, LINUX, "hostname", "cat /etc/hostname") == ["pc", "pc"]

    run(body)


async def test_messages_of_the_system_over_the_prompt_do_not_hang_the_dialog() -> None:
    router = Router()
    router.line.receive(b"enable\r")
    dialog, terminal = a_dialog(router.line, [4096])
    await dialog.reach_prompt(5)
    reading = terminal.read

    async def noisy(most: int) -> str:
        text = await reading(most)
        if "Version" in text:
            router.line.announce("%LINEPROTO-5-UPDOWN: Line protocol on Interface Loopback1, changed state to up")
        return text

    terminal.read = noisy  # type: ignore[method-assign]
    assert "Version" in await dialog.ask("show version", IOS.language, 5)
    assert "10.0.7.1" in await dialog.ask("show ip interface brief", IOS.language, 5)


@pytest.mark.parametrize("command", ["configure terminal", "show run | redirect flash:x", "reload", "write"])
async def test_what_could_change_the_device_is_never_typed(command: str) -> None:
    router = Router()
    dialog, terminal = a_dialog(router.line, [4096])
    await dialog.reach_prompt(5)
    typed = terminal.typed
    with pytest.raises(DialogError, match="is not typed"):
        await dialog.ask(command, IOS.language, 5)
    assert terminal.typed == typed


class Scripted:
    """Implements ``Terminal``: what is typed is looked up in *answers*; what is not there is met with silence."""

    def __init__(self, answers: dict[str, str]) -> None:
        self._answers = answers
        self._waiting: asyncio.Queue[str] = asyncio.Queue()
        self.typed: list[str] = []

    async def read(self, most: int) -> str:
        del most
        return await self._waiting.get()

    def write(self, text: str) -> None:
        self.typed.append(text)
        answer = self._answers.pop(text, "")
        if answer:
            self._waiting.put_nowait(answer)


async def reached(answers: dict[str, str], login: Login | None = None, dialect: CliDialect = IOS) -> Scripted:
    terminal = Scripted(answers)
    await ConsoleDialog(terminal, QUICK).reach_prompt(2, dialect.prompt, login)
    return terminal


async def test_the_boot_dialogue_is_declined() -> None:
    question = "\r\nWould you like to enter the initial configuration dialog? [yes/no]: "
    install = "\r\nWould you like to terminate autoinstall? [yes]: "
    welcome = "\r\n\r\nPress RETURN to get started!\r\n"
    answers = {"\x03": question, "no\r": install, "yes\r": welcome, "\r": "\r\nRouter>"}
    assert (await reached(answers)).typed == ["\x03", "no\r", "yes\r", "\r"]


async def test_a_reload_that_somebody_began_is_not_confirmed() -> None:
    answers = {"\x03": "\r\nProceed with reload? [confirm]", "n": "\r\nR1#"}
    assert (await reached(answers)).typed == ["\x03", "n"]


async def test_a_question_that_cannot_be_left_is_not_answered() -> None:
    question = "\r\nDestination filename [startup-config]? "
    terminal = Scripted({"\x03": question})
    dialog = ConsoleDialog(terminal, QUICK)
    with pytest.raises(DialogError):
        await dialog.reach_prompt(0.5)
    assert terminal.typed[0] == "\x03"
    assert terminal.typed[1] == "\x03", "Return would have saved the configuration"


async def test_the_configured_login_is_typed_where_it_is_asked_for() -> None:
    answers = {"\x03": "\r\nPC login: ", "cisco\r": "cisco\r\nPassword: ", "lab123\r": "\r\nPC:~$ "}
    assert (await reached(answers, Login("cisco", "lab123"), LINUX)).typed == ["\x03", "cisco\r", "lab123\r"]


async def test_a_line_that_only_asks_for_a_password_is_given_it() -> None:
    answers = {"\x03": "\r\nPassword: ", "\r": "\r\nPassword: ", "lab123\r": "\r\nR1>"}
    assert (await reached(answers, Login("", "lab123"))).typed[-1] == "lab123\r"


async def test_a_login_that_is_not_accepted_is_tried_once_and_kept_out_of_the_message() -> None:
    answers = {"\x03": "\r\nlogin: ", "cisco\r": "\r\nPassword: ", "lab123\r": "\r\nLogin incorrect\r\nlogin: "}
    with pytest.raises(DialogError, match="does not accept") as refused:
        await reached(answers, Login("cisco", "lab123"), LINUX)
    assert refused.value.hopeless
    assert "lab123" not in str(refused.value)


async def test_without_a_login_a_device_that_asks_for_one_is_given_up_at_once() -> None:
    with pytest.raises(DialogError, match="none is configured") as refused:
        await reached({"\x03": "\r\nUsername: "})
    assert refused.value.hopeless


async def test_a_colourful_prompt_is_a_prompt() -> None:
    await reached({"\x03": "\r\n\x1b]0;pc\x07\x1b[01;32mcisco@pc\x1b[00m:\x1b[01;34m~\x1b[00m$ "}, None, LINUX)


@pytest.mark.parametrize("viewer", ["\x1b[7m(END)\x1b[m", "text\r\n:"])
async def test_a_viewer_that_was_left_open_is_closed(viewer: str) -> None:
    assert (await reached({"\x03": viewer, "q": "\r\nPC:~$ "}, None, LINUX)).typed == ["\x03", "q"]


async def test_a_prompt_left_over_from_before_does_not_end_the_next_command() -> None:
    router = Router()
    router.line.receive(b"enable\r")
    dialog, terminal = a_dialog(router.line, [4096])
    await dialog.reach_prompt(5)
    typing = terminal.write

    def late(text: str) -> None:
        router.line.announce("")
        router.line.receive(b"\r")
        asyncio.get_running_loop().call_later(4 * QUICK.settle, typing, text)

    terminal.write = late  # type: ignore[method-assign]
    assert "10.0.7.1" in await dialog.ask("show ip interface brief", IOS.language, 5)


async def test_a_device_that_asks_somebody_else_whether_we_may_is_given_time() -> None:
    router = Router()
    terminal = LineTerminal(router.line, itertools.repeat(4096))
    dialog = ConsoleDialog(terminal, Pace(settle=0.002, first=0.02, stalled=60))
    await dialog.reach_prompt(5)
    typing = terminal.write

    def late(text: str) -> None:
        asyncio.get_running_loop().call_later(0.02, typing, text)

    terminal.write = late  # type: ignore[method-assign]
    await dialog.ask_changing_mode("enable", 5, secret="")
    assert dialog.prompt == "R1#"


async def test_a_device_that_wants_another_secret_is_told_once_and_left() -> None:
    terminal = Scripted({"\x03": "\r\nR1>", "enable\r": "enable\r\nPassword: ", "wrong\r": "\r\nPassword: "})
    dialog = ConsoleDialog(terminal, QUICK)
    await dialog.reach_prompt(2)
    with pytest.raises(DialogError, match="'enable' led to"):
        await dialog.ask_changing_mode("enable", 5, secret="wrong")
    assert terminal.typed.count("wrong\r") == 1
