"""Kill, take up again, compare; print what was found. See the package's words for how to call it."""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
IN_A_ROW = 3  # deaths before somebody lives, in the random part


def prepare(*, is_here: bool) -> None:
    """A database that may be emptied; its tables are made where it is new."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    os.environ.setdefault("DEALERCRM_VAR", tempfile.mkdtemp(prefix="faults-"))
    address = os.environ.get("DATABASE_URL", "")
    if not address.startswith("postgres"):
        raise SystemExit("Deaths are tried on PostgreSQL: set DATABASE_URL.")
    if not is_here:
        import psycopg

        server, _, name = address.rpartition("/")
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}_faults" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}_faults"')
        os.environ["DATABASE_URL"] = f"{server}/{name}_faults"
    import django

    django.setup()
    from django.core.management import call_command
    from django.urls import reverse

    reverse("home")  # every room is read in once, not by each child

    if not is_here:
        call_command("migrate", verbosity=0)


def try_case(name: str, *, part: int, more: int, seed: int) -> dict[str, Any]:
    """All deaths of one case, then its control; the figures as they are printed."""
    from django.core.management import call_command

    from benchmarks.faults.cases import CASES
    from benchmarks.faults.killing import Death, live
    from benchmarks.faults.restoring import Snapshot

    started = time.perf_counter()
    call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=True)
    case, chance = CASES[name](), random.Random(seed)
    case.build()
    before = Snapshot()
    statements = live(lambda: case.work(0)).steps
    clean = case.rows()
    before.restore()
    calls = live(lambda: case.work(0), count="call").steps

    def after(deaths: list[Death]) -> Any:
        """Die as told, one after the other, then live; what is damaged."""
        before.restore()
        for attempt, death in enumerate(deaths):
            live(lambda attempt=attempt: case.work(attempt), death)  # type: ignore[misc]
        live(lambda: case.work(len(deaths)))
        return case.damage(clean, case.rows())

    every = [[Death("statement", number)] for number in range(1, statements + 1)]
    chosen = every[chance.randrange(part) :: part]
    for _ in range(more):
        deaths = [Death("call", chance.randint(1, calls))]
        deaths += [Death("statement", chance.randint(1, statements)) for _ in range(chance.randrange(IN_A_ROW))]
        chosen.append(deaths)
    damaged = {", ".join(map(str, deaths)): found for deaths in chosen if (found := after(deaths))}

    tried, control = 0, None
    with case.unprotected():
        if unharmed := after([]):
            raise RuntimeError(f"{name}: the control does damage even where nobody dies: {_told(unharmed)}")
        for deaths in chance.sample(every, len(every)):
            tried += 1
            if found := after(deaths):
                control = (deaths[0], found)
                break
    before.drop()
    return {
        "case": name,
        "rows": sum(clean.values()),
        "statements": statements,
        "deaths": sum(map(len, chosen)),
        "ends": len(chosen),
        "damaged": {where: _told(found) for where, found in damaged.items()},
        "control_tried": tried,
        "control": {"where": str(control[0]), **_told(control[1])} if control else None,
        "seconds": round(time.perf_counter() - started, 1),
    }


def _told(damage: Any) -> dict[str, Any]:
    return {
        "lost": sum(damage.lost.values()),
        "doubled": sum(damage.doubled.values()),
        "for_example": str(next(iter([*damage.lost, *damage.doubled])))[:200],
    }


def report(found: dict[str, Any]) -> str:
    lines = [
        f"{found['case']:9} {found['statements']:4} statements, {found['rows']:4} rows: killed {found['deaths']} times"
        f" in {found['ends']} runs, {len(found['damaged'])} of them damaged ({found['seconds']} s)"
    ]
    lines += [f"          DAMAGED at {where}: {what}" for where, what in found["damaged"].items()]
    control = found["control"]
    if control:
        lines.append(
            f"          without protection: damaged at the {found['control_tried']}. death tried ({control['where']}):"
            f" {control['lost']} rows lost, {control['doubled']} doubled"
        )
    else:
        lines.append("          WITHOUT PROTECTION NOTHING WAS DAMAGED: this case proves nothing")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults")
    parser.add_argument(
        "cases", nargs="*", help="night, planning, letters, calls, import, smtp, races; all if not given"
    )
    parser.add_argument("--part", type=int, default=1, help="take every so manieth statement")
    parser.add_argument("--random", type=int, default=40, help="runs with random deaths besides")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--here", action="store_true", help="use the database of DATABASE_URL itself; it is emptied")
    parser.add_argument("--kills", type=int, help="deaths of a sender in the case smtp (2000)")
    parser.add_argument("--races", type=int, help="races in the case races (10000)")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    prepare(is_here=given.here)
    from benchmarks.faults import sending
    from benchmarks.faults.cases import CASES

    found = []
    hurt = False
    counts = {"smtp": given.kills, "races": given.races}
    for name in given.cases or [*CASES, *sending.TRIALS]:
        if trial := sending.TRIALS.get(name):
            number = counts[name] or sending.FULL[name] // given.part
            told = trial(number, given.seed)
            hurt |= sending.is_damaged(told)
            print(json.dumps([told]) if given.json else sending.report(told), flush=True)
            continue
        found.append(try_case(name, part=given.part, more=given.random, seed=given.seed))
        if not given.json:
            print(report(found[-1]), flush=True)
    if given.json and found:
        print(json.dumps(found))
    if hurt or any(one["damaged"] or not one["control"] for one in found):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
