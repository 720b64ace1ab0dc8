-- Who takes part, what each has read, and what is told without standing in the log. Forward only.

-- Raised with every conversation that the person enters or leaves: whoever follows the person sees a hole.
alter table users add column membership_version bigint not null default 0;

alter table participants
    -- Everything up to and with it is read.
    add column read_seq bigint not null default 0,
    add column read_at timestamptz;

-- Somebody's conversations in the order of their ids, page by page. Of those who have left too: an index of a part would be
-- thought small in a new installation, and be read as a whole for the people of a conversation.
drop index participants_user;
create index participants_user on participants (user_id, conversation_id);

-- Messages of others that were read after a gap: positions beyond their reader's read_seq.
create table read_marks (
    conversation_id uuid not null,
    user_id bigint not null,
    seq bigint not null,
    primary key (conversation_id, user_id, seq)
);

-- What a command tells without putting it into the log (ord from 1), and the first answer of commands that leave nothing
-- in the log (ord 0). Kept for a while after it was told.
create table outbox (
    partition smallint not null,
    incarnation bigint not null,
    command_pos bigint not null,
    ord int not null,
    command_id uuid not null,
    -- The conversation, or the user, whose subject it goes to; neither in the row that keeps the answer.
    conversation_id uuid,
    user_id bigint,
    body jsonb not null,
    created_at timestamptz not null default now(),
    primary key (partition, incarnation, command_pos, ord)
);
create unique index outbox_answers on outbox (command_id) where conversation_id is null and user_id is null;

-- Outcomes of apply_commands: 0 stored, 1 known command, 2 known by client_id or uniqueness, 3 not found, 4 expired,
-- 5 invalid, 6 carried out now or before, 7 forbidden, 8 conflict, 9 not the owner any more (ord -1: nothing of the batch
-- was stored), 10 blocked.

-- A command with its place in the stream.
create type placed_command as (id uuid, partition smallint, incarnation bigint, pos bigint, body jsonb);

-- The most people of one conversation; an operator changes it for the database, together with the api's MAX_PARTICIPANTS:
-- alter database … set chat.max_participants = 2000.
create function max_participants() returns int language sql stable as $$
    select coalesce(nullif(current_setting('chat.max_participants', true), '')::int, 1000)
$$;

create function role_name(p_role smallint) returns text language sql immutable as $$
    select (array['owner', 'admin', 'member'])[p_role + 1]
$$;

create function role_number(p_name text) returns smallint language sql immutable as $$
    select (array_position(array['owner', 'admin', 'member'], p_name) - 1)::smallint
$$;

-- The id of an event: the first of a command has the command's, each later one its own, the same over every repetition
-- (UUID version 8, of a hash).
create function event_id(p_command uuid, p_ordinal int) returns uuid language sql immutable as $$
    select case p_ordinal when 0 then p_command else
        encode(set_byte(set_byte(x.hash, 6, get_byte(x.hash, 6) & 15 | 128), 8, get_byte(x.hash, 8) & 63 | 128), 'hex')::uuid end
    from (select decode(md5(p_command || '/' || p_ordinal), 'hex') as hash) x
$$;

-- Puts one event at the end of a log.
create function append_event(
    cmd placed_command, p_conversation uuid, p_ordinal int, p_kind int, p_actor bigint, p_body jsonb
) returns bigint language plpgsql as $$
declare
    v_seq bigint;
begin
    update conversations c set last_seq = c.last_seq + 1, updated_at = now() where c.id = p_conversation
        returning c.last_seq into v_seq;
    insert into log_events (conversation_id, seq, id, kind, actor_id, body, created_at, partition, command_pos)
        values (p_conversation, v_seq, event_id(cmd.id, p_ordinal), p_kind, p_actor, p_body, now(), cmd.partition, cmd.pos);
    return v_seq;
end $$;

-- Puts news of one command behind what it tells already: of a conversation, or of these people.
create function tell(cmd placed_command, p_conversation uuid, p_users bigint[], p_body jsonb) returns void language plpgsql as $$
declare
    v_ord int := (select coalesce(max(o.ord), 0) from outbox o
                   where o.partition = cmd.partition and o.incarnation = cmd.incarnation and o.command_pos = cmd.pos);
begin
    insert into outbox (partition, incarnation, command_pos, ord, command_id, conversation_id, user_id, body)
        select cmd.partition, cmd.incarnation, cmd.pos, v_ord + x.ord, cmd.id, p_conversation, x.user_id, p_body
        from unnest(coalesce(p_users, array[null::bigint])) with ordinality as x (user_id, ord);
end $$;

-- Tells people that they are in a conversation from these positions on, or out of it (no positions). Their rows are locked.
create function tell_memberships(cmd placed_command, p_conversation uuid, p_users bigint[], p_joined bigint[])
returns void language plpgsql as $$
declare
    v_ord int := (select coalesce(max(o.ord), 0) from outbox o
                   where o.partition = cmd.partition and o.incarnation = cmd.incarnation and o.command_pos = cmd.pos);
