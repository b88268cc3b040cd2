"""`among`: is this one of many? For thousands of keys or codes in one question.

`in` makes a parameter of every value and looks at each of them five times on its way to the database:
for a chunk's keys that costs more than the rows they find. Numbers are written into the statement, for
they need no quoting; texts travel together as one parameter.

    Ownership.objects.filter(pk__among=ids)
    RepairOrder.objects.filter(number__among=numbers)
"""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import CharField, ForeignKey, IntegerField, Lookup


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


@CharField.register_lookup
class AmongTexts(Lookup):
    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        texts = list(self.rhs)
        if not texts:
            raise EmptyResultSet
        left, params = self.process_lhs(compiler, connection)
        if connection.vendor == "postgresql":
            return f"{left} = ANY(%s)", [*params, texts]
        listed = f"{left} IN (SELECT value FROM json_each(%s))"  # noqa: S608 -- a column of ours
        return listed, [*params, json.dumps(texts, ensure_ascii=False)]
