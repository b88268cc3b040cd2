"""What the core of a night costs as one set-based SQL statement, written by hand for PostgreSQL.

The core only: last visit and last maintenance, due date by months and by km, the overdue ratio R,
the stage, and RFM by fixed cuts. It knows no wrong readings beyond their flag, no explanations, no
occasions, no replay of a past date and no boundary dates: it is the speed to be measured against,
not a second engine. One process, like a worker (no parallel plan).
"""

from __future__ import annotations

from datetime import date

from django.db import connection

_TABLE = """
DROP TABLE IF EXISTS yardstick;
CREATE TABLE yardstick (
    ownership_id bigint PRIMARY KEY, customer_id bigint NOT NULL, dealership_id bigint NOT NULL,
    stage text NOT NULL, last_on date NOT NULL, maintained_on date, interval_days int NOT NULL, due_on date NOT NULL,
    ratio numeric NOT NULL, recency int NOT NULL, frequency int NOT NULL, money int NOT NULL);
CREATE INDEX ON yardstick (dealership_id, stage);
CREATE INDEX ON yardstick (customer_id);
CREATE TABLE IF NOT EXISTS yardstick_due (id bigint PRIMARY KEY);
"""

_JUDGED = """
WITH visit AS (
    SELECT o.ownership_id, o.opened_on, o.total,
           bool_or(g.code = 'maintenance' AND NOT l.is_declined) AS is_maintenance
    FROM vehicles_repairorder o
    LEFT JOIN vehicles_repairorderline l ON l.order_id = o.id
    LEFT JOIN vehicles_workgroup g ON g.id = l.work_group_id
    WHERE o.voided_at IS NULL AND o.opened_on <= %(day)s {of_orders}
    GROUP BY o.id
), history AS (
    SELECT ownership_id, max(opened_on) AS visited_on,
           max(opened_on) FILTER (WHERE is_maintenance) AS maintained_on,
           count(*) FILTER (WHERE opened_on > %(day)s - 730) AS visits,
           coalesce(sum(total) FILTER (WHERE opened_on > %(day)s - 730), 0) AS spent
    FROM visit GROUP BY ownership_id
), driving AS (
    SELECT vehicle_id, max(km) AS km, max(read_on) AS read_on,
           CASE WHEN max(read_on) - min(read_on) >= 20
                THEN greatest((max(km) - min(km))::numeric / (max(read_on) - min(read_on)), 1) END AS km_per_day
    FROM vehicles_odometerreading r
    WHERE plausibility IN ('plausible', 'confirmed') AND read_on <= %(day)s {of_readings}
    GROUP BY vehicle_id
), booked AS (
    SELECT DISTINCT ownership_id FROM vehicles_appointment
    WHERE status IN ('booked', 'confirmed') AND purpose = 'service' AND starts_at >= %(day)s
), car AS (
    SELECT w.id, w.customer_id, w.home_store_id, w.acquired, w.started_on, w.ended_on, h.maintained_on,
           h.visits, h.spent, h.visited_on, b.ownership_id IS NOT NULL AS is_booked,
           coalesce(h.visited_on, w.started_on) AS last_on,
           greatest(coalesce(h.maintained_on, w.started_on), w.started_on) AS base_on,
           coalesce(d.km_per_day, m.km_per_year / 365.25, 48) AS km_per_day,
           coalesce(own.interval_km, usual.interval_km) AS interval_km,
           coalesce(own.interval_months, usual.interval_months) AS interval_months,
           CASE WHEN c.kind = 'company' THEN 36 WHEN c.is_premium OR m.price_class = 'premium' THEN 30
                WHEN m.price_class = 'chinese' THEN 24 ELSE 36 END AS term
    FROM vehicles_ownership w
    JOIN customers_customer c ON c.id = w.customer_id
    JOIN vehicles_vehicle v ON v.id = w.vehicle_id
    LEFT JOIN vehicles_make m ON m.id = v.make_id
    LEFT JOIN scheduled own ON own.make_id = v.make_id
    LEFT JOIN scheduled usual ON usual.make_id IS NULL
    LEFT JOIN history h ON h.ownership_id = w.id
    LEFT JOIN driving d ON d.vehicle_id = w.vehicle_id
    LEFT JOIN booked b ON b.ownership_id = w.id
    {of_owners}
), due AS (
    SELECT car.*, least((base_on + make_interval(months => interval_months))::date,
                        base_on + least(round(interval_km / km_per_day), 5000)::int) AS due_on,
           greatest(least(interval_months * 30.44, interval_km / km_per_day), 1) AS interval_days,
           extract(year FROM age(%(day)s, started_on)) * 12 + extract(month FROM age(%(day)s, started_on)) AS months
    FROM car
), placed AS (
    SELECT due.*, (%(day)s - last_on) / interval_days AS ratio,
           acquired <> 'elsewhere' AND months >= term - 2 AND mod(months - term + 2, 12) < 4 AS is_in_window
    FROM due
)
SELECT id, customer_id, home_store_id,
       CASE WHEN ended_on IS NOT NULL THEN 'ended'
            WHEN acquired = 'elsewhere' AND visited_on IS NULL THEN ''
            WHEN is_in_window THEN 'repeat_purchase'
            WHEN NOT is_booked AND ratio >= 2.5 AND last_on < %(day)s - 730 THEN 'lost'
            WHEN NOT is_booked AND ratio >= 1.75 THEN 'dormant'
            WHEN maintained_on IS NOT NULL OR acquired = 'elsewhere' THEN 'retention'
            WHEN %(day)s - started_on > 30 THEN 'first_service' ELSE 'purchase' END,
       last_on, maintained_on, round(interval_days), due_on, round(ratio, 3),
       CASE WHEN ratio < 1 THEN 5 WHEN ratio < 1.25 THEN 4 WHEN ratio < 1.75 THEN 3 WHEN ratio < 2.5 THEN 2 ELSE 1 END,
       CASE WHEN visits >= 4 THEN 5 WHEN visits = 3 THEN 4 WHEN visits = 2 THEN 3 WHEN visits = 1 THEN 2 ELSE 1 END,
       CASE WHEN spent >= 80000 THEN 5 WHEN spent >= 40000 THEN 4 WHEN spent >= 20000 THEN 3
            WHEN spent > 0 THEN 2 ELSE 1 END
FROM placed
"""

