-- People, conversations, their log, and the partitions whose owner alone writes it. Forward only.

-- Which life of the log positions belong to: raised by an unsynced promotion or a restore.
create table log_epoch (
    only_row boolean primary key default true check (only_row),
    epoch bigint not null
);
insert into log_epoch (epoch) values (1);

create table users (
    id bigint primary key check (id between 1 and 9007199254740991),
    name text not null,
    role smallint not null default 0,
    avatar_url text,
    -- When the token was made from which name and picture were taken last.
    claims_at timestamptz,
    last_seen timestamptz,
    created_at timestamptz not null default now()
) with (fillfactor = 90);

create sequence user_ids as bigint;

create table accounts (
    user_id bigint primary key references users (id),
    username text not null,
    password_hash text not null,
    created_at timestamptz not null default now()
);
create unique index accounts_username on accounts (lower(username));

-- `unread` of a participant is message_count - sent_count - read_count: three numbers, whatever the history.
create table conversations (
    id uuid primary key,
    kind smallint not null,
    title text,
    job jsonb,
    job_id text,
    metadata jsonb not null default '{}',
    -- Set while the conversation is the one of its kind for these people.
    unique_key bytea,
    first_seq bigint not null default 1,
    last_seq bigint not null,
    last_message_seq bigint,
    message_count bigint not null default 0,
    participant_count int not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    deleted_at timestamptz
) with (fillfactor = 50);
create unique index conversations_unique_key on conversations (unique_key) where unique_key is not null;

create table participants (
    conversation_id uuid not null,
    user_id bigint not null,
    role smallint not null,
    joined_seq bigint not null,
    left_seq bigint,
    sent_count bigint not null default 0,
    read_count bigint not null default 0,
    muted boolean not null default false,
    archived boolean not null default false,
    -- Put away by its participant until a message comes after this position.
    hidden_seq bigint,
    primary key (conversation_id, user_id)
) with (fillfactor = 70);
create index participants_user on participants (user_id) where left_seq is null;

-- The log of a conversation is messages and log_events together: each seq stands in exactly one of them.
create table messages (
    conversation_id uuid not null,
    seq bigint not null,
    id uuid not null,
    number bigint not null,
    sender_id bigint,
    client_id text,
    message_type smallint not null,
    content text not null,
    reply_to uuid,
    created_at timestamptz not null,
    edited_at timestamptz,
    deleted_at timestamptz,
    partition smallint not null,
    command_pos bigint not null,
    primary key (conversation_id, seq)
);
create unique index messages_id on messages (id);
create unique index messages_client_id on messages (conversation_id, sender_id, client_id) where client_id is not null;
create index messages_publication on messages (partition, command_pos);

create table log_events (
    conversation_id uuid not null,
    seq bigint not null,
    id uuid not null,
    kind smallint not null,
    actor_id bigint,
    body jsonb not null,
    created_at timestamptz not null,
    partition smallint not null,
    command_pos bigint not null,
    primary key (conversation_id, seq)
);
create unique index log_events_id on log_events (id);
create index log_events_publication on log_events (partition, command_pos);

-- Which stream of commands the positions count in. Another stream, or one that was cut, is another incarnation.
create table command_streams (
    incarnation bigint generated always as identity primary key,
    stream_created text not null,
    noticed_at timestamptz not null default now()
);

-- One row a partition: who owns it, and how far the stream of commands is stored and published.
create table partitions (
    id smallint primary key check (id between 0 and 63),
    epoch bigint not null default 0,
    owner text,
    lease_until timestamptz not null default '-infinity',
    incarnation bigint not null default 0,
    stored_pos bigint not null default 0,
    -- The command at stored_pos: proves that the stream still is the one that was read.
    stored_command uuid,
    published_pos bigint not null default 0,
    -- Take-overs from a dead owner since stored_pos last moved.
    attempts smallint not null default 0,
    -- The command that the owner is carrying out alone, because owners have died here before.
    suspect uuid
) with (fillfactor = 30);
insert into partitions (id) select generate_series(0, 63);

create table workers (
    id text primary key,
    seen_at timestamptz not null
);

-- Outcomes of apply_commands: 0 stored, 1 known command, 2 known by client_id or uniqueness, 3 not found, 4 expired,
-- 5 invalid, 9 not the owner any more (ord -1: nothing of the batch was stored).

-- Begins one conversation, unless it is there.
create function create_conversation(
    p_id uuid, p_body jsonb, p_partition smallint, p_pos bigint,
    out outcome smallint, out id uuid, out seq bigint, out at timestamptz, out detail jsonb
) language plpgsql as $$
#variable_conflict use_column
declare
    v_actor bigint := (p_body ->> 'actor_id')::bigint;
    v_people bigint[] := array(select x::bigint from jsonb_array_elements_text(p_body -> 'participants') as x);
    v_key bytea := decode(p_body ->> 'unique_key', 'hex');
    v_unknown bigint[];
