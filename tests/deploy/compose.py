"""docker-compose.yml as the tests read it: typed, and strict about every key of a service."""

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

ROOT = Path(__file__).parents[2]


class Strict(BaseModel):
    # A key that is misspelt, or that nobody here looks at, fails.
    model_config = ConfigDict(extra="forbid", frozen=True)


class Dependency(Strict):
    condition: str


class HealthCheck(Strict):
    test: list[str]
    interval: str
    timeout: str
    retries: int
    start_period: str


class Service(Strict):
    image: str
    build: str = ""
    entrypoint: list[str] = []
    command: list[str] = []
    environment: dict[str, str] = {}
    secrets: list[str] = []
    volumes: list[str] = []
    tmpfs: list[str] = []
    ports: list[str] = []
    depends_on: dict[str, Dependency] = {}
    healthcheck: HealthCheck | None = None
    restart: str
    init: bool = False
    read_only: bool = False
    cap_drop: list[str] = []
    security_opt: list[str]
    logging: dict[str, object]
    shm_size: str = ""
    stop_grace_period: str = ""

    @property
    def is_job(self) -> bool:
        return self.restart.startswith("on-failure")


class Stack(BaseModel):
    name: str
    services: dict[str, Service]
    volumes: dict[str, None]
    secrets: dict[str, dict[str, str]]


@cache
def stack() -> Stack:
    return Stack.model_validate(yaml.safe_load((ROOT / "docker-compose.yml").read_text()))
