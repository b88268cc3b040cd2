"""Cars, visits and covers of another system into ours: files and the API end here.

Every function takes one batch in a fixed number of queries, writes only what changed, raises the
facts version of the ownerships it touched, and answers with one RowResult per record, in order.
A result that is not rejected and still has a `reason` is a warning: the row was taken, with a doubt.
"""

from vehicles.upserting.cars import upsert_vehicles
from vehicles.upserting.covers import upsert_covers
from vehicles.upserting.orders import upsert_orders
from vehicles.upserting.prices import upsert_prices

__all__ = ["upsert_covers", "upsert_orders", "upsert_prices", "upsert_vehicles"]