begin
    at := now();
    select 1::smallint, c.id into outcome, id from conversations c where c.id = p_id;
    if found then return; end if;
    if v_key is not null then
        select 2::smallint, c.id into outcome, id from conversations c where c.unique_key = v_key;
        if found then
            update participants p set hidden_seq = null
                where p.conversation_id = create_conversation.id and p.user_id = v_actor and p.hidden_seq is not null;
            return;
        end if;
    end if;
    id := p_id;
    if (p_body ->> 'not_after')::timestamptz < clock_timestamp() then
        outcome := 4;
        return;
    end if;
    select array_agg(x) into v_unknown from unnest(v_people) as x where not exists (select 1 from users u where u.id = x);
    if v_unknown is not null then
        outcome := 5;
        detail := jsonb_build_object('unknown_participants', to_jsonb(v_unknown));
        return;
    end if;
    outcome := 0;
    seq := 1;
    insert into conversations (id, kind, title, job, job_id, metadata, unique_key, last_seq, participant_count,
                               created_at, updated_at)
        values (p_id, (p_body ->> 'kind')::smallint, p_body ->> 'title', nullif(p_body -> 'job', 'null'),
                p_body ->> 'job_id', p_body -> 'metadata', v_key, 1, cardinality(v_people), at, at);
    insert into participants (conversation_id, user_id, role, joined_seq)
        select p_id, x, case when x = v_actor then 0 else 2 end, 1 from unnest(v_people) as x;
    detail := jsonb_build_object('conversation', conversation_summary(p_id));
    insert into log_events (conversation_id, seq, id, kind, actor_id, body, created_at, partition, command_pos)
        values (p_id, 1, p_id, 1, v_actor, detail, at, p_partition, p_pos);
end $$;

