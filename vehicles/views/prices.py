"""The price list of a store: shown, taken away as a spreadsheet, and brought back with an account of every line."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role
from vehicles.models import Make, WorkPrice
from vehicles.models.price import WorkPriceQuerySet
from vehicles.price_files import COLUMNS, Account, BadPriceFileError, take_prices, write_prices

SHOWN = 300


@require_http_methods(["GET", "POST"])
@role_required(Role.ADMINISTRATOR)
def work_prices(request: StoreRequest) -> HttpResponse:
    """The prices of the active store by make; POST takes a file and says what became of each line."""
    account: Account | None = None
    problem = None
    today = request.store.today(timezone.now())
    if request.method == "POST":
        upload = request.FILES.get("file")
        try:
            account = take_prices(request.store, upload.read() if upload else b"", today=today)
        except BadPriceFileError as error:
            problem = error.why.as_json()
    rows = _of_store(request)
    makes = Make.objects.filter(pk__in=rows.order_by().values("make")).order_by("name")
    chosen = request.GET.get("make", "")
    if chosen.isdecimal() and len(chosen) < 10:
        rows = rows.filter(make=int(chosen))
    total = rows.count()
    context = {
        "prices": rows[:SHOWN], "total": total, "most": SHOWN, "makes": makes, "chosen": chosen, "today": today,
        "account": account, "problem": problem, "columns": ", ".join(COLUMNS),
    }  # fmt: skip
    return render(request, "vehicles/prices.html", context, status=422 if problem else 200)


@require_GET
@role_required(Role.ADMINISTRATOR)
def price_file(request: StoreRequest) -> HttpResponse:
    """All prices of the active store as CSV."""
    response = HttpResponse(write_prices(_of_store(request)), content_type="text/csv")
    response["Content-Disposition"] = f'attachment; filename="prices-{request.store.code}.csv"'
    return response


def _of_store(request: StoreRequest) -> WorkPriceQuerySet:
    rows = WorkPrice.objects.for_user(request.user).filter(dealership=request.store)
    return rows.select_related("work_group", "make", "model__make")
