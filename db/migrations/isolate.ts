/**
 * Row-level security, forced, for tables with a workspace_id: the API's role sees one workspace, the worker's all.
 * Migrations share it, so it is as final as they are; a change of it shows in db/schema.txt.
 * @param names a query for the names of the tables
 */
export const isolate = (names: string) => `
do $$
declare t text;
begin
  for t in ${names}
  loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy workspace_only on %I to campanile_api using (workspace_id = (select app_workspace())) with check (workspace_id = (select app_workspace()))', t);
    execute format('create policy worker_all on %I to campanile_worker using (true) with check (true)', t);
  end loop;
end $$;
`;

/** The same for tables by their names. */
export const isolateTables = (...tables: readonly string[]) =>
  isolate(`select unnest(array[${tables.map((table) => `'${table}'`).join(", ")}])`);
