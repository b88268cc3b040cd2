"""What an export can tell us: kinds of files, their fields, and the headers those fields usually carry."""

from __future__ import annotations

from typing import NamedTuple

CUSTOMERS, VEHICLES, ORDERS, ORDER_LINES, COVERS = "customers", "vehicles", "orders", "order_lines", "covers"


class Field(NamedTuple):
    """A field of a kind of file. `form` says how a cell is read; `codes` names the code list it goes through.

    `headers`: what other systems call it, in Russian and English; suggestions compare with these.
    """

    name: str
    form: str = "text"
    is_required: bool = False
    codes: str = ""
    headers: tuple[str, ...] = ()


def _known(headers: str) -> tuple[str, ...]:
    return tuple(headers.split(" | "))


# The order of kinds is the order of an import: customers before their cars, cars before their visits.
FIELDS: dict[str, tuple[Field, ...]] = {
    CUSTOMERS: (
        Field("code", is_required=True, headers=_known(
            "код | код клиента | customer id | customer no | client code | id | cust no | account number"
        )),
        Field("kind", codes="customer_kind", headers=_known(
            "тип | вид контрагента | юр/физ лицо | customer type | type | category"
        )),
        Field("name", headers=_known("наименование | фио | клиент | контрагент | name | full name | customer name")),
        Field("last_name", headers=_known("фамилия | last name | surname | family name")),
        Field("first_name", headers=_known("имя | first name | given name | forename")),
        Field("middle_name", headers=_known("отчество | middle name | patronymic")),
        Field("company_name", headers=_known(
            "организация | название организации | company | company name | business name"
        )),
        Field("birth_on", "date", headers=_known("дата рождения | др | birth date | date of birth | dob | birthday")),
        Field("sex", codes="sex", headers=_known("пол | sex | gender")),
        Field("phone", "phone", headers=_known(
            "телефон | мобильный | сотовый | телефон мобильный | phone | mobile | mobile phone | cell"
            " | cell phone | telephone"
        )),
        Field("phone2", "phone", headers=_known(
            "телефон доп. | телефон 2 | домашний телефон | рабочий телефон | phone 2 | home phone | work phone"
            " | other phone | alt phone"
        )),
        Field("email", "email", headers=_known(
            "e-mail | email | почта | электронная почта | эл. почта | email address | mail"
        )),
        Field("city", headers=_known("город | населенный пункт | city | town")),
        Field("inn", headers=_known("инн | tax id | vat number | tax number")),
        Field("occupation", headers=_known(
            "профессия | должность | род занятий | occupation | job title | profession"
        )),
        Field("consent", "yes", headers=_known(
            "согласие на рекламу | согласие | реклама | marketing consent | consent | opt in | marketing opt in"
        )),
        Field("consent_on", "date", headers=_known("дата согласия | consent date | opt in date | consent given on")),
    ),
    VEHICLES: (
        Field("vin", "vin", is_required=True, headers=_known(
            "vin | вин | vin-код | идентификационный номер | vin number | chassis | chassis number"
        )),
        Field("plate", headers=_known(
            "госномер | гос. номер | гос номер | рег. знак | номер | plate | registration | reg no"
            " | license plate | licence plate | registration number"
        )),
        Field("make", headers=_known("марка | make | brand | manufacturer")),
        Field("model", headers=_known("модель | model")),
        Field("year", "year", headers=_known("год выпуска | год | year | model year | year of manufacture")),
        Field("customer_code", headers=_known(
            "код клиента | код владельца | владелец | customer id | customer no | owner id | client code"
            " | cust no"
        )),
        Field("sold_on", "date", headers=_known(
            "дата продажи | дата выдачи | sale date | sold on | delivery date | date sold"
        )),
        Field("acquired", codes="acquired", headers=_known(
            "новый/бу | состояние | новый | new/used | new or used | condition | stock type"
        )),
        Field("price", "money", headers=_known("цена продажи | цена | стоимость | price | sale price | selling price")),
    ),
    ORDERS: (
        Field("number", is_required=True, headers=_known(
            "номер | номер зн | заказ-наряд | номер заказ-наряда | ro number | ro no | repair order"
            " | order number | invoice number | job number | number"
        )),
        Field("opened_on", "date", is_required=True, headers=_known(
            "дата | дата зн | дата заказ-наряда | дата открытия | date | ro date | open date | order date"
            " | service date | invoice date"
        )),
        Field("vin", "vin", is_required=True, headers=_known(
            "vin | вин | vin-код | vin number | chassis | chassis number"
        )),
        Field("customer_code", is_required=True, headers=_known(
            "код клиента | клиент | заказчик | customer id | customer no | client code | cust no"
        )),
        Field("odometer", "odometer", headers=_known(
            "пробег | одометр | пробег, км | mileage | odometer | miles | km | odometer reading | mileage in"
        )),
        Field("pay_type", codes="pay_type", headers=_known(
            "вид ремонта | вид оплаты | тип ремонта | pay type | payment type | charge type | labor type"
        )),
        Field("advisor", headers=_known(
            "мастер-консультант | мастер | консультант | ответственный | advisor | service advisor | advisor name"
        )),
        Field("total", "money", headers=_known(
            "сумма | итого | всего | сумма зн | total | amount | total amount | invoice total | ro total"
        )),
        Field("points_spent", "number", headers=_known(
            "списано баллов | баллы списано | оплачено баллами | points spent | points redeemed | loyalty points used"
        )),
        Field("deleted", "yes", headers=_known(
            "пометка удаления | удален | аннулирован | deleted | void | voided | cancelled"
        )),
    ),
    ORDER_LINES: (
        Field("number", is_required=True, headers=_known(
            "номер зн | номер | заказ-наряд | ro number | ro no | repair order | order number | invoice number"
            " | job number"
        )),
        Field("name", is_required=True, headers=_known(
            "наименование | работа | название работы | описание | description | operation | work | op description"
            " | line description"
        )),
        Field("code", headers=_known(
            "код работы | код | артикул | operation code | op code | labor code | part number | code"
        )),
        Field("work_group", codes="work_group", headers=_known(
            "группа | группа работ | вид работ | work group | group | category | op category"
        )),
        Field("kind", codes="line_kind", headers=_known("тип строки | вид | line type | type")),
        Field("quantity", "number", headers=_known("кол-во | количество | нормо-часы | quantity | qty | hours")),
        Field("amount", "money", headers=_known("сумма | стоимость | amount | price | line total | total")),
        Field("declined", "yes", headers=_known(
            "отказ | отказная | рекомендация | declined | recommended | deferred | not done"
        )),
    ),
    COVERS: (
        Field("vin", "vin", is_required=True, headers=_known("vin | вин | vin-код | vin number | chassis number")),
        Field("product", codes="cover_kind", headers=_known(
            "вид | вид полиса | вид страхования | тип полиса | продукт | product | policy type | cover type"
            " | type | kind"
        )),
        Field("number", headers=_known(
            "номер полиса | полис | номер договора | номер | policy number | policy no | contract number | number"
        )),
        Field("starts_on", "date", headers=_known(
            "начало | дата начала | действует с | start | start date | starts on | effective date | from"
        )),
        Field("ends_on", "date", is_required=True, headers=_known(
            "окончание | дата окончания | действует по | end | end date | ends on | expiry date | expiration date"
            " | to"
        )),
    ),
}  # fmt: skip

