"""Erasing must be quick however much there is: whoever deletes a row must find those that refer to it by an index."""

import re

import pytest

from tests.conftest import ROOT
from tests.shared.toys import as_owner
from wij.settings import Settings

REFERENCES = """
    select k.conrelid::regclass::text || ' (' || string_agg(a.attname, ', ' order by o.place) || ')' as columns
    from pg_constraint k
    cross join unnest(k.conkey) with ordinality o (attnum, place)
    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = o.attnum
    where k.contype = 'f' and k.confrelid = any ($1::text[]::regclass[])
      and not exists (
          select from pg_index i
          where i.indrelid = k.conrelid and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey
            and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) ~* 'is not null'))
    group by k.oid, k.conrelid
"""


@pytest.mark.parametrize("service", ["intake", "plan", "matching"])
async def test_every_reference_to_what_can_be_erased_has_an_index(settings: Settings, service: str) -> None:
    [script] = (ROOT / "services" / service / "schema").glob("*_erasure.sql")
    erased = sorted(set(re.findall(r"delete from (\w+)", script.read_text())))
    assert erased
    assert await as_owner(settings, service, REFERENCES, erased) == []
