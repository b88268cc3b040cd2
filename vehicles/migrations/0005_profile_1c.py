"""The import profile for exports as 1C-based dealer systems write them; docs/how-to/import-profile.md explains it."""

from django.db import migrations

MAPPING = {
    "encoding": "auto",
    "delimiter": "auto",
    "date_formats": ["%d.%m.%Y", "%d.%m.%Y %H:%M:%S"],
    "decimal": ",",
    "odometer_unit": "km",
    "yes_words": ["да", "отказ", "истина", "1"],
    "no_words": ["нет", "ложь", "0"],
    "totals_words": ["итого", "всего"],
    "files": {
        "customers": {
            "columns": {
                "code": "Код",
                "kind": "Тип",
                "name": "Наименование",
                "birth_on": "Дата рождения",
                "phone": "Телефон",
                "phone2": "Телефон доп.",
                "email": "E-mail",
                "city": "Город",
                "inn": "ИНН",
                "consent": "Согласие на рекламу",
                "consent_on": "Дата согласия",
            }
        },
        "vehicles": {
            "columns": {
                "vin": "VIN",
                "plate": "Госномер",
                "make": "Марка",
                "model": "Модель",
                "year": "Год выпуска",
                "customer_code": "Код клиента",
                "sold_on": "Дата продажи",
                "acquired": "Новый/БУ",
                "price": "Цена продажи",
            }
        },
        "orders": {
            "columns": {
                "number": "Номер",
                "opened_on": "Дата",
                "vin": "VIN",
                "customer_code": "Код клиента",
                "odometer": "Пробег",
                "pay_type": "Вид ремонта",
                "advisor": "Мастер-консультант",
                "total": "Сумма",
                "deleted": "Пометка удаления",
            }
        },
        "order_lines": {
            "columns": {
                "number": "Номер ЗН",
                "name": "Наименование",
                "code": "Код работы",
                "work_group": "Группа",
                "quantity": "Кол-во",
                "amount": "Сумма",
                "declined": "Отказ",
            }
        },
        "covers": {
            "columns": {
                "vin": "VIN",
                "product": "Вид",
                "number": "Номер полиса",
                "starts_on": "Начало",
                "ends_on": "Окончание",
            }
        },
    },
    "codes": {
        "operation": {
            "Замена тормозной жидкости": "brake_fluid",
            "Замена передних колодок": "brake_pads_front",
            "Замена АКБ": "battery",
            "Замена свечей зажигания": "spark_plugs",
            "Замена ремня ГРМ": "timing_belt",
            "Замена охлаждающей жидкости": "coolant",
        }
    },
}


def seed(apps, schema_editor):
    apps.get_model("vehicles", "ImportProfile").objects.get_or_create(
        code="1c", defaults={"name": "1С:Альфа-Авто", "source": "dms", "mapping": MAPPING, "is_shipped": True}
    )


def unseed(apps, schema_editor):
    apps.get_model("vehicles", "ImportProfile").objects.filter(code="1c", is_shipped=True).delete()


class Migration(migrations.Migration):
    dependencies = [("vehicles", "0004_import_steps")]
    operations = [migrations.RunPython(seed, unseed)]