begin
    with raised as (
        update users u set membership_version = u.membership_version + 1
        from unnest(p_users, p_joined) as x (user_id, joined_seq) where u.id = x.user_id
        returning u.id, u.membership_version, x.joined_seq
    )
    insert into outbox (partition, incarnation, command_pos, ord, command_id, user_id, body)
        select cmd.partition, cmd.incarnation, cmd.pos, v_ord + row_number() over (order by r.id), cmd.id, r.id,
               jsonb_strip_nulls(jsonb_build_object(
                   'kind', case when r.joined_seq is null then 'left' else 'joined' end, 'version', r.membership_version,
                   'conversation_id', p_conversation, 'joined_seq', r.joined_seq))
        from raised r;
end $$;

-- Tells people that those whose presence they may see are others now.
create function tell_acquaintances(cmd placed_command, p_users bigint[]) returns void language plpgsql as $$
begin
    perform tell(cmd, null, p_users, '{"kind": "acquaintances"}');
end $$;

-- How a conversation stands for one participant, as its own devices are told.
create function standing_of(v conversations, me participants, p_read_count bigint, p_muted boolean)
returns jsonb language sql immutable as $$
    select jsonb_build_object('kind', 'standing', 'conversation_id', v.id, 'message_count', v.message_count,
                              'sent_count', me.sent_count, 'read_count', p_read_count, 'muted', p_muted)
$$;

-- Everybody who takes part, by id.
create function present_users(p_conversation uuid) returns bigint[] language plpgsql stable as $$
begin
    return array(select p.user_id from participants p where p.conversation_id = p_conversation and p.left_seq is null
                  order by p.user_id);
end $$;

-- What one command tells, in order.
create function news_of(cmd placed_command) returns jsonb language plpgsql stable as $$
begin
    return (select jsonb_agg(jsonb_build_object('conversation_id', o.conversation_id, 'user_id', o.user_id, 'body', o.body)
                             order by o.ord)
              from outbox o
             where o.partition = cmd.partition and o.incarnation = cmd.incarnation and o.command_pos = cmd.pos and o.ord > 0);
end $$;

-- Begins one conversation, unless it is there. p_people: those of its people who exist; their rows are locked.
drop function create_conversation;
create function create_conversation(
    cmd placed_command, p_people bigint[],
    out outcome smallint, out id uuid, out seq bigint, out at timestamptz, out detail jsonb, out news jsonb
) language plpgsql as $$
#variable_conflict use_column
declare
    v_actor bigint := (cmd.body ->> 'actor_id')::bigint;
    v_people bigint[] := array(select x::bigint from jsonb_array_elements_text(cmd.body -> 'participants') as x);
    v_key bytea := decode(cmd.body ->> 'unique_key', 'hex');
    v_unknown bigint[];
begin
    at := now();
    select 1::smallint, c.id into outcome, id from conversations c where c.id = cmd.id;
    if found then return; end if;
    if v_key is not null then
        select 2::smallint, c.id into outcome, id from conversations c where c.unique_key = v_key;
        if found then
            update participants p set hidden_seq = null
                where p.conversation_id = create_conversation.id and p.user_id = v_actor and p.hidden_seq is not null;
            return;
        end if;
    end if;
    id := cmd.id;
    if (cmd.body ->> 'not_after')::timestamptz < clock_timestamp() then
        outcome := 4;
        return;
    end if;
    v_unknown := array(select x from unnest(v_people) as x where x <> all (p_people));
    if cardinality(v_unknown) > 0 then
        outcome := 5;
        detail := jsonb_build_object('unknown_participants', to_jsonb(v_unknown));
        return;
    end if;
    outcome := 0;
    seq := 1;
    insert into conversations (id, kind, title, job, job_id, metadata, unique_key, last_seq, participant_count,
                               created_at, updated_at)
        values (cmd.id, (cmd.body ->> 'kind')::smallint, cmd.body ->> 'title', nullif(cmd.body -> 'job', 'null'),
                cmd.body ->> 'job_id', cmd.body -> 'metadata', v_key, 1, cardinality(v_people), at, at);
    insert into participants (conversation_id, user_id, role, joined_seq)
        select cmd.id, x, case when x = v_actor then 0 else 2 end, 1 from unnest(v_people) as x;
    detail := jsonb_build_object('conversation', conversation_summary(cmd.id));
    insert into log_events (conversation_id, seq, id, kind, actor_id, body, created_at, partition, command_pos)
        values (cmd.id, 1, cmd.id, 1, v_actor, detail, at, cmd.partition, cmd.pos);
    perform tell_memberships(cmd, cmd.id, v_people, array_fill(1::bigint, array[cardinality(v_people)]));
    if cardinality(v_people) <= 200 then perform tell_acquaintances(cmd, v_people); end if;
    news := news_of(cmd);
end $$;

