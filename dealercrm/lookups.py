"""`among`: is this key one of many? Written into the statement as whole numbers.

`in` makes a parameter of every key and looks at each of them five times on its way to the database:
for the thousands of keys of a chunk that costs more than the rows they find. Numbers need no quoting.

    Ownership.objects.filter(pk__among=ids)
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import ForeignKey, IntegerField, Lookup


@IntegerField.register_lookup
@ForeignKey.register_lookup
class Among(Lookup):
    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        keys = ",".join([str(int(key)) for key in self.rhs])
        if not keys:
            raise EmptyResultSet
        left, params = self.process_lhs(compiler, connection)
        return f"{left} IN ({keys})", list(params)
