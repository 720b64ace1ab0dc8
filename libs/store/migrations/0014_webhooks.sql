-- What readers of the log other than clients are told: webhooks, and whom messages have not reached. Forward only.

-- How far each reader has gone through each partition's commands. Whoever reads locks the row.
create table log_positions (
    reader text not null,
    partition smallint not null,
    incarnation bigint not null,
    pos bigint not null,
    primary key (reader, partition)
) with (fillfactor = 50);
insert into log_positions (reader, partition, incarnation, pos)
    select r.name, p.id, p.incarnation, p.stored_pos
      from partitions p cross join unnest(array['webhooks', 'missed']) as r (name);

-- Locks what a reader has not gone through and nobody else is at. One incarnation at a time: the rows of several have positions of
-- their own, and are told apart by when they were stored. The minute is for a batch that was begun in the one before.
create function lock_log_windows(p_reader text, p_limit int) returns table (
    partition smallint, incarnation bigint, after_pos bigint, until_pos bigint, from_at timestamptz, until_at timestamptz,
    next_incarnation bigint
) language sql as $$
    select l.partition, l.incarnation, l.pos,
           case when l.incarnation = p.incarnation then p.stored_pos else 9223372036854775807 end,
           coalesce((select s.noticed_at from command_streams s where s.incarnation = l.incarnation), '-infinity'),
           case when l.incarnation = p.incarnation then 'infinity'
                else (select min(s.noticed_at) + interval '1 minute' from command_streams s where s.incarnation > l.incarnation) end,
           case when l.incarnation <> p.incarnation
                then (select min(s.incarnation) from command_streams s where s.incarnation > l.incarnation) end
      from log_positions l join partitions p on p.id = l.partition
     where l.reader = p_reader and (l.incarnation <> p.incarnation or l.pos < p.stored_pos)
     order by l.partition limit p_limit for no key update of l skip locked
$$;

-- Notes how far a reader has come. An incarnation that is over and has been gone through is left for the next.
create function move_log_position(
    p_reader text, p_partition smallint, p_reached bigint, p_until bigint, p_next_incarnation bigint
) returns void language sql as $$
    update log_positions l
       set incarnation = case when p_reached >= p_until then coalesce(p_next_incarnation, l.incarnation) else l.incarnation end,
           pos = case when p_reached >= p_until and p_next_incarnation is not null then 0 else p_reached end
     where l.reader = p_reader and l.partition = p_partition
$$;

create table webhook_endpoints (
    id uuid primary key,
    url text not null,
    description text not null,
    -- The types that it is told of; null: all.
    events text[],
    secret bytea not null,
    -- Signs beside the other until then.
    previous_secret bytea,
    previous_until timestamptz,
    created_at timestamptz not null default now(),
    -- It is told of what was stored from then on.
    enabled_at timestamptz not null default now(),
    disabled_at timestamptz,
    -- requested, gone, failing.
    disabled_reason text,
    -- Since when nothing has been delivered, although it was tried.
    failing_since timestamptz,
    -- What is left of it is removed in the background.
    deleted_at timestamptz
);

-- An event for an endpoint. What stands in the log is read from there when it is sent; only other things have a body here.
create table webhook_deliveries (
    id bigint generated always as identity primary key,
    endpoint_id uuid not null,
    event_id uuid not null,
    type text not null,
    occurred_at timestamptz not null,
    conversation_id uuid,
    seq bigint,
    body jsonb,
    -- 0 waiting, 1 delivered, 2 failed.
    state smallint not null default 0,
    -- Counted when one begins: an attempt that nobody came back from was one.
    attempts smallint not null default 0,
    due_at timestamptz not null default now(),
    -- Set while an attempt is under way.
    leased_until timestamptz,
    attempted_at timestamptz,
    status smallint,
    error text,
    finished_at timestamptz
) with (fillfactor = 80);
create unique index webhook_deliveries_once on webhook_deliveries (endpoint_id, event_id);
create index webhook_deliveries_list on webhook_deliveries (endpoint_id, id);
create index webhook_deliveries_due on webhook_deliveries (endpoint_id, due_at, id) where state = 0;
create index webhook_deliveries_leased on webhook_deliveries (endpoint_id) where leased_until is not null;
create index webhook_deliveries_finished on webhook_deliveries (finished_at) where finished_at is not null;

-- Makes deliveries of what was stored since: up to p_limit messages and events of each of p_partitions. p_types: the types by the
-- numbers of their kinds.
create function fan_out_webhooks(p_types text[], p_partitions int, p_limit int, out partitions int, out deliveries bigint)
language plpgsql as $$
declare
    w record;
    v_reached bigint;
    v_made bigint;
