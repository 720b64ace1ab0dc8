-- What people report, and whom they block. Forward only.

create table reports (
    id uuid primary key,
    message_id uuid not null,
    conversation_id uuid not null,
    reporter_id bigint not null,
    reason text not null,
    -- Who said what when it was reported: kept when the message is edited or deleted, and read by moderators alone.
    sender_id bigint,
    content text not null,
    created_at timestamptz not null default now(),
    -- 0 waits for a moderator.
    state smallint not null default 0
);
create unique index reports_once on reports (message_id, reporter_id);
create index reports_waiting on reports (created_at, id) where state = 0;

-- Whom somebody has blocked, newest first.
create index blocks_newest on blocks (user_id, created_at, blocked_id);

-- Blocks somebody or takes that back, and counts it with both of them. Their rows are locked in the order of their ids, as everybody
-- who locks people does. Of somebody whom nobody knows, has_changed is null.
create function set_block(p_user bigint, p_other bigint, p_is_set boolean, out has_changed boolean, out created_at timestamptz)
language plpgsql as $$
#variable_conflict use_column
declare
    v_people bigint[] := array(
        select u.id from users u where u.id in (p_user, p_other) order by u.id for no key update);
begin
    if cardinality(v_people) < 2 then return; end if;
    if p_is_set then
        insert into blocks as b (user_id, blocked_id) values (p_user, p_other) on conflict do nothing
            returning b.created_at into created_at;
    else
        delete from blocks b where b.user_id = p_user and b.blocked_id = p_other returning b.created_at into created_at;
    end if;
    has_changed := found;
    if has_changed then
        update users u set block_count = u.block_count + case when p_is_set then 1 else -1 end where u.id = any (v_people);
    elsif p_is_set then
        select b.created_at into created_at from blocks b where b.user_id = p_user and b.blocked_id = p_other;
    end if;
end $$;
