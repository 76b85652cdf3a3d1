"""A resident with a phone, as the tests of what is theirs need one."""

from typing import Any

from fastapi.testclient import TestClient

from tests.unit.api.conftest import SITE, House

API = "/api/v1"
NAME, PHONE = "王芳", "138 0013 8000"
ROOM = {"site": SITE, "space": "room-a"}


class Person:
    """A phone with its own cookies."""

    def __init__(self, house: House) -> None:
        self.client = TestClient(house.client.app, raise_server_exceptions=False, follow_redirects=False)
        self.client.headers["x-csrf"] = "1"
        self.account: dict[str, Any] = {}

    def signs_up(self, name: str = NAME, phone: str = PHONE) -> "Person":
        answer = self.client.post(f"{API}/me", json={"name": name, "phone": phone})
        assert answer.status_code == 201, answer.text
        self.account = answer.json()
        return self

    def get(self, path: str) -> Any:
        answer = self.client.get(f"{API}{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, status: int = 200, /, **body: object) -> Any:
        answer = self.client.post(f"{API}{path}", json=body or None)
        assert answer.status_code == status, answer.text
        return answer.json()
