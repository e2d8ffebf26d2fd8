"""What a schema is made of, in sentences that can be compared: made afresh, or made long ago and migrated since."""

import asyncpg

PARTS = {
    "column": """
        select format('%s.%s %s%s%s%s', t.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                      case when a.attnotnull then ' not null' else '' end,
                      coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), ''),
                      case a.attidentity when 'a' then ' identity' else '' end)
        from pg_class t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
        left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
        where t.relnamespace = $1::text::regnamespace and t.relkind in ('r', 'v', 'p')
    """,
    "constraint": """
        select format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
        from pg_constraint where connamespace = $1::text::regnamespace
    """,
    "index": "select indexdef from pg_indexes where schemaname = $1",
    "view": "select format('%s %s', viewname, definition) from pg_views where schemaname = $1",
    "policy": """
        select format('%s %s %s %s using %s check %s', tablename, policyname, cmd, roles, qual, with_check)
        from pg_policies where schemaname = $1
    """,
    "table": """
        select format('%s owner %s rls %s forced %s grants %s', relname, relowner::regrole, relrowsecurity,
                      relforcerowsecurity, (select array_agg(g::text order by g::text) from unnest(relacl) as g))
        from pg_class where relnamespace = $1::text::regnamespace and relkind in ('r', 'v', 'S')
    """,
    "function": """
        select format('%s owner %s grants %s', pg_get_functiondef(oid), proowner::regrole,
                      (select array_agg(g::text order by g::text) from unnest(proacl) as g))
        from pg_proc where pronamespace = $1::text::regnamespace
    """,
    "trigger": """
        select pg_get_triggerdef(g.oid) from pg_trigger g join pg_class t on t.oid = g.tgrelid
        where t.relnamespace = $1::text::regnamespace and not g.tgisinternal
    """,
    "schema": """
        select format('owner %s grants %s', nspowner::regrole,
                      (select array_agg(g::text order by g::text) from unnest(nspacl) as g))
        from pg_namespace where nspname = $1
    """,
}


async def parts_of(connection: "asyncpg.Connection[asyncpg.Record]", service: str) -> set[str]:
    """Every part of a service's schema: columns, constraints, indexes, views, policies, rights, functions."""
    return {
        f"{kind}: {row[0]}" for kind, statement in PARTS.items() for row in await connection.fetch(statement, service)
    }
