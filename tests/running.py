"""A running `foldspace up`, as a newcomer starts it, with what can be read off it."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import Page

from tests.servers import Foldspace, free_port

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""Headless, as root in a container, and quiet towards the network."""


class Running:
    """A running `foldspace up`, with what a newcomer reads off its last line."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.http_port, self.mqtt_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.http_port}"
        self.options = options
        self.starts = 0
        self.program: Foldspace
        self.start()

    def start(self) -> str:
        """Start it, again if need be; return the last line."""
        self.starts += 1
        self.program = Foldspace(
            "up", "--data", str(self.folder / "data"), "--http", f"127.0.0.1:{self.http_port}",
            "--mqtt", f"127.0.0.1:{self.mqtt_port}", *self.options, log=self.folder / f"up-{self.starts}.log",
        )  # fmt: skip
        self.ready_line = self.program.wait_for("ready http")
        return self.ready_line

    @property
    def token(self) -> str:
        """The admin token that a start leaves in the data folder."""
        return (self.folder / "data" / "admin.token").read_text().strip()

    @property
    def password(self) -> str:
        """The staff user's first password, from the last line."""
        return self.ready_line.split("password")[1].split()[-1].strip(" :")

    def api(self, path: str, **options: object) -> httpx.Response:
        """GET a path of the API as admin."""
        headers = {"Authorization": f"Bearer {self.token}", "Accept-Language": "en"}
        return httpx.get(f"{self.url}/api/v1{path}", headers=headers, timeout=10, **options)  # type: ignore[arg-type]  # test sugar

    def send(self, method: str, path: str, body: object = None, language: str = "en") -> httpx.Response:
        """Send to a path of the API as admin."""
        headers = {"Authorization": f"Bearer {self.token}", "Accept-Language": language}
        return httpx.request(method, f"{self.url}/api/v1{path}", headers=headers, json=body, timeout=30)

    def add_user(self, name: str, role: str) -> str:
        """Add a staff user by the command line, as an admin does; return the password."""
        password = f"{name} has a long password"
        foldspace = Path(sys.executable).with_name("foldspace")
        command = [foldspace, "users", "add", name, "--role", role, "--data", str(self.folder / "data")]
        subprocess.run(command, input=f"{password}\n", text=True, check=True, capture_output=True)
        return password

    def device(self, name: str, protocol: int = paho.MQTTv311) -> paho.Client:
        """A plain paho client, as a device engineer's first script."""
        client = paho.Client(CallbackAPIVersion.VERSION2, name, protocol=protocol)
        client.connect("127.0.0.1", self.mqtt_port)
        client.loop_start()
        return client


def sign_in(page: Page, up: Running, name: str = "staff", password: str | None = None) -> None:
    """Sign a user in, as a person does; the board follows. By default the first staff user."""
    page.goto(up.url)
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码").fill(password or up.password)
    page.keyboard.press("Enter")


def say(client: paho.Client, topic: str, **fields: object) -> None:
    """Publish a payload as a device does, and wait until the broker has it."""
    client.publish(topic, json.dumps(fields), qos=1).wait_for_publish(10)


def occupancy(up: Running, space: str) -> str | None:
    """Return what a space of the site is said to be; None before anything was."""
    state = up.api(f"/spaces/jianghu/{space}").json()["state"]
    return None if state is None else str(state["occupancy"])


def wait_until(holds: Callable[[], object], timeout_s: float = 60) -> None:
    """Wait for something that another process brings about."""
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, "did not come true"
        time.sleep(0.05)