-- Lets people in. p_people: those who exist; their rows are locked. Everything before its entry counts as read for a newcomer.
create function add_participants(
    cmd placed_command, p_people bigint[], v conversations, me participants, out outcome smallint, out detail jsonb
) language plpgsql as $$
declare
    v_role smallint := role_number(cmd.body ->> 'role');
    v_asked bigint[] := array(select x::bigint from jsonb_array_elements_text(cmd.body -> 'user_ids') as x);
    v_unknown bigint[];
    v_new bigint[];
    v_joined bigint[];
    v_head bigint;
begin
    if v.kind = 0 then
        outcome := 8;
        detail := '"A direct conversation''s pair is fixed."';
        return;
    end if;
    if me.role > 1 or me.role = 1 and v_role < 2 then
        outcome := 7;
        return;
    end if;
    if v_role < 1 then
        outcome := 5;
        detail := '{"errors": {"role": ["admin or member."]}}';
        return;
    end if;
    v_unknown := array(select x from unnest(v_asked) as x where x <> all (p_people) order by 1);
    if cardinality(v_unknown) > 0 then
        outcome := 5;
        detail := jsonb_build_object('unknown_participants', to_jsonb(v_unknown));
        return;
    end if;
    v_new := array(select x from unnest(v_asked) as x
                    where not exists (select 1 from participants p
                                       where p.conversation_id = v.id and p.user_id = x and p.left_seq is null)
                    order by 1);
    if v.participant_count + cardinality(v_new) > max_participants() then
        outcome := 5;
        detail := jsonb_build_object('errors', jsonb_build_object('user_ids', jsonb_build_array(
            format('At most %s participants.', max_participants()))));
        return;
    end if;
    outcome := 6;
    if cardinality(v_new) = 0 then return; end if;
    v_head := v.last_seq + cardinality(v_new);
    v_joined := array(select generate_series(v.last_seq + 1, v_head));
    insert into participants as p (conversation_id, user_id, role, joined_seq, read_count, read_seq)
        select v.id, x.user_id, v_role, x.seq, v.message_count, v_head from unnest(v_new, v_joined) as x (user_id, seq)
        on conflict (conversation_id, user_id) do update set
            role = excluded.role, joined_seq = excluded.joined_seq, left_seq = null, read_seq = excluded.read_seq,
            read_count = excluded.read_count - p.sent_count, read_at = null, muted = false, archived = false, hidden_seq = null;
    delete from read_marks r where r.conversation_id = v.id and r.user_id = any (v_new);
    update conversations c set last_seq = v_head, participant_count = c.participant_count + cardinality(v_new),
                               unique_key = null, updated_at = now()
        where c.id = v.id;
    insert into log_events (conversation_id, seq, id, kind, actor_id, body, created_at, partition, command_pos)
        select v.id, x.seq, event_id(cmd.id, (x.seq - v.last_seq - 1)::int), 2, me.user_id,
               jsonb_build_object('user_id', u.id, 'role', role_name(v_role), 'participant', jsonb_build_object(
                   'id', u.id, 'name', u.name, 'avatar_url', u.avatar_url, 'role', role_name(v_role),
                   'user_role', (array['client', 'freelancer', 'admin', 'service'])[u.role + 1])),
               now(), cmd.partition, cmd.pos
        from unnest(v_new, v_joined) as x (user_id, seq) join users u on u.id = x.user_id;
    perform tell_memberships(cmd, v.id, v_new, v_joined);
    if v.participant_count <= 200 then perform tell_acquaintances(cmd, present_users(v.id)); end if;
end $$;

-- Removes somebody, or lets the one who asks leave: an owner hands over to the longest-serving admin, else member.
create function remove_participant(
    cmd placed_command, v conversations, me participants, out outcome smallint, out detail jsonb
) language plpgsql as $$
declare
    v_target bigint := (cmd.body ->> 'user_id')::bigint;
    v_role smallint := (select p.role from participants p
                         where p.conversation_id = v.id and p.user_id = v_target and p.left_seq is null);
    v_heir bigint;
    v_ordinal int := 0;
    v_seq bigint;
begin
    if v.kind = 0 then
        outcome := 8;
        detail := '"A direct conversation''s pair is fixed."';
        return;
    end if;
    if v_role is null then
        outcome := 3;
        return;
    end if;
    if v_target <> me.user_id and (me.role > 1 or v_role <= me.role) then
        outcome := 7;
        return;
    end if;
    outcome := 6;
    if v_role = 0 then
        select p.user_id into v_heir from participants p
            where p.conversation_id = v.id and p.left_seq is null and p.user_id <> v_target
            order by p.role, p.joined_seq, p.user_id limit 1;
        if found then
            update participants p set role = 0 where p.conversation_id = v.id and p.user_id = v_heir;
            perform append_event(cmd, v.id, 0, 4, me.user_id, jsonb_build_object('user_id', v_heir, 'role', 'owner'));
            v_ordinal := 1;
        end if;
    end if;
    v_seq := append_event(cmd, v.id, v_ordinal, 3, me.user_id,
                          jsonb_build_object('user_id', v_target, 'role', role_name(v_role)));
    update participants p set left_seq = v_seq where p.conversation_id = v.id and p.user_id = v_target;
    update conversations c set participant_count = c.participant_count - 1, unique_key = null where c.id = v.id;
    perform tell_memberships(cmd, v.id, array[v_target], null);
    if v.participant_count <= 201 then perform tell_acquaintances(cmd, v_target || present_users(v.id)); end if;
