"""procrastinate: a task for each reminder, deferred in one batch and worked off by its own worker, ten at a time.

A task renders its mail and records it in a transaction of its own, on a pooled connection: the same rows as
``benchmarks.one_job_each``. ``python -m benchmarks.peers.procrastinate_jobs URL AT`` says ``ready`` when all tasks are
deferred, works them off at the next line of standard input, and prints what that cost.
"""

import asyncio
import json
import sys
import time
from datetime import datetime
from hashlib import sha256
from typing import Any

from procrastinate import App, PsycopgConnector
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from benchmarks.one_job_each import untried
from notifications import composing
from notifications.rendering import TemplateSet
from tests.delivering import DESK

_TEN = 10
_MESSAGE = "INSERT INTO message (id, bytes, sha256, composed_at) VALUES (%s, %s, %s, %s)"
_NOTICE = "UPDATE notice SET state = 'sending', message_id = %s, attempts = 1 WHERE id = %s"
_REMINDER = "UPDATE reminder SET state = 'fired', fired_at = %s WHERE id = %s"
_WAITING = (
    "SELECT id FROM notice WHERE reminder_id IS NOT NULL AND channel = 'mail' AND state = 'scheduled' ORDER BY id"
)


async def main(url: str, at: str) -> None:
    """Defers, says so, works off when told to."""
    async with AsyncConnectionPool(url, min_size=_TEN, kwargs={"row_factory": dict_row}) as pool:
        async with pool.connection() as connection:
            texts = await (await connection.execute("SELECT text FROM definition WHERE kind = 'templates'")).fetchall()
            notices = await (await connection.execute(_WAITING)).fetchall()
        sets = {one.sha256: one for one in (TemplateSet.from_text(row["text"]) for row in texts)}
        app = App(connector=PsycopgConnector(conninfo=url))

        @app.task(name="fire")
        async def fire(notice: int, at: str) -> None:
            async with pool.connection() as connection:
                await _fire(connection, notice, datetime.fromisoformat(at), sets)

        async with app.open_async():
            await app.schema_manager.apply_schema_async()
            await fire.batch_defer_async(*({"notice": row["id"], "at": at} for row in notices))
            print("ready", flush=True)
            await asyncio.to_thread(sys.stdin.readline)
            wall, cpu = time.perf_counter(), time.process_time()
            await app.run_worker_async(wait=False, concurrency=_TEN, install_signal_handlers=False)
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            print(json.dumps({"operations": len(notices), "client": cpu, "wall": wall}), flush=True)
            await asyncio.to_thread(sys.stdin.readline)


async def _fire(connection: Any, notice: int, at: datetime, sets: dict[str, TemplateSet]) -> None:
    row = await (await connection.execute("SELECT * FROM notice WHERE id = %s", [notice])).fetchone()
    letter = composing.single(
        untried(row | {"variables": json.loads(row["variables"])}), sets.__getitem__, at=at, desk=DESK
    ).letter
    if letter is None:
        raise LookupError(notice)
    digest = sha256(letter.content).hexdigest()
    await connection.execute(_MESSAGE, [letter.id, letter.content, digest, at])
    await connection.execute(_NOTICE, [letter.id, notice])
    await connection.execute(_REMINDER, [at, row["reminder_id"]])


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
