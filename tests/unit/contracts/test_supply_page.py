"""The example of docs/supply.md is a community file that loads."""

import re
import tomllib
from pathlib import Path

from services.contracts.community import parse_community

PAGE = (Path(__file__).parents[3] / "docs" / "supply.md").read_text(encoding="utf-8")


def test_the_example_loads_once_its_tea_house_is_there() -> None:
    example = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert example
    raw = tomllib.loads(example[1])
    raw["spaces"].append(
        {"id": "teahouse", "site": "jianghu", "name": "清和茶楼", "capacity": 30, "functions": ["tea", "class"]}
    )
    community = parse_community(raw, "docs/supply.md")
    assert community.supply[0].recall[1].with_replacement
    assert community.standing[0].protected