begin
    partitions := 0;
    deliveries := 0;
    for w in select * from lock_log_windows('webhooks', p_partitions) loop
        partitions := partitions + 1;
        -- Up to there both tables have been read without a gap.
        select least(w.until_pos, (
            select case when count(*) >= p_limit then max(x.command_pos) end from (
                select m.command_pos from messages m
                 where m.partition = w.partition and m.command_pos > w.after_pos and m.command_pos <= w.until_pos
                   and m.created_at >= w.from_at and m.created_at < w.until_at
                 order by m.command_pos limit p_limit) x), (
            select case when count(*) >= p_limit then max(x.command_pos) end from (
                select e.command_pos from log_events e
                 where e.partition = w.partition and e.command_pos > w.after_pos and e.command_pos <= w.until_pos
                   and e.created_at >= w.from_at and e.created_at < w.until_at
                 order by e.command_pos limit p_limit) x)) into v_reached;
        insert into webhook_deliveries (endpoint_id, event_id, type, occurred_at, conversation_id, seq)
            select e.id, x.id, p_types[x.kind + 1], x.created_at, x.conversation_id, x.seq
              from (select m.command_pos, m.id, 0 as kind, m.created_at, m.conversation_id, m.seq from messages m
                     where m.partition = w.partition and m.command_pos > w.after_pos and m.command_pos <= v_reached
                       and m.created_at >= w.from_at and m.created_at < w.until_at
                    union all
                    select l.command_pos, l.id, l.kind, l.created_at, l.conversation_id, l.seq from log_events l
                     where l.partition = w.partition and l.command_pos > w.after_pos and l.command_pos <= v_reached
                       and l.created_at >= w.from_at and l.created_at < w.until_at) x
              join webhook_endpoints e on e.disabled_at is null and e.deleted_at is null and e.enabled_at <= x.created_at
                                      and (e.events is null or p_types[x.kind + 1] = any (e.events))
             order by x.command_pos, x.seq
            on conflict do nothing;
        get diagnostics v_made = row_count;
        deliveries := deliveries + v_made;
        perform move_log_position('webhooks', w.partition, v_reached, w.until_pos, w.next_incarnation);
    end loop;
end $$;

-- Messages that somebody has not read for a while: one row for what became due at once, of one conversation for one person.
-- First it is to be checked whether the person is there (missed_at is null); who was not has missed them.
create table missed_messages (
    id uuid primary key,
    user_id bigint not null,
    conversation_id uuid not null,
    message_ids uuid[] not null,
    seqs bigint[] not null,
    created_at timestamptz not null default now(),
    check_at timestamptz not null default now(),
    missed_at timestamptz,
    unread_count int,
    -- When whoever tells the person's devices is to look at it, again after a failure; null once that is done.
    notify_at timestamptz
);
create index missed_messages_check on missed_messages (check_at) where missed_at is null;
create index missed_messages_notify on missed_messages (notify_at) where notify_at is not null;
create index missed_messages_person on missed_messages (user_id, conversation_id);
create index missed_messages_created on missed_messages (created_at);

-- Whether any device wants to be told. A later migration that has devices replaces this.
create function is_anybody_notified() returns boolean language sql stable as $$ select false $$;

-- Whether anybody wants to know what was missed.
create function is_missing_wanted() returns boolean language sql stable as $$
    select exists (select from webhook_endpoints e
                    where e.disabled_at is null and e.deleted_at is null and (e.events is null or 'message.missed' = any (e.events)))
        or is_anybody_notified()
$$;

-- Gathers what has not been read for p_after: once for each message and person, because positions move with it. In conversations of
-- more than 200 people there is no presence, and nothing is missed.
create function gather_missed(p_after interval, p_limit int) returns bigint language plpgsql as $$
declare
    w record;
    v_reached bigint;
    v_made bigint;
    v_all bigint := 0;
