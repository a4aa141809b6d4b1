"""What tests of several processes stand on: databases made quickly, servers of one's own, and nothing left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import redis

from tests.databases import bare, fresh_database, lends
from tests.own_servers import own_postgres, own_redis

ROOT = Path(__file__).resolve().parents[2]
LEFT_ALONE = """
import sys
from tests.own_servers import own_redis
with own_redis() as server:
    print(server.port, server.folder, flush=True)
    sys.stdin.read()
"""


def test_two_fresh_databases_share_their_tables_and_nothing_else() -> None:
    with fresh_database() as one, fresh_database() as other:
        with psycopg.connect(bare(one)) as connection:
            connection.execute("CREATE TABLE ours (id int)")
        with psycopg.connect(bare(other)) as connection:
            count = "SELECT count(*) FROM information_schema.tables WHERE table_name IN ('ours', 'log_entry')"
            assert connection.execute(count).fetchone() == (1,)
    assert not lends(one)


def test_what_is_committed_survives_the_death_of_ones_own_postgresql() -> None:
    with own_postgres() as server:
        with psycopg.connect(bare(server.url)) as connection:
            connection.execute("CREATE TABLE ours (id int)")
        server.kill()
        assert not lends(server.url)
        server.start()
        with psycopg.connect(bare(server.url)) as connection:
            assert connection.execute("SELECT count(*) FROM ours").fetchone() == (0,)
    assert not server.folder.exists()


def test_ones_own_redis_keeps_nothing() -> None:
    with own_redis() as server, redis.Redis.from_url(server.url) as client:
        client.set("ours", 1)
        server.restart()
        assert client.get("ours") is None


def test_a_server_of_ones_own_ends_with_the_tests_that_were_killed() -> None:
    command = [sys.executable, "-c", LEFT_ALONE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as tests:
        assert tests.stdout is not None
        port, folder = tests.stdout.readline().split()
        with redis.Redis(port=int(port)) as client, client.pubsub() as listening:
            listening.subscribe("ours")
            tests.send_signal(signal.SIGKILL)
            tests.wait()
            gone = False
            while not gone:
                try:
                    listening.get_message(timeout=10)
                except redis.ConnectionError:
                    gone = True
        deadline = time.monotonic() + 10
        while Path(folder).exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
