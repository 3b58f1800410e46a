import type pg from "pg";

const queries = {
  tables: `
    select format('table %s%s%s', c.relname,
      case when c.relrowsecurity and c.relforcerowsecurity then ' (row-level security, forced)' else '' end,
      coalesce(' with (' || array_to_string(c.reloptions, ', ') || ')', '')) as line
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by c.relname`,
  columns: `
    select format('column %s.%s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
      case when a.attnotnull then ' not null' else '' end,
      case when d.oid is null then '' when a.attgenerated <> '' then ' generated ' || pg_get_expr(d.adbin, d.adrelid)
        else ' default ' || pg_get_expr(d.adbin, d.adrelid) end) as line
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
    order by c.relname, a.attname`,
  constraints: `
    select format('constraint %s.%s %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid)) as line
    from pg_constraint c where c.connamespace = 'public'::regnamespace and c.contype <> 'n'
    order by c.conrelid::regclass::text, c.conname`,
  indexes: `select 'index ' || indexdef as line from pg_indexes where schemaname = 'public' order by tablename, indexname`,
  policies: `
    select format('policy %s on %s for %s to %s using %s check %s', policyname, tablename, cmd, roles, qual, with_check) as line
    from pg_policies where schemaname = 'public' order by tablename, policyname`,
  functions: `
    select format('function %s%s %s', p.proname, case when p.prosecdef then ' security definer' else '' end,
      regexp_replace(pg_get_functiondef(p.oid), '\\s+', ' ', 'g')) as line
    from pg_proc p where p.pronamespace = 'public'::regnamespace order by p.proname`,
  grants: `
    select format('grant %s on %s to %s', string_agg(privilege_type, ', ' order by privilege_type), table_name, grantee) as line
    from information_schema.role_table_grants
    where table_schema = 'public' and grantee in ('campanile_api', 'campanile_worker')
    group by table_name, grantee order by table_name, grantee`,
  comments: `
    select format('comment on %s%s: %s', c.relname, coalesce('.' || a.attname, ''), d.description) as line
    from pg_description d join pg_class c on c.oid = d.objoid and d.classoid = 'pg_class'::regclass
    left join pg_attribute a on a.attrelid = c.oid and a.attnum = d.objsubid and d.objsubid > 0
    where c.relnamespace = 'public'::regnamespace order by c.relname, a.attname nulls first`,
};

/** The schema as one text, from the catalogue: what a migration really made, line by line and in a fixed order. */
export async function describeSchema(pool: pg.Pool): Promise<string> {
  const sections: string[] = [];
  for (const [name, query] of Object.entries(queries)) {
    const { rows } = await pool.query<{ line: string }>(query);
    const lines = rows.map((row) => row.line).filter((line) => !/ kysely_migration/.test(line));
    sections.push(`-- ${name}`, ...lines, "");
  }
  return sections.join("\n");
}
