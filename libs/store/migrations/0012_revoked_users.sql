-- People whose tokens are revoked, whoever issued them. Forward only.

create table revoked_users (
    user_id bigint primary key references users (id),
    -- What was issued before this moment is refused, and what does not say when it was issued.
    issued_before timestamptz not null
);
create index revoked_users_by_moment on revoked_users (issued_before, user_id);

-- Of two moments the later one holds. The families end too: nobody goes on with them.
create function revoke_user(p_user bigint, p_issued_before timestamptz) returns void language sql as $$
    with ended as (
        update token_families set revoked_at = clock_timestamp() where user_id = p_user and revoked_at is null)
    insert into revoked_users as r (user_id, issued_before) values (p_user, p_issued_before)
        on conflict (user_id) do update set issued_before = greatest(r.issued_before, excluded.issued_before)
$$;
