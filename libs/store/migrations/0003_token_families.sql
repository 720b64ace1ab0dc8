-- Families of tokens: what a log-in begins, each refresh goes on with, and a log-out or late reuse ends. The tokens themselves are
-- signed and stand nowhere.

create table token_families (
    id uuid primary key,
    user_id bigint not null references users (id),
    -- Until when the longest of its access tokens is good, and its newest refresh token.
    access_until timestamptz not null,
    refresh_until timestamptz not null,
    revoked_at timestamptz
);
create index token_families_revoked on token_families (access_until, id) where revoked_at is not null;
create index token_families_over on token_families (refresh_until);

-- The refresh tokens that are still answered: the newest of each family, and those whose grace has not run out. A signed one without a
-- row was used before.
create table refresh_tokens (
    id uuid primary key,
    family_id uuid not null references token_families (id) on delete cascade,
    issued_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    successor_id uuid
);
create index refresh_tokens_family on refresh_tokens (family_id);

-- Outcomes: 0 the successor, 1 no such family of this person, 2 revoked before, 3 used too long ago and therefore revoked now.
-- The family's row is locked first: whoever comes meanwhile finds the successor that was made.
create function rotate_refresh_token(
    p_family uuid, p_user bigint, p_token uuid, p_grace interval,
    p_successor uuid, p_issued_at timestamptz, p_refresh_until timestamptz, p_access_until timestamptz,
    out outcome smallint, out id uuid, out issued_at timestamptz, out expires_at timestamptz
) language plpgsql as $$
#variable_conflict use_column
declare
    v_revoked_at timestamptz;
    v_successor uuid;
begin
    select f.revoked_at into v_revoked_at from token_families f
        where f.id = p_family and f.user_id = p_user for no key update;
    if not found then
        outcome := 1;
        return;
    end if;
    if v_revoked_at is not null then
        outcome := 2;
        return;
    end if;
    delete from refresh_tokens t where t.family_id = p_family and t.used_at <= clock_timestamp() - p_grace;
    select t.successor_id into v_successor from refresh_tokens t where t.id = p_token and t.family_id = p_family;
    if not found then
        update token_families f set revoked_at = clock_timestamp() where f.id = p_family;
        outcome := 3;
        return;
    end if;
    if v_successor is null then
        v_successor := p_successor;
        insert into refresh_tokens (id, family_id, issued_at, expires_at)
            values (p_successor, p_family, p_issued_at, p_refresh_until);
        update refresh_tokens t set used_at = clock_timestamp(), successor_id = p_successor where t.id = p_token;
        update token_families f set access_until = greatest(f.access_until, p_access_until),
                                    refresh_until = greatest(f.refresh_until, p_refresh_until)
            where f.id = p_family;
    end if;
    outcome := 0;
    select t.id, t.issued_at, t.expires_at into id, issued_at, expires_at from refresh_tokens t where t.id = v_successor;
end $$;