end $$;

-- Gives somebody another role. Making another the owner makes the one who asks an admin.
create function change_participant(
    cmd placed_command, v conversations, me participants, out outcome smallint, out detail jsonb
) language plpgsql as $$
declare
    v_target bigint := (cmd.body ->> 'user_id')::bigint;
    v_role smallint := role_number(cmd.body ->> 'role');
    v_former smallint := (select p.role from participants p
                           where p.conversation_id = v.id and p.user_id = v_target and p.left_seq is null);
begin
    outcome := case when v.kind = 0 then 8 when me.role > 0 then 7 when v_former is null then 3
                    when v_former = 0 and v_role > 0 then 8 else 6 end;
    if outcome = 8 then
        detail := case when v.kind = 0 then '"The roles in a direct conversation are fixed."'
                       else '"Make somebody else the owner first."' end;
    end if;
    if outcome <> 6 or v_role = v_former then return; end if;
    update participants p set role = v_role where p.conversation_id = v.id and p.user_id = v_target;
    perform append_event(cmd, v.id, 0, 4, me.user_id, jsonb_build_object('user_id', v_target, 'role', role_name(v_role)));
    if v_role = 0 then
        update participants p set role = 1 where p.conversation_id = v.id and p.user_id = me.user_id;
        perform append_event(cmd, v.id, 1, 4, me.user_id, jsonb_build_object('user_id', me.user_id, 'role', 'admin'));
    end if;
end $$;

-- Changes what a conversation is called and about, and how the one who asks keeps it: all of it or nothing.
create function update_conversation(
    cmd placed_command, v conversations, me participants, out outcome smallint, out detail jsonb
) language plpgsql as $$
declare
    v_changes jsonb := cmd.body -> 'changes';
    v_title text := case when v_changes ? 'title' then v_changes ->> 'title' else v.title end;
    v_job jsonb := case when v_changes ? 'job' then nullif(v_changes -> 'job', 'null') else v.job end;
    v_metadata jsonb := coalesce(v_changes -> 'metadata', v.metadata);
    v_muted boolean := coalesce((v_changes ->> 'muted')::boolean, me.muted);
    v_archived boolean := coalesce((v_changes ->> 'archived')::boolean, me.archived);
    v_wrong text := case when v.kind = 2 and v_job is null then 'A job conversation needs a job.'
                         when v.kind = 0 and v_job is not null then 'A direct conversation has no job.' end;
begin
    if me.role > 1 and v_changes ?| array['title', 'job', 'metadata'] then
        outcome := 7;
        return;
    end if;
    if v_wrong is not null then
        outcome := 5;
        detail := jsonb_build_object('errors', jsonb_build_object('job', jsonb_build_array(v_wrong)));
        return;
    end if;
    outcome := 6;
    if (v_title, v_job, v_metadata) is distinct from (v.title, v.job, v.metadata) then
        update conversations c set title = v_title, job = v_job, metadata = v_metadata, job_id = v_job ->> 'id',
                                   unique_key = case when v_job ->> 'id' is not distinct from c.job_id then c.unique_key end
            where c.id = v.id;
        perform append_event(cmd, v.id, 0, 5, me.user_id, jsonb_build_object('conversation', conversation_summary(v.id)));
        if v.job ->> 'id' = v_job ->> 'id' and v.job ->> 'status' is distinct from v_job ->> 'status' then
            perform append_system_message(cmd, v.id, 1, me.user_id, 'Job status: ' || coalesce(v_job ->> 'status', 'none'));
        end if;
    end if;
    if (v_muted, v_archived) is distinct from (me.muted, me.archived) then
        update participants p set muted = v_muted, archived = v_archived
            where p.conversation_id = v.id and p.user_id = me.user_id;
        if v_muted <> me.muted then
            perform tell(cmd, null, array[me.user_id], standing_of(v, me, me.read_count, v_muted));
        end if;
    end if;
end $$;

-- Deletes a group for all: nobody takes part in it from then on. Puts any other conversation away for the one who asks.
create function delete_conversation(
    cmd placed_command, v conversations, me participants, out outcome smallint, out detail jsonb
) language plpgsql as $$
declare
    v_people bigint[];
begin
    outcome := 6;
    if v.kind <> 1 then
        update participants p set hidden_seq = v.last_seq where p.conversation_id = v.id and p.user_id = me.user_id;
        return;
    end if;
    if me.role > 0 then
        outcome := 7;
        return;
    end if;
    v_people := present_users(v.id);
    update conversations c set deleted_at = now() where c.id = v.id;
    update participants p set left_seq = v.last_seq where p.conversation_id = v.id and p.left_seq is null;
    perform tell(cmd, v.id, null, jsonb_build_object('kind', 'deleted', 'actor_id', me.user_id, 'deleted_at', now()));
    perform tell_memberships(cmd, v.id, v_people, null);
    if v.participant_count <= 200 then perform tell_acquaintances(cmd, v_people); end if;
