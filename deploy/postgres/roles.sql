-- The roles of WorkConnect Chat in Postgres: who owns the schema, and as whom each service comes. To be run in the chat database by a
-- superuser, or by a role that may create roles and owns the database, before the first `chatctl migrate`; again does no harm, and also
-- takes over what an earlier installation made under another role. Then each role that is used gets a password, for example with psql:
--   \password chat_api
-- and each service its own DATABASE_URL. What they may is granted by the migrations (0013): nothing that is not listed there.

do $$
declare
    v_name text;
begin
    foreach v_name in array array['chat_owner', 'chat_api', 'chat_persistence', 'chat_operator'] loop
        if not exists (select from pg_roles where rolname = v_name) then
            execute format('create role %I nologin', v_name);
        end if;
    end loop;
    if not (select rolsuper from pg_roles where rolname = current_user) then
        execute format('grant chat_owner to %I', current_user);
    end if;
end $$;

-- The database: connections for the roles alone, temporary tables for nobody.
do $$
begin
    execute format('alter database %I owner to chat_owner', current_database());
    execute format('revoke connect, temporary on database %I from public', current_database());
    execute format('grant connect on database %I to chat_api, chat_persistence, chat_operator', current_database());
end $$;

alter schema public owner to chat_owner;

-- What is there already. Sequences of columns and types of tables follow their tables.
do $$
declare
    v record;
begin
    for v in
        select case c.relkind when 'S' then 'sequence' when 'v' then 'view' when 'c' then 'type' else 'table' end as kind,
               c.oid::regclass::text as name
        from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'S', 'c')
          and c.relowner <> 'chat_owner'::regrole
          and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i')
                                                  and d.refclassid = 'pg_class'::regclass)
    loop
        execute format('alter %s %s owner to chat_owner', v.kind, v.name);
    end loop;
    for v in
        select p.oid::regprocedure::text as name from pg_proc p
        where p.pronamespace = 'public'::regnamespace and p.proowner <> 'chat_owner'::regrole
    loop
        execute format('alter routine %s owner to chat_owner', v.name);
    end loop;
end $$;
