"""One server and one browser for each module; a window for each person, closed after each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import open_chromium
from tests.browser.house import House
from tests.browser.person import PATIENCE_MS, Person
from tests.serving import serving

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    data = tmp_path_factory.mktemp("house") / "data"
    with serving(data) as server, open_chromium() as browser:
        yield House(server=server, browser=browser)


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    """The server and browser of this module, with nobody in yet."""
    yield shared_house
    shared_house.empty_out()


@pytest.fixture
def parent(house: House) -> Person:
    return house.person("parent")


@pytest.fixture
def advocate(house: House) -> Person:
    return house.person("advocate")


@pytest.fixture
def officer(house: House) -> Person:
    return house.person("case_officer")
