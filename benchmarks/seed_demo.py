"""How fast the demo is made: seconds of each phase and rows a second, on SQLite and on PostgreSQL.

    python benchmarks/seed_demo.py [--vehicles 2000 20000] [--postgres postgres://postgres@127.0.0.1:5432/postgres]

Every run gets a database of its own: a new SQLite file, or a new PostgreSQL database that is dropped afterwards.
Without --postgres (or DATABASE_URL) only SQLite is measured, and that is said.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
DATABASE = "dealercrm_seed_benchmark"
TARGET_SECONDS = {2_000: 12, 20_000: 120}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vehicles", type=int, nargs="+", default=[2_000, 20_000])
    parser.add_argument("--postgres", default=os.environ.get("DATABASE_URL", ""), help="a server that may be written")
    options = parser.parse_args()
    late = 0
    for vehicles in options.vehicles:
        with tempfile.TemporaryDirectory() as var:
            late += measure("SQLite", vehicles, {"DATABASE_URL": f"sqlite:///{var}/bench.sqlite3"}, var)
        if options.postgres.startswith("postgres"):
            with tempfile.TemporaryDirectory() as var:
                late += on_postgres(options.postgres, vehicles, var)
    if not options.postgres.startswith("postgres"):
        print("PostgreSQL: not measured, no --postgres and no DATABASE_URL")
    return 1 if late else 0


def on_postgres(server: str, vehicles: int, var: str) -> bool:
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        connection.execute(f"CREATE DATABASE {DATABASE}")
        try:
            url = urlunsplit(urlsplit(server)._replace(path=f"/{DATABASE}"))
            return measure("PostgreSQL", vehicles, {"DATABASE_URL": url}, var)
        finally:
            connection.execute(f"DROP DATABASE {DATABASE}")


def measure(name: str, vehicles: int, environment: dict[str, str], var: str) -> bool:
    """One run in a process of its own; True where it took longer than promised."""
    env = {**os.environ, **environment, "DEALERCRM_VAR": var}
    run(["migrate", "--verbosity", "0"], env)
    started = time.perf_counter()
    report: dict[str, Any] = json.loads(run(["seed_demo", "--vehicles", str(vehicles), "--json"], env))
    whole = time.perf_counter() - started
    rows = sum(report["rows"].values())
    phases = ", ".join(f"{phase} {seconds:.1f}" for phase, seconds in report["seconds"].items())
    print(f"{name:<10} {vehicles:>6,} vehicles: {whole:6.1f} s in all; {rows:,} rows at", end=" ")
    print(f"{rows / report['seconds']['rows']:,.0f} rows/s; seconds: {phases}", flush=True)
    return whole > TARGET_SECONDS.get(vehicles, float("inf"))


def run(command: list[str], env: dict[str, str]) -> str:
    manage = [sys.executable, str(ROOT / "manage.py"), *command]
    return subprocess.run(manage, env=env, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