_SCHEDULED = """
CREATE TEMP TABLE IF NOT EXISTS scheduled AS
SELECT s.make_id, k.interval_km, k.interval_months
FROM vehicles_maintenanceschedule s JOIN vehicles_scheduledwork k ON k.schedule_id = s.id
WHERE k.is_maintenance AND s.model_id IS NULL
"""

_EVERYBODY = {"of_orders": "", "of_readings": "", "of_owners": ""}
_DUE = {
    "of_orders": "AND o.ownership_id IN (SELECT id FROM yardstick_due)",
    "of_readings": (
        "AND r.vehicle_id IN (SELECT vehicle_id FROM vehicles_ownership WHERE id IN (SELECT id FROM yardstick_due))"
    ),
    "of_owners": "WHERE w.id IN (SELECT id FROM yardstick_due)",
}
_SAME = "(y.stage, y.last_on, y.maintained_on, y.interval_days, y.due_on, y.ratio, y.recency, y.frequency, y.money)"
_WRITE_DIFFERENCES = f"""
UPDATE yardstick y SET stage = n.stage, last_on = n.last_on, maintained_on = n.maintained_on,
    interval_days = n.interval_days, due_on = n.due_on, ratio = n.ratio, recency = n.recency,
    frequency = n.frequency, money = n.money
FROM ({{judged}}) AS n (ownership_id, customer_id, dealership_id, stage, last_on, maintained_on, interval_days, due_on,
                        ratio, recency, frequency, money)
WHERE y.ownership_id = n.ownership_id AND {_SAME} IS DISTINCT FROM {_SAME.replace("y.", "n.")}
"""


def prepare() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        cursor.execute(_TABLE)
        cursor.execute(_SCHEDULED)


def first_build(day: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO yardstick {_JUDGED.format(**_EVERYBODY)}", {"day": day})
        cursor.execute("ANALYZE yardstick")


def full(day: date) -> None:
    """Judge everybody again and write what differs."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITE_DIFFERENCES.format(judged=_JUDGED.format(**_EVERYBODY)), {"day": day})


def choose(ids: list[int]) -> None:
    """The rows of an incremental night; choosing them costs our night time that is not counted here."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE yardstick_due")
        cursor.execute("INSERT INTO yardstick_due SELECT unnest(%s::bigint[])", [ids])
        cursor.execute("ANALYZE yardstick_due")


def incremental(day: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_WRITE_DIFFERENCES.format(judged=_JUDGED.format(**_DUE)), {"day": day})
