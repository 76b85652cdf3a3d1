"""Mosquitto with the configuration we ship: only ports, folders and the plugin's place are those of this machine."""

import os
import re
import signal
import subprocess
from pathlib import Path

from tests.servers import free_port, program, wait_for_port

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "deploy" / "mosquitto"
PLUGIN = "mosquitto_dynamic_security.so"
_PLUGIN_PLACES = ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib", "/opt/homebrew/lib")


def localised(text: str, folder: Path, plain_port: int, tls_port: int) -> str:
    """Return a shipped file with the container's places replaced by those of a test; nothing else is changed."""
    plugin = next((place for place in _PLUGIN_PLACES if (Path(place) / PLUGIN).exists()), _PLUGIN_PLACES[0])
    for container, here in {
        "listener 1883": f"listener {plain_port} 127.0.0.1",
        "listener 8883": f"listener {tls_port} 127.0.0.1",
        "-p 1883": f"-p {plain_port}",
        "/usr/lib/mosquitto_": f"{plugin}/mosquitto_",
        "/mosquitto/data": f"{folder}/data",
        "/mosquitto/config": f"{folder}/config",
        "/run/secrets": f"{folder}/secrets",
        "exec mosquitto ": f"exec {program('mosquitto')} ",
    }.items():
        text = text.replace(container, here)
    return text


class ShippedMosquitto:
    """The broker of a deployment in `folder`; may be killed and started again. `secrets/` in it must be filled."""

    def __init__(self, folder: Path) -> None:
        program("mosquitto")
        program("mosquitto_ctrl")
        program("mosquitto_sub")  # the health check's
        self.port, self.tls_port = free_port(), free_port()
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "data").mkdir(exist_ok=True)
        (folder / "config").mkdir(exist_ok=True)
        for file in SHIPPED.iterdir():
            copy = folder / "config" / file.name
            copy.write_text(localised(file.read_text(encoding="utf-8"), folder, self.port, self.tls_port))
            copy.chmod(0o755)
        if os.geteuid() == 0:  # the container has no root; here it would turn into a user without right to `folder`
            with (folder / "config" / "mosquitto.conf").open("a") as config:
                config.write("user root\n")

    def start(self) -> "ShippedMosquitto":
        """Run the shipped start script and wait until the broker listens."""
        with (self.folder / "mosquitto.log").open("ab") as log:
            self._process = subprocess.Popen([str(self.folder / "config" / "start")], stdout=log, stderr=log)
        wait_for_port(self.port)
        return self

    def stop(self, how: int = signal.SIGTERM) -> None:
        """Stop it; SIGKILL as a power cut does."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(10)
            self._process = None

    def alive(self) -> bool:
        """Tell what the shipped health check says."""
        return subprocess.run([str(self.folder / "config" / "alive")], check=False, timeout=20).returncode == 0

    def control(self, *command: str) -> str:
        """Run a command of the dynamic security plugin as its administrator; return what it printed."""
        password = (self.folder / "secrets" / "mqtt_admin_password").read_text()
        done = subprocess.run(
            [
                program("mosquitto_ctrl"),
                "-p",
                str(self.port),
                "-u",
                "foldspace-admin",
                "-P",
                password,
                "dynsec",
                *command,
            ],
            capture_output=True,
            check=False,
            timeout=20,
        )
        said = (done.stdout + done.stderr).decode(errors="replace")
        if done.returncode or re.search(r"\berror\b", said, re.IGNORECASE):
            raise AssertionError(f"mosquitto_ctrl dynsec {' '.join(command)}: {said}")
        return said
