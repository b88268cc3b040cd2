from datetime import date
from typing import NamedTuple

from vehicles.charts import BOTTOM, HEIGHT, LEFT, WIDTH, odometer_chart


class Reading(NamedTuple):
    read_on: date
    km: int
    plausibility: str = "plausible"


def test_one_day_shows_no_movement() -> None:
    assert odometer_chart([]) is None
    assert odometer_chart([Reading(date(2025, 1, 1), 10), Reading(date(2025, 1, 1), 12)]) is None


def test_the_drawing_fills_its_frame_and_leaves_doubts_beside_the_line() -> None:
    chart = odometer_chart(
        [
            Reading(date(2026, 1, 1), 61000),
            Reading(date(2020, 1, 1), 10),
            Reading(date(2023, 1, 1), 3000, "suspect"),
            Reading(date(2024, 1, 1), 40000, "confirmed"),
        ]
    )
    assert chart is not None
    assert chart.points[0].x == LEFT
    assert chart.points[-1].x == WIDTH - 12
    assert chart.path.count("L") == 2
    assert [point.is_believed for point in chart.points] == [True, False, True, True]
    assert chart.heights[0].value == 0
    assert chart.heights[0].at == HEIGHT - BOTTOM
    assert chart.heights[-1].value > 61000
    assert 3 <= len(chart.heights) <= 7


def test_a_long_life_has_at_most_eight_years_on_the_axis() -> None:
    chart = odometer_chart([Reading(date(1999, 5, 1), 0), Reading(date(2026, 5, 1), 400000)])
    assert chart is not None
    assert len(chart.years) <= 8
    assert [tick.value for tick in chart.years][:2] == [2000, 2004]


class Ahead(NamedTuple):
    on: date
    low: int
    km: int
    high: int


def test_the_forecast_opens_as_a_cone_behind_the_last_reading() -> None:
    readings = [Reading(date(2024, 1, 1), 10000), Reading(date(2025, 1, 1), 25000)]
    cone = [Ahead(date(2025, 1, 1), 25000, 25000, 25000), Ahead(date(2026, 1, 1), 34000, 40000, 49000)]
    chart = odometer_chart(readings, cone)
    assert chart is not None
    assert LEFT < chart.points[-1].x < WIDTH - 12
    assert chart.middle.startswith(f"M{chart.points[-1].x} {chart.points[-1].y} L")
    assert chart.cone.endswith("Z")
    assert chart.heights[-1].value > 49000


def test_a_digit_too_many_does_not_press_the_chart_flat() -> None:
    chart = odometer_chart(
        [Reading(date(2024, 1, 1), 10000), Reading(date(2025, 1, 1), 250000, "wrong"), Reading(date(2026, 1, 1), 40000)]
    )
    assert chart is not None
    assert chart.heights[-1].value <= 80000
    assert chart.points[1].y == 12


def test_a_replaced_odometer_is_a_line_of_its_own() -> None:
    years = [(2019, 80000), (2020, 95000), (2021, 3000), (2022, 18000)]
    chart = odometer_chart([Reading(date(year, 1, 1), km) for year, km in years])
    assert chart is not None
    assert chart.path.count("M") == 2
