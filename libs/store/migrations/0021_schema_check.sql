-- Services see whether the schema is the one that they need, without a right to the table of migrations. Forward only.

create function newest_migration() returns bigint
    language sql stable security definer set search_path = pg_catalog, public
    as $$ select coalesce(max(version), 0) from public._sqlx_migrations where success $$;

comment on function newest_migration() is 'The highest number among the migrations that were brought in; everybody may ask.';