end $$;

-- How many messages of others between two positions (the first exclusive) somebody has not read.
create function count_unread(p_conversation uuid, p_reader bigint, p_after bigint, p_until bigint)
returns bigint language plpgsql stable as $$
begin
    return (select count(*) from messages m
             where m.conversation_id = p_conversation and m.seq > p_after and m.seq <= p_until
               and m.sender_id <> p_reader and m.message_type <> 4)
         - (select count(*) from read_marks r
             where r.conversation_id = p_conversation and r.user_id = p_reader and r.seq > p_after and r.seq <= p_until);
end $$;

-- Marks messages as read: exact per message, in the reader's rows alone. What is read up to a place costs the smaller of
-- the two sides of that place, and nothing where it is the head.
create function mark_as_read(
    cmd placed_command, v conversations, me participants, out outcome smallint, out detail jsonb, out news jsonb
) language plpgsql as $$
declare
    v_place jsonb := cmd.body -> 'up_to';
    v_asked bigint := case
        when v_place = '"all"' then v.last_seq
        when v_place ? 'seq' then least((v_place ->> 'seq')::bigint, v.last_seq)
        when v_place ? 'message' then (select m.seq from messages m
                                        where m.id = (v_place ->> 'message')::uuid and m.conversation_id = v.id) end;
    -- An unknown place marks nothing.
    v_to bigint := greatest(v_asked, me.read_seq);
    v_ids uuid[] := array(select x::uuid from jsonb_array_elements_text(coalesce(cmd.body -> 'message_ids', '[]')) as x);
    v_unread bigint := greatest(v.message_count - me.sent_count - me.read_count, 0);
    v_up_to bigint := 0;
    v_fresh bigint[] := '{}';
    v_marked bigint;
    v_next bigint;
    v_read jsonb;
begin
    outcome := 6;
    if v_unread > 0 and v_to > me.read_seq then
        v_up_to := case when v_to = v.last_seq then v_unread
                        when v_to - me.read_seq <= v.last_seq - v_to then count_unread(v.id, me.user_id, me.read_seq, v_to)
                        else v_unread - count_unread(v.id, me.user_id, v_to, v.last_seq) end;
    end if;
    if v_unread > v_up_to and cardinality(v_ids) > 0 then
        -- Looked up by id alone: no plan may look through the conversation for them.
        with named as materialized (
            select m.conversation_id, m.seq, m.sender_id, m.message_type from messages m where m.id = any (v_ids)
        ), marked as (
            insert into read_marks (conversation_id, user_id, seq)
            select n.conversation_id, me.user_id, n.seq from named n
            where n.conversation_id = v.id and n.seq > v_to and n.sender_id <> me.user_id and n.message_type <> 4
            on conflict do nothing
            returning seq
        )
        select coalesce(array_agg(k.seq), '{}') into v_fresh from marked k;
    end if;
    v_marked := v_up_to + cardinality(v_fresh);
    v_unread := v_unread - v_marked;
    if v_marked > 0 or v_unread > 0 and v_to > me.read_seq then
        -- The newest of what was read up to the place; the limit ends the search once all of it is found.
        v_fresh := v_fresh || array(
            select m.seq from messages m
            where m.conversation_id = v.id and m.seq > me.read_seq and m.seq <= v_to
              and m.sender_id <> me.user_id and m.message_type <> 4
              and (select r.seq from read_marks r
                    where r.conversation_id = m.conversation_id and r.user_id = me.user_id and r.seq = m.seq) is null
            order by m.seq desc limit least(v_up_to, 500 - cardinality(v_fresh)));
        v_next := case when v_unread = 0 then v.last_seq + 1 else (
            select m.seq from messages m
            where m.conversation_id = v.id and m.seq > v_to and m.sender_id <> me.user_id and m.message_type <> 4
              and (select r.seq from read_marks r
                    where r.conversation_id = m.conversation_id and r.user_id = me.user_id and r.seq = m.seq) is null
            order by m.seq limit 1) end;
        v_to := coalesce(v_next - 1, v_to);
        delete from read_marks r where r.conversation_id = v.id and r.user_id = me.user_id and r.seq <= v_to;
        update participants p set read_seq = v_to, read_count = p.read_count + v_marked,
                                  read_at = case when v_marked > 0 then now() else p.read_at end
            where p.conversation_id = v.id and p.user_id = me.user_id;
    end if;
    detail := jsonb_build_object('marked', v_marked, 'unread_count', least(v_unread, 1000));
    if v_marked = 0 then return; end if;
    select jsonb_build_object('kind', 'read', 'reader_id', me.user_id, 'up_to_seq', v_to, 'read_at', now(),
                              'message_ids', jsonb_agg(m.id order by m.seq))
           || case when v.participant_count > 100
                   then jsonb_build_object('only', jsonb_build_array(me.user_id) || jsonb_agg(distinct m.sender_id))
                   when is_silenced(v, me) then jsonb_build_object('only', jsonb_build_array(me.user_id))
                   else '{}' end
        into v_read
        from unnest(v_fresh) as x (seq), lateral (
            select m.id, m.seq, m.sender_id from messages m where m.conversation_id = v.id and m.seq = x.seq offset 0) m;
    news := jsonb_build_array(
        jsonb_build_object('conversation_id', v.id, 'body', v_read),
        jsonb_build_object('user_id', me.user_id, 'body', standing_of(v, me, me.read_count + v_marked, me.muted)));
    insert into outbox (partition, incarnation, command_pos, ord, command_id, conversation_id, user_id, body)
        select cmd.partition, cmd.incarnation, cmd.pos, x.ord, cmd.id, x.conversation_id, x.user_id, x.body
        from rows from (jsonb_to_recordset(news) as (conversation_id uuid, user_id bigint, body jsonb)) with ordinality
            as x (conversation_id, user_id, body, ord);