begin
    for w in select * from lock_log_windows('missed', 64) loop
        select least(w.until_pos, case when count(*) >= p_limit then max(x.command_pos) end,
                     min(x.command_pos) filter (where x.created_at > now() - p_after) - 1) into v_reached
          from (select m.command_pos, m.created_at from messages m
                 where m.partition = w.partition and m.command_pos > w.after_pos and m.command_pos <= w.until_pos
                   and m.created_at >= w.from_at and m.created_at < w.until_at
                 order by m.command_pos limit p_limit) x;
        continue when v_reached <= w.after_pos;
        insert into missed_messages (id, user_id, conversation_id, message_ids, seqs)
            select md5(p.user_id || ' ' || (array_agg(m.id order by m.seq))[1])::uuid, p.user_id, m.conversation_id,
                   array_agg(m.id order by m.seq), array_agg(m.seq order by m.seq)
              from messages m
              join conversations c on c.id = m.conversation_id and c.deleted_at is null and c.participant_count <= 200
              join participants p on p.conversation_id = m.conversation_id and p.left_seq is null and p.joined_seq < m.seq
                                 and p.user_id <> m.sender_id and p.read_seq < m.seq and not p.muted
              join users u on u.id = p.user_id and u.deactivated_at is null
             where m.partition = w.partition and m.command_pos > w.after_pos and m.command_pos <= v_reached
               and m.created_at >= w.from_at and m.created_at < w.until_at
               -- After a long standstill nobody is told what is a day old.
               and m.created_at > now() - p_after - interval '1 day'
               and m.sender_id is not null and m.message_type <> 4 and m.deleted_at is null
               and not exists (select from read_marks r where r.conversation_id = m.conversation_id and r.user_id = p.user_id and r.seq = m.seq)
               -- While the stream of commands changes, a message may be come by twice.
               and not exists (select from missed_messages y where y.user_id = p.user_id and y.conversation_id = m.conversation_id
                                                               and m.id = any (y.message_ids))
               and not (u.block_count > 0 and exists (
                    select from blocks b where (b.user_id, b.blocked_id) in ((p.user_id, m.sender_id), (m.sender_id, p.user_id))))
             group by p.user_id, m.conversation_id
            on conflict do nothing;
        get diagnostics v_made = row_count;
        v_all := v_all + v_made;
        perform move_log_position('missed', w.partition, v_reached, w.until_pos, w.next_incarnation);
    end loop;
    return v_all;
end $$;

-- Settles what was checked: who is there has missed nothing, and neither has who has read it meanwhile or is gone. The rest is told.
create function settle_missed(p_away uuid[], p_here uuid[]) returns bigint language plpgsql as $$
declare
    v_missed bigint;
begin
    delete from missed_messages x where x.id = any (p_here) and x.missed_at is null;
    with missed as (
        update missed_messages x
           set missed_at = now(), notify_at = now(),
               unread_count = least(greatest(c.message_count - p.sent_count - p.read_count, 0), 1000)
          from participants p join conversations c on c.id = p.conversation_id and c.deleted_at is null
         where x.id = any (p_away) and x.missed_at is null and p.conversation_id = x.conversation_id and p.user_id = x.user_id
           and p.left_seq is null and p.read_seq < x.seqs[cardinality(x.seqs)]
           and c.message_count - p.sent_count - p.read_count > 0
        returning x.*
    ), told as (
        insert into webhook_deliveries (endpoint_id, event_id, type, occurred_at, conversation_id, body)
            select e.id, m.id, 'message.missed', m.missed_at, m.conversation_id,
                   jsonb_build_object('user_id', m.user_id, 'conversation_id', m.conversation_id, 'unread_count', m.unread_count,
                       'messages', (select jsonb_agg(jsonb_build_object('id', y.id, 'seq', y.seq) order by y.seq)
                                      from unnest(m.message_ids, m.seqs) as y (id, seq)))
              from missed m
              join webhook_endpoints e on e.disabled_at is null and e.deleted_at is null
                                      and (e.events is null or 'message.missed' = any (e.events))
            on conflict do nothing)
    select count(*) into v_missed from missed;
    delete from missed_messages x where x.id = any (p_away) and x.missed_at is null;
    return v_missed;
end $$;

do $$
declare
    v record;
begin
    for v in
        select x.role, x.rights, x.tables from (values
            ('chat_api', 'select, update', 'log_positions'),
            ('chat_api', 'select, insert, update, delete', 'webhook_endpoints, webhook_deliveries, missed_messages'),
            ('chat_api', 'select (id, incarnation, stored_pos)', 'partitions'),
            ('chat_api', 'select', 'command_streams'),
            ('chat_operator', 'select', 'log_positions'),
            ('chat_operator', 'select (id, url, events, created_at, enabled_at, disabled_at, disabled_reason, failing_since, deleted_at)',
                              'webhook_endpoints'),
            ('chat_operator', 'select (id, endpoint_id, event_id, type, occurred_at, conversation_id, seq, state, attempts, due_at,
                                       leased_until, attempted_at, status, error, finished_at)', 'webhook_deliveries')
        ) as x (role, rights, tables)
        join pg_roles r on r.rolname = x.role
    loop
        execute format('grant %s on %s to %I', v.rights, v.tables, v.role);
    end loop;
end $$;
