-- Browsers that want to be told what their person misses. Forward only.

create table push_subscriptions (
    id uuid primary key,
    user_id bigint not null references users (id),
    -- Whoever knows it may send to that browser: a secret.
    endpoint text not null,
    p256dh bytea not null,
    auth bytea not null,
    expires_at timestamptz,
    created_at timestamptz not null default now()
);
-- A browser has one subscription, of whoever uses it now.
create unique index push_subscriptions_endpoint on push_subscriptions (endpoint);
create index push_subscriptions_person on push_subscriptions (user_id, created_at);

-- Which browsers were told of what was missed already, while others are tried again.
create table push_told (
    missed_id uuid not null references missed_messages (id) on delete cascade,
    subscription_id uuid not null references push_subscriptions (id) on delete cascade,
    primary key (missed_id, subscription_id)
);
create index push_told_subscription on push_told (subscription_id);

create or replace function is_anybody_notified() returns boolean language sql stable as $$
    select exists (select from push_subscriptions)
$$;

-- Takes a browser in. The same one again gets its new keys, and keeps its id as long as it stays the same person's. Of more than p_max the
-- oldest go.
create function subscribe_to_push(
    p_id uuid, p_user bigint, p_endpoint text, p_p256dh bytea, p_auth bytea, p_expires_at timestamptz, p_max int
) returns push_subscriptions language plpgsql as $$
declare
    v push_subscriptions;
begin
    delete from push_subscriptions s where s.endpoint = p_endpoint and s.user_id <> p_user;
    insert into push_subscriptions as s (id, user_id, endpoint, p256dh, auth, expires_at)
        values (p_id, p_user, p_endpoint, p_p256dh, p_auth, p_expires_at)
        on conflict (endpoint) do update set user_id = excluded.user_id, p256dh = excluded.p256dh, auth = excluded.auth,
                                             expires_at = excluded.expires_at
        returning s.* into v;
    delete from push_subscriptions s
     where s.user_id = p_user and s.id <> v.id
       and s.id not in (select o.id from push_subscriptions o where o.user_id = p_user and o.id <> v.id
                         order by o.created_at desc, o.id desc limit p_max - 1);
    return v;
end $$;

do $$
declare
    v record;
begin
    for v in
        select x.role, x.rights, x.tables from (values
            ('chat_api', 'select, insert, update, delete', 'push_subscriptions'),
            ('chat_api', 'select, insert, delete', 'push_told'),
            ('chat_operator', 'select (id, user_id, expires_at, created_at)', 'push_subscriptions')
        ) as x (role, rights, tables)
        join pg_roles r on r.rolname = x.role
    loop
        execute format('grant %s on %s to %I', v.rights, v.tables, v.role);
    end loop;
end $$;