end $$;

-- Carries out one command that is neither a message nor a creation. A known one is answered as the first time.
create function carry_out(
    p_kind text, cmd placed_command, p_people bigint[],
    out outcome smallint, out detail jsonb, out events jsonb, out news jsonb
) language plpgsql as $$
declare
    v conversations;
    me participants;
begin
    select x.outcome, x.detail into outcome, detail from find_answers(array[cmd.id]) as x;
    if found then return; end if;
    select * into v from conversations c where c.id = (cmd.body ->> 'conversation_id')::uuid and c.deleted_at is null;
    select * into me from participants p
        where p.conversation_id = v.id and p.left_seq is null
          and p.user_id = coalesce(cmd.body ->> 'actor_id', cmd.body ->> 'reader_id')::bigint;
    if me.user_id is null then
        outcome := 3;
    elsif (cmd.body ->> 'not_after')::timestamptz < clock_timestamp() then
        outcome := 4;
    else
        case p_kind
            when 'mark_as_read' then select * into outcome, detail, news from mark_as_read(cmd, v, me);
            when 'add_participants' then select * into outcome, detail from add_participants(cmd, p_people, v, me);
            when 'remove_participant' then select * into outcome, detail from remove_participant(cmd, v, me);
            when 'change_participant' then select * into outcome, detail from change_participant(cmd, v, me);
            when 'update_conversation' then select * into outcome, detail from update_conversation(cmd, v, me);
            when 'delete_conversation' then select * into outcome, detail from delete_conversation(cmd, v, me);
            when 'edit_message' then select * into outcome, detail from edit_message(cmd, v, me);
            when 'delete_message' then select * into outcome, detail from delete_message(cmd, v, me);
            when 'set_reaction' then select * into outcome, detail from set_reaction(cmd, v, me);
        end case;
    end if;
    if outcome = 6 and p_kind <> 'mark_as_read' then
        events := (
            select jsonb_agg(x.event order by x.seq) from (
                select e.seq, jsonb_build_object('id', e.id, 'seq', e.seq, 'kind', e.kind, 'actor_id', e.actor_id,
                                                 'at', e.created_at, 'body', e.body) as event
                from log_events e where e.conversation_id = v.id and e.seq > v.last_seq
                union all
                select m.seq, jsonb_build_object('id', m.id, 'seq', m.seq, 'kind', 0, 'actor_id', m.actor_id,
                                                 'at', m.created_at,
                                                 'body', jsonb_build_object('number', m.number,
                                                                            'message', message_json(v.id, m.seq)))
                from messages m where m.conversation_id = v.id and m.seq > v.last_seq
            ) x);
        news := news_of(cmd);
    end if;
    if events is null then
        insert into outbox (partition, incarnation, command_pos, ord, command_id, body)
            values (cmd.partition, cmd.incarnation, cmd.pos, 0, cmd.id,
                    jsonb_build_object('outcome', outcome, 'detail', detail));
    end if;
end $$;

-- The answers to commands that were carried out or refused before: by what they left in the log, or by the kept answer.
create function find_answers(p_commands uuid[])
returns table (command_id uuid, outcome smallint, detail jsonb) language plpgsql stable as $$
begin
    return query
        select o.command_id, (o.body ->> 'outcome')::smallint, nullif(o.body -> 'detail', 'null') from outbox o
        where o.command_id = any (p_commands) and o.conversation_id is null and o.user_id is null
        union all
        select e.id, 6::smallint, null from log_events e where e.id = any (p_commands);
end $$;

-- Whose membership versions these commands may raise: locked in the order of their ids, so that no two batches wait for
-- each other. Returns those who exist.
create function lock_people(p_kinds text[], p_bodies jsonb[]) returns bigint[] language plpgsql as $$
declare
    v_named bigint[];
    v_locked bigint[];
