"""A small export as a 1C-based system writes it, with one of each kind of dirt; and one of an English system."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

CLIENTS = """Код;Тип;Наименование;Дата рождения;Телефон;Телефон доп.;E-mail;Город;ИНН;Согласие на рекламу;Дата согласия
000000001;Физлицо;Козлова Ольга Викторовна;07.11.1971;89828120207;;Kozlova@Post.Test;Уфа;;Да;23.03.2022
000000002;Физлицо;Максим Смирнов;31.02.1980;8 (916) 088-95-57;12345;;Казань;;Да;
000000003;Юрлицо;ООО «Медиа Плюс»;;+7 919 774 92 05;;;Самара;9308994618;;
000000004;Физлицо;ПАВЛОВА НАТАЛЬЯ АНДРЕЕВНА;;9801936589;;не почта;;;;
"""
VEHICLES = """VIN;Госномер;Марка;Модель;Год выпуска;Код клиента;Дата продажи;Новый/БУ;Цена продажи
Z94CB41AAGR000001;О684УМ02;Kia;Rio;2021;000000001;25.07.2021;Новый;1394000,00
Z94CB41AAGR000001;О684УМ02;Kia;Rio;2021;000000002;12.06.2024;Б/У;1282000,00
XTAMLIOOBCPI6I638;Т607КЕ116;Lada;Vesta;2022;000000003;28.07.2022;Новый;1 706 000,00
"""
ORDERS = """Номер;Дата;VIN;Код клиента;Пробег;Вид ремонта;Мастер-консультант;Сумма
ЗН0000001;20.07.2022;Z94CB41AAGR000001;000000001;14283;Клиент;Белова К.;29438,52
ЗН0000002;16.07.2023;Z94CB41AAGR000001;000000001;29354;Клиент;Гришин А.;22485,46
ЗН0000003;10.07.2023;XTAML100BCP161638;000000003;15020;Гарантия;;0,00
ЗН0000004;31.02.2025;Z94CB41AAGR000001;000000002;32530;Клиент;;4512,12
ЗН0000005;20.12.2031;Z94CB41AAGR000001;000000002;84868;Клиент;;11723,20
ЗН0000006;05.04.2025;XXXAFJ6KMUW220195;000000002;132000;Клиент;;18643,64
ЗН0000007;02.02.2025;Z94CB41AAGR000001;999999999;77000;Клиент;;20262,94
ЗН0000008;31.05.2025;Z94CB41AAGR000001;000000002;64290;Клиент;Мельник О.;бесплатно
ЗН0000002;16.07.2023;Z94CB41AAGR000001;000000001;29354;Клиент;Гришин А.;22485,46
ЗН0000009;01.08.2025;Z94CB41AAGR000001;000000002;много;Клиент;;900,00
Итого;;;;;;;173875079,49
"""
LINES = """Номер ЗН;Код работы;Наименование;Группа;Кол-во;Сумма;Отказ
ЗН0000001;M01;ТО плановое;ТО;1;16191,19;
ЗН0000001;R14;Замена тормозной жидкости;Тормоза;1;8583,89;Отказ
ЗН0000002;M01;ТО плановое;ТО;1;12367,00;
ЗН0000002;X99;Полировка фар;Детейлинг;1;100,00;
ЗН0000006;M01;ТО плановое;ТО;1;12367,00;
ЗН0099999;M01;ТО плановое;ТО;1;12367,00;
"""
POLICIES = """VIN;Вид;Номер полиса;Начало;Окончание
Z94CB41AAGR000001;ОСАГО;XXX1904358645;24.07.2025;23.07.2026
XTAMLIOOBCPI6I638;КАСКО;XXX9889757514;11.06.2025;10.06.2024
"""
FILES = {
    "clients.csv": CLIENTS, "vehicles.csv": VEHICLES, "orders.csv": ORDERS, "order_lines.csv": LINES,
    "policies.csv": POLICIES,
}  # fmt: skip

ENGLISH = {
    "people.csv": """Customer No,Surname,Forename,Date of Birth,Mobile,Email Address,Town,Marketing Opt In,Opt In Date
C-17,Smith,Ann,07/11/1971,+44 20 7946 0958,ann@post.test,Leeds,Yes,03/23/2022
C-18,Brown,Bob,,+44 20 7946 0018,,Leeds,No,
""",
    "stock.csv": """Registration,VIN Number,Brand,Model,Model Year,Customer No,Date Sold,New/Used,Selling Price
AB12 CDE,SALWA2BV4KA000017,Ford,Focus,2021,C-17,07/25/2021,New,"21,940.50"
""",
    "jobs.csv": """RO No,RO Date,VIN Number,Customer No,Mileage,Charge Type,Service Advisor,RO Total
1001,07/20/2022,SALWA2BV4KA000017,C-17,"9,000",Customer Pay,Jill,"1,250.75"
Total,,,,,,,"1,250.75"
""",
}


def write(folder: Path, files: dict[str, str] | None = None, encoding: str = "cp1251") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (files or FILES).items():
        (folder / name).write_bytes(text.replace("\n", "\r\n").encode(encoding))
    return folder


def zipped(files: dict[str, str] | None = None, encoding: str = "cp1251") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (files or FILES).items():
            archive.writestr(f"выгрузка/{name}", text.encode(encoding))
    return stream.getvalue()
