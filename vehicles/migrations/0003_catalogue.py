"""Makes, work groups and maintenance schedules by the default numbers of the domain (section 9).

Rows that an administrator added or changed before are left as they are; going back removes nothing.
"""

from django.db import migrations

MASS, CHINESE, PREMIUM = "mass", "chinese", "premium"
MARKET_MONTHS, MARKET_KM, JAPANESE = 69, 17500, 85

# name: price class, first ownership (months), km a year, warranty (months, km), service every (km, months)
MAKES = {
    "Lada": (MASS, 58, MARKET_KM, 36, 100000, 15000, 12),
    "Kia": (MASS, 77, MARKET_KM, 60, 150000, 15000, 12),
    "Hyundai": (MASS, 78, MARKET_KM, 60, 150000, 15000, 12),
    "Renault": (MASS, MARKET_MONTHS, MARKET_KM, 36, 100000, 15000, 12),
    "Nissan": (MASS, JAPANESE, MARKET_KM, 36, 100000, 15000, 12),
    "Mazda": (MASS, JAPANESE, MARKET_KM, 36, 100000, 15000, 12),
    "Suzuki": (MASS, JAPANESE, 13800, 36, 100000, 15000, 12),
    "Toyota": (MASS, JAPANESE, MARKET_KM, 36, 100000, 10000, 12),
    "Volkswagen": (MASS, MARKET_MONTHS, 19400, 24, 100000, 15000, 12),
    "Skoda": (MASS, MARKET_MONTHS, 20700, 24, 100000, 15000, 12),
    "Peugeot": (MASS, MARKET_MONTHS, MARKET_KM, 36, 100000, 20000, 12),
    "Haval": (CHINESE, 32, MARKET_KM, 36, 150000, 10000, 12),
    "Chery": (CHINESE, 32, 13800, 36, 100000, 10000, 12),
    "Geely": (CHINESE, 32, MARKET_KM, 60, 150000, 10000, 12),
    "Omoda": (CHINESE, 32, MARKET_KM, 36, 100000, 10000, 12),
    "Exeed": (CHINESE, 32, MARKET_KM, 36, 100000, 10000, 12),
    "Changan": (CHINESE, 32, MARKET_KM, 36, 100000, 10000, 12),
    "BMW": (PREMIUM, 63, MARKET_KM, 24, 200000, 15000, 12),
    "Mercedes-Benz": (PREMIUM, 70, MARKET_KM, 24, 200000, 15000, 12),
    "Audi": (PREMIUM, 92, MARKET_KM, 48, 120000, 15000, 12),
    "Porsche": (PREMIUM, 70, 13800, 24, 200000, 30000, 24),
}
# LADA's warranty asks for a service around the year, five days early to ten days late.
TOLERANCE = {"Lada": (5, 10)}

# code: English name, Russian name, safety work
WORK_GROUPS = {
    "maintenance": ("Scheduled maintenance", "Плановое ТО", False),
    "oil": ("Engine oil", "Масло двигателя", False),
    "filters": ("Filters", "Фильтры", False),
    "diagnostics": ("Diagnostics", "Диагностика", False),
    "brakes": ("Brakes", "Тормоза", True),
    "brake_pads_front": ("Front brake pads", "Передние тормозные колодки", True),
    "brake_fluid": ("Brake fluid", "Тормозная жидкость", True),
    "steering": ("Steering", "Рулевое управление", True),
    "suspension": ("Suspension and wheel alignment", "Ходовая и развал-схождение", False),
    "tyres": ("Tyres", "Шины", True),
    "coolant": ("Coolant", "Охлаждающая жидкость", False),
    "spark_plugs": ("Spark plugs", "Свечи зажигания", False),
    "timing_belt": ("Timing belt", "Ремень ГРМ", False),
    "battery": ("Battery", "Аккумулятор", False),
    "electrics": ("Electrics", "Электрика", False),
    "engine": ("Engine", "Двигатель", False),
    "transmission": ("Transmission", "Трансмиссия", False),
    "climate": ("Air conditioning", "Кондиционер", False),
    "body": ("Body", "Кузов", False),
    "wash": ("Car wash", "Мойка", False),
    "accessories": ("Accessories", "Дополнительное оборудование", False),
    "other": ("Other work", "Прочие работы", False),
}
# Works besides the maintenance itself: km, months
OTHER_WORKS = {
    "brake_fluid": (None, 24),
    "coolant": (None, 48),
    "spark_plugs": (45000, None),
    "brake_pads_front": (35000, None),
    "battery": (None, 42),
    "timing_belt": (100000, None),
}
GENERIC = (15000, 12)


def seed(apps, schema_editor):
    Make = apps.get_model("vehicles", "Make")
    WorkGroup = apps.get_model("vehicles", "WorkGroup")
    Schedule = apps.get_model("vehicles", "MaintenanceSchedule")
    ScheduledWork = apps.get_model("vehicles", "ScheduledWork")
    groups = {}
    for position, (code, (english, russian, is_safety)) in enumerate(WORK_GROUPS.items(), start=1):
        groups[code], _ = WorkGroup.objects.get_or_create(
            code=code,
            defaults={"name_en": english, "name_ru": russian, "is_safety": is_safety, "position": position},
        )

    def schedule(make, km, months):
        row, is_new = Schedule.objects.get_or_create(make=make, model=None)
        if not is_new:
            return
        works = {"maintenance": (km, months), "oil": (km, months), **OTHER_WORKS}
        ScheduledWork.objects.bulk_create(
            ScheduledWork(
                schedule=row,
                work_group=groups[code],
                interval_km=every_km,
                interval_months=every_months,
                is_maintenance=code == "maintenance",
            )
            for code, (every_km, every_months) in works.items()
        )

    schedule(None, *GENERIC)
    for name, (price_class, ownership, km_a_year, months, km, service_km, service_months) in MAKES.items():
        early, late = TOLERANCE.get(name, (None, None))
        make, _ = Make.objects.get_or_create(
            key=name.casefold(),
            defaults={
                "name": name,
                "price_class": price_class,
                "first_ownership_months": ownership,
                "km_per_year": km_a_year,
                "warranty_months": months,
                "warranty_km": km,
                "warranty_early_days": early,
                "warranty_late_days": late,
            },
        )
        schedule(make, service_km, service_months)


class Migration(migrations.Migration):
    dependencies = [("vehicles", "0002_complaint_resolved_by")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