-- What everybody may see of a conversation; nothing in it depends on who looks.
create function conversation_summary(p_id uuid) returns jsonb language sql stable as $$
    select jsonb_build_object(
        'id', c.id,
        'kind', (array['direct', 'group', 'job'])[c.kind + 1],
        'title', c.title,
        'job', c.job,
        'metadata', c.metadata,
        'participant_count', c.participant_count,
        'participants', (
            select coalesce(jsonb_agg(jsonb_build_object(
                'id', x.user_id, 'name', x.name, 'avatar_url', x.avatar_url,
                'role', (array['owner', 'admin', 'member'])[x.role + 1],
                'user_role', (array['client', 'freelancer', 'admin', 'service'])[x.user_role + 1])), '[]')
            from (
                select p.user_id, u.name, u.avatar_url, p.role, u.role as user_role
                from participants p join users u on u.id = p.user_id
                where p.conversation_id = c.id and p.left_seq is null
                order by p.joined_seq, p.role, p.user_id
                limit 20
            ) x),
        'created_at', to_char(c.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
    from conversations c where c.id = p_id
$$;

-- Decides and stores one batch in one transaction: fence (f_*), messages (m_*), every other command (c_*).
-- Commands of one step touch each conversation with one kind only; steps are carried out in order.
create function apply_commands(
    p_worker text, p_incarnation bigint, p_lease interval,
    f_partition smallint[], f_epoch bigint[], f_from bigint[], f_to bigint[], f_command uuid[],
    m_ord int[], m_step int[], m_partition smallint[], m_pos bigint[], m_id uuid[], m_conversation uuid[],
    m_sender bigint[], m_client text[], m_type smallint[], m_content text[], m_reply uuid[], m_not_after timestamptz[],
    c_ord int[], c_step int[], c_partition smallint[], c_pos bigint[], c_id uuid[], c_kind text[], c_body jsonb[]
) returns table (
    ord int, outcome smallint, id uuid, seq bigint, at timestamptz,
    sender_name text, sender_avatar_url text, sender_role smallint, detail jsonb
) language plpgsql as $$
#variable_conflict use_column
declare
    v_step int;
    v_steps int := greatest((select max(x) from unnest(m_step) x), (select max(x) from unnest(c_step) x));
begin
    perform 1 from partitions p where p.id = any (f_partition) order by p.id for no key update;
    update partitions p set stored_pos = f.to_pos, stored_command = f.command, attempts = 0, suspect = null,
                            lease_until = clock_timestamp() + p_lease
        from unnest(f_partition, f_epoch, f_from, f_to, f_command) as f (id, epoch, from_pos, to_pos, command)
        where p.id = f.id
          and (select bool_and(q.owner = p_worker and q.epoch = g.epoch and q.incarnation = p_incarnation
                               and q.stored_pos = g.from_pos)
               from unnest(f_partition, f_epoch, f_from) as g (id, epoch, from_pos)
               join partitions q on q.id = g.id);
    if not found then
        return query
            select -1, 9::smallint, null::uuid, null::bigint, null::timestamptz, null::text, null::text, null::smallint, null::jsonb
            union all
            select i.ord, case when m.id = i.id then 1 else 2 end::smallint, m.id, m.seq, m.created_at, null, null, null, null
            from unnest(m_ord, m_id, m_conversation, m_sender, m_client) as i (ord, id, conversation_id, sender_id, client_id)
            join messages m on m.id = i.id
                or (m.conversation_id = i.conversation_id and m.sender_id = i.sender_id and m.client_id = i.client_id)
            union all
            select i.ord, 1::smallint, c.id, 1::bigint, c.created_at, null, null, null, null
            from unnest(c_ord, c_id) as i (ord, id) join conversations c on c.id = i.id;
        return;
    end if;

    perform 1 from conversations c where c.id = any (m_conversation) order by c.id for no key update;

    for v_step in 0..coalesce(v_steps, -1) loop
        if cardinality(m_ord) > 0 then
        return query
            with asked as materialized (
                select i.*, c.last_seq, c.message_count, p.user_id is not null and c.deleted_at is null as is_member,
                       coalesce(kc.id, kk.id) as known_id, coalesce(kc.seq, kk.seq) as known_seq,
                       coalesce(kc.created_at, kk.created_at) as known_at, kc.id is not null as is_same_command,
                       i.reply_to is not null and r.id is null as is_reply_unknown,
                       u.name as sender_name, u.avatar_url as sender_avatar_url, u.role as sender_role
                from unnest(m_ord, m_step, m_partition, m_pos, m_id, m_conversation, m_sender, m_client, m_type, m_content,
                            m_reply, m_not_after)
                     as i (ord, step, partition, pos, id, conversation_id, sender_id, client_id, message_type, content,
                           reply_to, not_after)
                left join conversations c on c.id = i.conversation_id
                left join participants p on p.conversation_id = i.conversation_id and p.user_id = i.sender_id and p.left_seq is null
                left join users u on u.id = i.sender_id
                left join messages kc on kc.id = i.id
                left join messages kk on kk.conversation_id = i.conversation_id and kk.sender_id = i.sender_id
                                     and kk.client_id = i.client_id
                left join messages r on r.id = i.reply_to and r.conversation_id = i.conversation_id
                where i.step = v_step
            ), judged as materialized (
                select a.*, case
                    when a.is_same_command then 1
                    when a.known_id is not null then 2
                    when not a.is_member or a.last_seq is null then 3
                    when a.not_after < clock_timestamp() then 4
                    when a.is_reply_unknown then 5
                    else 0 end::smallint as outcome
                from asked a
            ), stored as materialized (
                select j.*, j.last_seq + row_number() over w as seq, j.message_count + row_number() over w as number
                from judged j where j.outcome = 0
                window w as (partition by j.conversation_id order by j.ord)
            ), inserted as (
                insert into messages (conversation_id, seq, id, number, sender_id, client_id, message_type, content, reply_to,
                                      created_at, partition, command_pos)
                select s.conversation_id, s.seq, s.id, s.number, s.sender_id, s.client_id, s.message_type, s.content, s.reply_to,
                       now(), s.partition, s.pos
                from stored s
            ), moved as (
                update conversations c set last_seq = x.last_seq, last_message_seq = x.last_seq, message_count = x.number,
                                           updated_at = now()
                from (select s.conversation_id, max(s.seq) as last_seq, max(s.number) as number from stored s group by 1) x
                where c.id = x.conversation_id
            ), counted as (
                update participants p set sent_count = p.sent_count + x.sent
                from (select s.conversation_id, s.sender_id, count(*) as sent from stored s group by 1, 2) x
                where p.conversation_id = x.conversation_id and p.user_id = x.sender_id
            )
            select j.ord, j.outcome, j.known_id, j.known_seq, j.known_at, null::text, null::text, null::smallint, null::jsonb
            from judged j where j.outcome <> 0
            union all
            select s.ord, s.outcome, s.id, s.seq, now(), s.sender_name, s.sender_avatar_url, s.sender_role, null::jsonb
            from stored s;
        end if;

        if cardinality(c_ord) > 0 then
        return query
            select i.ord, x.outcome, x.id, x.seq, x.at, null::text, null::text, null::smallint, x.detail
            from unnest(c_ord, c_step, c_partition, c_pos, c_id, c_kind, c_body)
                 as i (ord, step, partition, pos, id, kind, body),
                 lateral create_conversation(i.id, i.body, i.partition, i.pos) as x
            where i.step = v_step and i.kind = 'create_conversation'
            order by i.ord;
        end if;
    end loop;
end $$;
