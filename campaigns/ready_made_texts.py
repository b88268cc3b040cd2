"""The words of the ready-made campaigns in both languages: scripts in plain sentences, mails with one request.

Places in braces are filled by exact name (rules/texts.py); a line whose place has no value is left out.
The texts need no declension: names and cars stand as they are.
"""

from __future__ import annotations

from typing import NamedTuple


class Texts(NamedTuple):
    call_en: str = ""
    call_ru: str = ""
    subject_en: str = ""
    subject_ru: str = ""
    email_en: str = ""
    email_ru: str = ""


_HELLO_EN = "{name}, good day! This is {operator}, {store}. Do you have two minutes?\n"
_HELLO_RU = "{name}, здравствуйте! Это {operator}, дилерский центр {store}. Удобно говорить две минуты?\n"
_DEAR_EN = "{name}, good day!\n\n"
_DEAR_RU = "{name}, здравствуйте!\n\n"
_BYE_EN = "\n\nChoose a time that suits you: {book_link}\n\n{store}"
_BYE_RU = "\n\nВыберите удобное время: {book_link}\n\n{store}"
_OFFER_EN = "\n\nOur offer: {offer}"
_OFFER_RU = "\n\nНаше предложение: {offer}"

TEXTS: dict[str, Texts] = {
    "complaint": Texts(
        call_en=_HELLO_EN
        + "You told us about a problem. I have looked into it and want to tell you what we will do.\n"
        + "Have I understood you correctly, is there anything to add?\n"
        + "I will call you again when it is solved.",
        call_ru=_HELLO_RU
        + "Вы рассказали нам о проблеме. Я разобралась и хочу сказать, что мы сделаем.\n"
        + "Правильно ли мы вас поняли, есть ли что добавить?\n"
        + "Когда вопрос будет решён, мы вам перезвоним.",
    ),
    "answers": Texts(
        call_en=_HELLO_EN + "You wrote to us. Have I understood you correctly?\n" + "What else can I do for you?",
        call_ru=_HELLO_RU + "Вы нам написали. Правильно ли мы вас поняли?\n" + "Чем ещё помочь?",
    ),
    "recall": Texts(
        call_en=_HELLO_EN
        + "The maker has announced a recall that concerns your {car}. The work is free for you.\n"
        + "It is about safety, so please come soon. Which day suits you?",
        call_ru=_HELLO_RU
        + "Производитель объявил отзывную кампанию, она касается вашего автомобиля {car}. Работа для вас бесплатна.\n"
        + "Это вопрос безопасности, поэтому лучше не откладывать. В какой день вам удобно приехать?",
        subject_en="Recall: {car}, the work is free",
        subject_ru="Отзывная кампания: {car}, работа бесплатна",
        email_en=_DEAR_EN
        + "The maker has announced a recall that concerns your {car} {plate}.\n"
        + "The work is about safety and costs you nothing."
        + _BYE_EN,
        email_ru=_DEAR_RU
        + "Производитель объявил отзывную кампанию для автомобиля {car} {plate}.\n"
        + "Работа касается безопасности и для вас бесплатна."
        + _BYE_RU,
    ),
    "confirmation": Texts(
        call_en=_HELLO_EN
        + "You have an appointment with us: {appointment_at}.\n"
        + "Will you come as agreed? Is there anything to add to the order?",
        call_ru=_HELLO_RU
        + "Вы записаны к нам: {appointment_at}.\n"
        + "Приедете, как договорились? Нужно ли что-то добавить к работам?",
    ),
    "visit-booked": Texts(
        subject_en="You are booked: {appointment_at}",
        subject_ru="Вы записаны: {appointment_at}",
        email_en=_DEAR_EN
        + "We expect you: {appointment_at}.\n"
        + "Car: {car}.\n"
        + "The attached file puts the visit into your calendar.\n\n"
        + "Plans have changed? Choose another time: {visit_link}\n\n{store}",
        email_ru=_DEAR_RU
        + "Ждём вас: {appointment_at}.\n"
        + "Автомобиль: {car}.\n"
        + "Приложенный файл добавит визит в ваш календарь.\n\n"
        + "Планы изменились? Выберите другое время: {visit_link}\n\n{store}",
    ),
    "no-show": Texts(
        call_en=_HELLO_EN
        + "We expected you and your {car} and did not see you. Is everything all right?\n"
        + "Let us find another time: which day suits you?",
        call_ru=_HELLO_RU
        + "Мы ждали вас и автомобиль {car}, но вы не приехали. Всё ли в порядке?\n"
        + "Давайте подберём другое время: какой день вам удобен?",
    ),
    "courtesy": Texts(
        call_en=_HELLO_EN
        + "Thank you for choosing us! How do you like your {car}, is everything clear?\n"
        + "I would like to tell you about the service contract: maintenance at a price that does not rise.\n"
        + "Shall I send the details, or do you decide now?",
        call_ru=_HELLO_RU
        + "Спасибо, что выбрали нас! Как вам {car}, всё ли понятно в управлении?\n"
        + "Коротко расскажу о сервисном контракте: обслуживание по цене, которая не растёт.\n"
        + "Решите сейчас или прислать подробности?",
    ),
    "onboarding": Texts(
        call_en=_HELLO_EN
        + "You have driven your {car} for some time. What would you like us to show or explain?\n"
        + "How many kilometres are on the odometer? I will tell you when the first service comes.",
        call_ru=_HELLO_RU
        + "Вы уже ездите на {car}. Что показать или объяснить?\n"
        + "Сколько километров на одометре? Я подскажу, когда подойдёт первое ТО.",
    ),
    "first-service": Texts(
        call_en=_HELLO_EN
        + "The first service of your {car}: due date {due_on}. It keeps the warranty in force.\n"
        + "It costs {price} here, and the price is fixed.\n"
        + "It usually costs {usual_price} here.\n"
        + "Which day suits you, in the morning or in the afternoon?",
        call_ru=_HELLO_RU
        + "Срок первого ТО автомобиля {car}: {due_on}. Первое ТО сохраняет гарантию.\n"
        + "Оно стоит у нас {price}, цена не изменится.\n"
        + "Обычно оно стоит у нас {usual_price}.\n"
        + "Какой день вам удобен, утром или после обеда?",
        subject_en="First service of your {car}: {due_on}",
        subject_ru="Первое ТО вашего автомобиля {car}: {due_on}",
        email_en=_DEAR_EN
        + "The first service of your {car} {plate}: due date {due_on}.\nIt keeps the warranty in force.\n"
        + "It costs {price} here, and the price is fixed."
        + _OFFER_EN
        + _BYE_EN,
        email_ru=_DEAR_RU
        + "Срок первого ТО автомобиля {car} {plate}: {due_on}.\nПервое ТО сохраняет гарантию.\n"
        + "Оно стоит у нас {price}, цена не изменится."
        + _OFFER_RU
        + _BYE_RU,
    ),
    "maintenance": Texts(
        call_en=_HELLO_EN
        + "Your {car} is due for maintenance: {due_on}.\n"
        + "It includes: {works}.\n"
        + "It costs {price} here, and the price is fixed.\n"
        + "It usually costs {usual_price} here.\n"
        + "Which day suits you, in the morning or in the afternoon?",
        call_ru=_HELLO_RU
        + "Подошло время ТО автомобиля {car}: {due_on}.\n"
        + "В него входит: {works}.\n"
        + "Оно стоит у нас {price}, цена не изменится.\n"
        + "Обычно оно стоит у нас {usual_price}.\n"
        + "Какой день вам удобен, утром или после обеда?",
        subject_en="Maintenance of your {car}: {due_on}",
        subject_ru="ТО вашего автомобиля {car}: {due_on}",
        email_en=_DEAR_EN
        + "Your {car} {plate} is due for maintenance: {due_on}.\nIt includes: {works}.\n"
        + "It costs {price} here, and the price is fixed."
        + _OFFER_EN
        + _BYE_EN,
        email_ru=_DEAR_RU
        + "Подошло время ТО автомобиля {car} {plate}: {due_on}.\nВ него входит: {works}.\n"
        + "Оно стоит у нас {price}, цена не изменится."
        + _OFFER_RU
        + _BYE_RU,
    ),
    "overdue": Texts(
        call_en=_HELLO_EN
        + "We have not seen your {car} since {last_visit_on}, and maintenance is overdue.\n"
        + "It costs {price} here, and the price is fixed.\n"
        + "It usually costs {usual_price} here.\n"
        + "Is there anything that kept you from coming? Shall we find a time this week?",
        call_ru=_HELLO_RU
        + "Последний раз автомобиль {car} был у нас {last_visit_on}, срок ТО уже прошёл.\n"
        + "Оно стоит у нас {price}, цена не изменится.\n"
        + "Обычно оно стоит у нас {usual_price}.\n"
        + "Что помешало приехать? Подберём время на этой неделе?",
        subject_en="Your {car}: maintenance is overdue",
        subject_ru="{car}: срок ТО прошёл",
        email_en=_DEAR_EN
        + "The maintenance of your {car} {plate} is overdue.\nWe last saw it on {last_visit_on}.\n"
        + "It costs {price} here, and the price is fixed."
        + _OFFER_EN
        + _BYE_EN,
        email_ru=_DEAR_RU
        + "Срок ТО автомобиля {car} {plate} прошёл.\nПоследний визит: {last_visit_on}.\n"
        + "ТО стоит у нас {price}, цена не изменится."
        + _OFFER_RU
        + _BYE_RU,
    ),
    "works": Texts(
        call_en=_HELLO_EN
        + "At your last visit we recommended for your {car}: {works}.\n"
        + "How does the car drive, has anything changed?\n"
        + "It costs {price} here, and the price is fixed.\n"
        + "It usually costs {usual_price} here.\n"
        + "Shall we do it before it becomes dear? Which day suits you?",
        call_ru=_HELLO_RU
        + "Для автомобиля {car} мы рекомендуем: {works}.\n"
        + "Как автомобиль ведёт себя, что-нибудь изменилось?\n"
        + "Это стоит у нас {price}, цена не изменится.\n"
        + "Обычно это стоит у нас {usual_price}.\n"
        + "Сделаем, пока это недорого? Какой день вам удобен?",
        subject_en="Recommended for your {car}",
        subject_ru="Рекомендация для автомобиля {car}",
        email_en=_DEAR_EN
        + "We recommend for your {car} {plate}: {works}.\nIt costs {price} here, and the price is fixed."
        + _OFFER_EN
        + _BYE_EN,
        email_ru=_DEAR_RU
        + "Для автомобиля {car} {plate} мы рекомендуем: {works}.\nЭто стоит у нас {price}, цена не изменится."
        + _OFFER_RU
        + _BYE_RU,
    ),
    "tyres": Texts(
        call_en=_HELLO_EN
        + "It is time to change the tyres of your {car}. Free times are going fast.\n"
        + "Which day suits you?",
        call_ru=_HELLO_RU
        + "Пора менять шины автомобиля {car}. Свободное время быстро разбирают.\n"
        + "Какой день вам удобен?",
        subject_en="Tyres of your {car}: time to change",
        subject_ru="{car}: пора менять шины",
        email_en=_DEAR_EN
        + "It is time to change the tyres of your {car} {plate}.\nIt costs {price} here, and the price is fixed."
        + _OFFER_EN
        + _BYE_EN,
        email_ru=_DEAR_RU
        + "Пора менять шины автомобиля {car} {plate}.\nЭто стоит у нас {price}, цена не изменится."
        + _OFFER_RU
        + _BYE_RU,
    ),
    "insurance": Texts(
        call_en=_HELLO_EN
        + "The insurance of your {car} ends on {until}.\n"
        + "We can prepare the next policy with several insurers and send you the prices.\n"
        + "Shall I do that today?",
        call_ru=_HELLO_RU
        + "Страховой полис автомобиля {car} заканчивается {until}.\n"
        + "Мы подготовим новый полис у нескольких страховщиков и пришлём цены.\n"
        + "Сделать это сегодня?",
        subject_en="The insurance of your {car} ends on {until}",
        subject_ru="{car}: полис заканчивается {until}",
        email_en=_DEAR_EN
        + "The insurance of your {car} {plate} ends on {until}.\n"
        + "We will prepare the next policy with several insurers, you choose the price."
        + _OFFER_EN
        + _BYE_EN,
        email_ru=_DEAR_RU
        + "Полис автомобиля {car} {plate} заканчивается {until}.\n"
        + "Мы подготовим новый у нескольких страховщиков, вы выберете цену."
        + _OFFER_RU
        + _BYE_RU,
    ),
    "warranty": Texts(
        call_en=_HELLO_EN
        + "The warranty of your {car} ends on {until}.\n"
        + "Until then what we find is repaired at the maker's cost. Let us look the car over in time.\n"
        + "Which day suits you?",
        call_ru=_HELLO_RU
        + "Гарантия на автомобиль {car} заканчивается {until}.\n"
        + "До этого дня найденное устраняет производитель. Давайте осмотрим автомобиль вовремя.\n"
        + "Какой день вам удобен?",
        subject_en="The warranty of your {car} ends on {until}",
        subject_ru="{car}: гарантия заканчивается {until}",
        email_en=_DEAR_EN
        + "The warranty of your {car} {plate} ends on {until}.\n"
        + "Until then what we find is repaired at the maker's cost: let us look the car over."
        + _OFFER_EN
        + _BYE_EN,
        email_ru=_DEAR_RU
        + "Гарантия на автомобиль {car} {plate} заканчивается {until}.\n"
        + "До этого дня найденное устраняет производитель: давайте осмотрим автомобиль."
        + _OFFER_RU
        + _BYE_RU,
    ),
    "contracts": Texts(
        call_en=_HELLO_EN
        + "The contract for your {car} ends on {until}.\n"
        + "I can tell you in two sentences what you can do next, and send it to you.\n"
        + "Shall I?",
        call_ru=_HELLO_RU
        + "Договор по автомобилю {car} заканчивается {until}.\n"
        + "В двух словах расскажу, что можно сделать дальше, и пришлю подробности.\n"
        + "Рассказать?",
        subject_en="The contract for your {car} ends on {until}",
        subject_ru="{car}: договор заканчивается {until}",
        email_en=_DEAR_EN
        + "The contract for your {car} {plate} ends on {until}. We will prepare the next one."
        + _OFFER_EN
        + _BYE_EN,
        email_ru=_DEAR_RU
        + "Договор по автомобилю {car} {plate} заканчивается {until}. Мы подготовим следующий."
        + _OFFER_RU
        + _BYE_RU,
    ),
    "repurchase": Texts(
        call_en=_HELLO_EN
        + "You have driven your {car} for some years. Are you thinking of the next one?\n"
        + "I can have your car valued and prepare a trade-in and credit proposal.\n"
        + "When would you like to take a test drive?",
        call_ru=_HELLO_RU
        + "Вы уже несколько лет ездите на {car}. Думаете о следующем автомобиле?\n"
        + "Мы оценим ваш автомобиль и подготовим предложение по обмену и кредиту.\n"
        + "Когда вам удобно приехать на тест-драйв?",
        subject_en="Your {car}: what it is worth in exchange",
        subject_ru="{car}: сколько он стоит при обмене",
        email_en=_DEAR_EN
        + "We will value your {car} {plate} and prepare a trade-in and credit proposal.\n"
        + "A test drive takes half an hour."
        + _OFFER_EN
        + _BYE_EN,
        email_ru=_DEAR_RU
        + "Мы оценим ваш автомобиль {car} {plate} и подготовим предложение по обмену и кредиту.\n"
        + "Тест-драйв займёт полчаса."
        + _OFFER_RU
        + _BYE_RU,
    ),
    "win-back": Texts(
        call_en=_HELLO_EN
        + "We have not seen your {car} since {last_visit_on}. Do you still own it?\n"
        + "What made you go elsewhere: service, price, the way to us?\n"
        + "I would like to see you again. Which day suits you?",
        call_ru=_HELLO_RU
        + "Автомобиль {car} не был у нас с {last_visit_on}. Он ещё у вас?\n"
        + "Почему вы выбрали другой сервис: качество, цена, дорога?\n"
        + "Будем рады видеть вас снова. Какой день вам удобен?",
        subject_en="We miss your {car}",
        subject_ru="Давно не видели автомобиль {car}",
        email_en=_DEAR_EN
        + "We have not seen your {car} {plate} for a long time."
        + _OFFER_EN
        + "\n\nAnswer this mail in one line: what should we do better?\n\n{store}",
        email_ru=_DEAR_RU
        + "Мы давно не видели автомобиль {car} {plate}."
        + _OFFER_RU
        + "\n\nОтветьте на это письмо одной строкой: что нам сделать лучше?\n\n{store}",
    ),
    "feedback": Texts(
        call_en=_HELLO_EN
        + "You were here with your {car}. From 0 to 10, would you recommend us to a friend?\n"
        + "What is the main reason for your answer?",
        call_ru=_HELLO_RU
        + "Вы недавно были у нас с автомобилем {car}. От 0 до 10: посоветуете ли вы нас знакомым?\n"
        + "Что главное в вашей оценке?",
        subject_en="{name}, how was your visit?",
        subject_ru="{name}, как прошёл визит?",
        email_en=_DEAR_EN
        + "You were here with your {car}. Would you recommend us to a friend?\n"
        + "Answer with one tap: {nps_link}\n\n{store}",
        email_ru=_DEAR_RU
        + "Вы недавно были у нас с автомобилем {car}. Посоветуете ли вы нас знакомым?\n"
        + "Оцените одним нажатием: {nps_link}\n\n{store}",
    ),
    "greetings": Texts(
        subject_en="{name}, our congratulations!",
        subject_ru="{name}, поздравляем!",
        email_en="{name}, our warmest wishes!\n{holiday}!\n\n"
        + "Good roads, and a car that never lets you down.\n\n{store}",
        email_ru="{name}, от души поздравляем!\n{holiday}!\n\nХороших дорог и надёжного автомобиля.\n\n{store}",
    ),
    "data": Texts(
        call_en=_HELLO_EN
        + "I am checking our records, so that we bother you less. Do you still own the {car}?\n"
        + "How many kilometres are on the odometer? Which email may I note down?",
        call_ru=_HELLO_RU
        + "Мы сверяем данные, чтобы не беспокоить вас зря. Автомобиль {car} ещё у вас?\n"
        + "Сколько километров на одометре? Какой адрес электронной почты записать?",
    ),
}