begin
    select array_agg(distinct x.user_id) into v_named
        from unnest(p_kinds, p_bodies) as i (kind, body), lateral (
            select jsonb_array_elements_text(case i.kind when 'create_conversation' then i.body -> 'participants'
                                                         when 'add_participants' then i.body -> 'user_ids' end)::bigint
            union all
            select (i.body ->> 'user_id')::bigint where i.kind = 'remove_participant'
            union all
            select p.user_id from conversations c join participants p on p.conversation_id = c.id and p.left_seq is null
            where i.kind = 'delete_conversation' and c.id = (i.body ->> 'conversation_id')::uuid and c.kind = 1
        ) as x (user_id);
    if v_named is not null then
        select array_agg(x.id) into v_locked
            from (select u.id from users u where u.id = any (v_named) order by u.id for no key update) x;
    end if;
    return coalesce(v_locked, '{}');
end $$;

-- Decides and stores one batch in one transaction: fence (f_*), messages (m_*), every other command (c_*).
-- Commands of one step touch each conversation with one kind only; steps are carried out in order.
drop function apply_commands;
create function apply_commands(
    p_worker text, p_incarnation bigint, p_lease interval,
    f_partition smallint[], f_epoch bigint[], f_from bigint[], f_to bigint[], f_command uuid[],
    m_ord int[], m_step int[], m_partition smallint[], m_pos bigint[], m_id uuid[], m_conversation uuid[],
    m_sender bigint[], m_client text[], m_type smallint[], m_content text[], m_reply uuid[], m_attachments text[],
    m_not_after timestamptz[],
    c_ord int[], c_step int[], c_partition smallint[], c_pos bigint[], c_id uuid[], c_kind text[], c_body jsonb[]
) returns table (
    ord int, outcome smallint, id uuid, seq bigint, at timestamptz,
    sender_name text, sender_avatar_url text, sender_role smallint, number bigint, sent_count bigint,
    detail jsonb, events jsonb, news jsonb
) language plpgsql as $$
#variable_conflict use_column
declare
    v_step int;
    v_steps int := greatest((select max(x) from unnest(m_step) x), (select max(x) from unnest(c_step) x));
    v_people bigint[];
    v_command record;
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
            select -1, 9::smallint, null::uuid, null::bigint, null::timestamptz, null::text, null::text, null::smallint,
                   null::bigint, null::bigint, null::jsonb, null::jsonb, null::jsonb
            union all
            select i.ord, case when m.id = i.id then 1 else 2 end::smallint, m.id, m.seq, m.created_at, null, null, null,
                   null, null, null, null, null
            from unnest(m_ord, m_id, m_conversation, m_sender, m_client) as i (ord, id, conversation_id, sender_id, client_id)
            join messages m on m.id = i.id
                or (m.conversation_id = i.conversation_id and m.sender_id = i.sender_id and m.client_id = i.client_id)
            union all
            select i.ord, 1::smallint, c.id, 1::bigint, c.created_at, null, null, null, null, null, null, null, null
            from unnest(c_ord, c_id, c_kind) as i (ord, id, kind) join conversations c on c.id = i.id
            where i.kind = 'create_conversation'
            union all
            select i.ord, x.outcome, null, null, null, null, null, null, null, null, x.detail, null, null
            from unnest(c_ord, c_id, c_kind) as i (ord, id, kind)
            join find_answers(c_id) as x on x.command_id = i.id
            where i.kind <> 'create_conversation';
        return;
    end if;

    perform 1 from conversations c
        where c.id = any (m_conversation || array(
            select (i.body ->> 'conversation_id')::uuid from unnest(c_kind, c_body) as i (kind, body)
            where i.kind not in ('mark_as_read', 'create_conversation')))
        order by c.id for no key update;
    if cardinality(c_ord) > 0 then v_people := lock_people(c_kind, c_body); end if;
    perform lock_attachments(array(
        select x::uuid from unnest(m_attachments) as i (ids), regexp_split_to_table(i.ids, ',') as x where i.ids is not null));

    for v_step in 0..coalesce(v_steps, -1) loop
        if v_step = any (m_step) then
        return query
            with asked as materialized (
                select i.*, c.last_seq, c.message_count, p.user_id is not null and c.deleted_at is null as is_member,
                       coalesce(kc.id, kk.id) as known_id, coalesce(kc.seq, kk.seq) as known_seq,
                       coalesce(kc.created_at, kk.created_at) as known_at, kc.id is not null as is_same_command,
                       i.reply_to is not null and r.id is null as is_reply_unknown,
                       u.name as sender_name, u.avatar_url as sender_avatar_url, u.role as sender_role,
                       p.sent_count as sent_before, c.kind = 0 and p.role <> 0 as is_answerer,
                       string_to_array(i.attachments, ',')::uuid[] as attachment_ids,
                       case when u.block_count > 0 and c.kind <> 1 and c.participant_count = 2
                            then is_blocked(c.id, i.sender_id) end as is_blocked,
                       case when i.attachments is not null
                            then not check_attachments(i.sender_id, string_to_array(i.attachments, ',')::uuid[])
                       end as is_attachment_unknown
                from unnest(m_ord, m_step, m_partition, m_pos, m_id, m_conversation, m_sender, m_client, m_type, m_content,
                            m_reply, m_attachments, m_not_after)
                     as i (ord, step, partition, pos, id, conversation_id, sender_id, client_id, message_type, content,
                           reply_to, attachments, not_after)
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
                    when a.is_blocked then 10
                    when a.is_reply_unknown or a.is_attachment_unknown then 5
                    else 0 end::smallint as outcome
                from asked a
            ), stored as materialized (
                -- What the system says is never unread: it repeats the number before it.
                select j.*, j.last_seq + row_number() over w as seq,
                       j.message_count + count(*) filter (where j.message_type <> 4) over w as number,
                       j.sent_before + count(*) filter (where j.message_type <> 4)
                           over (partition by j.conversation_id, j.sender_id order by j.ord) as sent_count
                from judged j where j.outcome = 0
                window w as (partition by j.conversation_id order by j.ord)
            ), inserted as (
                insert into messages (conversation_id, seq, id, number, sender_id, client_id, message_type, content, reply_to,
                                      attachment_count, created_at, partition, command_pos)
                select s.conversation_id, s.seq, s.id, s.number, s.sender_id, s.client_id, s.message_type, s.content, s.reply_to,
                       coalesce(cardinality(s.attachment_ids), 0), now(), s.partition, s.pos
                from stored s
            ), linked as (
                insert into message_attachments (conversation_id, seq, ord, attachment_id)
                select s.conversation_id, s.seq, x.ord - 1, x.id
                from stored s, unnest(s.attachment_ids) with ordinality as x (id, ord)
                where s.attachment_ids is not null
            ), kept as (
                update attachments a set collect_after = null
                where a.collect_after is not null
                  and a.id in (select unnest(s.attachment_ids) from stored s where s.attachment_ids is not null)
            ), moved as (
                update conversations c set last_seq = x.last_seq, last_message_seq = x.last_seq, message_count = x.number,
                                           updated_at = now()
                from (select s.conversation_id, max(s.seq) as last_seq, max(s.number) as number from stored s group by 1) x
                where c.id = x.conversation_id
            ), counted as (
                update participants p set sent_count = x.sent_count
                from (select s.conversation_id, s.sender_id, max(s.sent_count) as sent_count from stored s group by 1, 2) x
                where p.conversation_id = x.conversation_id and p.user_id = x.sender_id
            ), told as (
                -- Whoever opened a direct conversation sees the other's presence from the other's first word on.
                insert into outbox (partition, incarnation, command_pos, ord, command_id, user_id, body)
                select s.partition, p_incarnation, s.pos, 1, s.id, o.user_id, '{"kind": "acquaintances"}'
                from stored s join participants o on o.conversation_id = s.conversation_id and o.role = 0
                where s.is_answerer and s.sent_count = 1
                returning command_id, user_id, body
            )
            select j.ord, j.outcome, j.known_id, j.known_seq, j.known_at, null::text, null::text, null::smallint,
                   null::bigint, null::bigint,
                   case when j.outcome = 5 and j.is_attachment_unknown
                        then '{"errors": {"attachment_ids": ["No such attachment."]}}'::jsonb end,
                   null::jsonb, null::jsonb
            from judged j where j.outcome <> 0
            union all
            select s.ord, s.outcome, s.id, s.seq, now(), s.sender_name, s.sender_avatar_url, s.sender_role,
                   s.number, s.sent_count,
                   case when s.attachment_ids is not null then (
                       select jsonb_build_object('attachments', jsonb_agg(attachment_json(a) order by x.ord))
                       from unnest(s.attachment_ids) with ordinality as x (id, ord) join attachments a on a.id = x.id) end,
                   null::jsonb,
                   case when s.is_answerer and s.sent_count = 1 then (
                       select jsonb_agg(jsonb_build_object('user_id', t.user_id, 'body', t.body))
                       from told t where t.command_id = s.id) end
            from stored s;
        end if;

        if v_step = any (c_step) then
        for v_command in
            select i.ord, i.kind, row(i.id, i.partition, p_incarnation, i.pos, i.body)::placed_command as cmd
            from unnest(c_ord, c_step, c_partition, c_pos, c_id, c_kind, c_body)
                 as i (ord, step, partition, pos, id, kind, body)
            where i.step = v_step
            order by i.ord
        loop
            if v_command.kind = 'create_conversation' then
                return query
                    select v_command.ord, x.outcome, x.id, x.seq, x.at, null::text, null::text, null::smallint,
                           null::bigint, null::bigint, x.detail, null::jsonb, x.news
                    from create_conversation(v_command.cmd, v_people) as x;
            else
                return query
                    select v_command.ord, x.outcome, null::uuid, null::bigint, null::timestamptz, null::text, null::text,
                           null::smallint, null::bigint, null::bigint, x.detail, x.events, x.news
                    from carry_out(v_command.kind, v_command.cmd, v_people) as x;
            end if;
        end loop;
        end if;
    end loop;
end $$;