# What a code list may answer: our own codes.
CODE_LISTS: dict[str, tuple[str, ...]] = {
    "customer_kind": ("person", "company"),
    "sex": ("female", "male"),
    "acquired": ("new", "used"),
    "pay_type": ("customer", "warranty", "insurance", "internal"),
    "line_kind": ("labour", "part"),
    "cover_kind": ("insurance", "warranty", "service_contract", "finance"),
    "work_group": (),  # any WorkGroup code
    "operation": (),  # the same, by the code or the name of one labour operation; goes before the group
}

# Words that exports use for these codes; a profile's own list comes first.
CODE_WORDS: dict[str, dict[str, str]] = {
    "customer_kind": {
        "физлицо": "person", "физ. лицо": "person", "физическое лицо": "person", "частное лицо": "person",
        "юрлицо": "company", "юр. лицо": "company", "юридическое лицо": "company", "ип": "company",
        "person": "person", "individual": "person", "private": "person", "company": "company", "business": "company",
        "corporate": "company", "fleet": "company",
    },
    "sex": {"м": "male", "муж": "male", "мужской": "male", "male": "male", "m": "male",
            "ж": "female", "жен": "female", "женский": "female", "female": "female", "f": "female"},
    "acquired": {"новый": "new", "новая": "new", "н": "new", "new": "new", "n": "new", "б/у": "used", "бу": "used",
                 "с пробегом": "used", "used": "used", "u": "used", "pre-owned": "used", "demo": "used"},
    "pay_type": {
        "клиент": "customer", "коммерческий": "customer", "платный": "customer", "customer": "customer",
        "c": "customer",
        "customer pay": "customer", "cp": "customer", "retail": "customer", "гарантия": "warranty",
        "гарантийный": "warranty", "warranty": "warranty", "w": "warranty", "страховая": "insurance",
        "страховой": "insurance", "insurance": "insurance", "внутренний": "internal", "внутренняя": "internal",
        "предпродажная": "internal", "предпродажная подготовка": "internal", "internal": "internal", "i": "internal",
    },
    "line_kind": {"работа": "labour", "услуга": "labour", "labour": "labour", "labor": "labour", "l": "labour",
                  "запчасть": "part", "товар": "part", "деталь": "part", "part": "part", "parts": "part", "p": "part"},
    "cover_kind": {
        "осаго": "insurance", "каско": "insurance", "gap": "insurance", "страхование": "insurance",
        "insurance": "insurance", "collision": "insurance", "liability": "insurance", "гарантия": "warranty",
        "расширенная гарантия": "warranty", "warranty": "warranty", "extended warranty": "warranty",
        "сервисный контракт": "service_contract", "service contract": "service_contract",
        "service plan": "service_contract", "кредит": "finance", "лизинг": "finance", "finance": "finance",
        "loan": "finance", "lease": "finance",
    },
    "operation": {},
    "work_group": {
        "то": "maintenance", "плановое то": "maintenance", "техобслуживание": "maintenance",
        "maintenance": "maintenance",
        "service": "maintenance", "scheduled service": "maintenance", "масло": "oil", "oil": "oil", "oil change": "oil",
        "фильтры": "filters", "filters": "filters", "диагностика": "diagnostics", "diagnostics": "diagnostics",
        "inspection": "diagnostics", "тормоза": "brakes", "brakes": "brakes", "тормозная жидкость": "brake_fluid",
        "brake fluid": "brake_fluid", "рулевое": "steering", "steering": "steering", "ходовая": "suspension",
        "подвеска": "suspension", "suspension": "suspension", "alignment": "suspension", "шины": "tyres",
        "шиномонтаж": "tyres", "tires": "tyres", "tyres": "tyres", "охлаждение": "coolant", "coolant": "coolant",
        "свечи": "spark_plugs", "spark plugs": "spark_plugs", "грм": "timing_belt", "timing belt": "timing_belt",
        "акб": "battery", "аккумулятор": "battery", "battery": "battery", "электрика": "electrics",
        "electrical": "electrics", "двигатель": "engine", "engine": "engine", "трансмиссия": "transmission",
        "кпп": "transmission", "transmission": "transmission", "кондиционер": "climate", "a/c": "climate",
        "hvac": "climate", "кузов": "body", "body": "body", "мойка": "wash", "wash": "wash",
        "допы": "accessories", "доп. оборудование": "accessories", "accessories": "accessories", "прочее": "other",
        "other": "other",
    },
}  # fmt: skip


def fields_of(kind: str) -> dict[str, Field]:
    return {field.name: field for field in FIELDS[kind]}
