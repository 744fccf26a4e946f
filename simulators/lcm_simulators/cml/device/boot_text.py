"""What devices print while they boot; the strings of ``boot.completed`` come last."""

from lcm_simulators.cml.model.definitions import NodeDefinition

_OPENING = {
    "ios": ("System Bootstrap, Version 15.9 (simulated)", "Loading system image ... [OK]", "Restricted Rights Legend"),
    "nxos": ("Loader Version 5.9.4 (simulated)", "Image verification OK", "INIT: version 2.88 booting"),
    "iosxr": ("GNU GRUB (simulated)", "Booting IOS XR", "ios con0/RP0/CPU0 is now available"),
    "asa": ("Loading ASA image (simulated)...", "Total SSMs found: 0"),
    "linux": ("SeaBIOS (simulated)", "Booting Linux", "Mounting root file system [ ok ]", "Starting networking [ ok ]"),
}


def boot_entries(definition: NodeDefinition, label: str, boot_ms: int, elapsed_ms: int) -> list[tuple[int, str]]:
    """Lines printed up to ``elapsed_ms`` of a boot that takes ``boot_ms``, each with its time."""
    lines = [*_OPENING.get(definition.family, ()), f"{definition.id}: {label} is starting", *definition.completed]
    if definition.family == "ios":
        lines.append("Press RETURN to get started!")
    step = boot_ms / len(lines)
    entries = [(round(step * (index + 1)), line) for index, line in enumerate(lines)]
    entries[-1] = (boot_ms, entries[-1][1])
    return [entry for entry in entries if entry[0] <= elapsed_ms]
