-- Who is locked out, what administrators and machines do from outside of conversations, and what is on record of it. Forward only.

alter table users
    -- Locked out since then: no token of theirs counts.
    add column deactivated_at timestamptz,
    -- Of an administrator (role 2): what they are besides, and will be when they are none any more.
    add column role_besides smallint;
create index users_name on users (lower(name) text_pattern_ops, id);
create index conversations_job on conversations (job_id, id) where job_id is not null;

-- Who has done what under /api/admin/, and to whom an operator has given which power.
create table audit (
    id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    -- Null: an operator, past the services.
    actor_id bigint,
    action text not null,
    -- The id of whom or what it was done to.
    object text,
    request_id text,
    detail jsonb
);
create index audit_actor on audit (actor_id, id);
create index audit_object on audit (object, id) where object is not null;

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'what is on record stays as it is' using errcode = 'insufficient_privilege';
end $$;

create trigger audit_is_append_only before update or delete or truncate on audit
    for each statement execute function refuse_change();

alter table reports
    -- State: 0 open, 1 dismissed, 2 actioned. Why, by whom and when is null until somebody decides.
    add column note text,
    add column reviewed_by bigint,
    add column reviewed_at timestamptz;
drop index reports_waiting;
create index reports_state on reports (state, id);
create index reports_conversation on reports (conversation_id, id);

-- Creates somebody, or replaces what others see of them; null for p_is_active leaves that as it is.
-- Outcomes: 0 created, 6 replaced, 8 not with an administrator or a machine.
create function put_user(
    p_id bigint, p_name text, p_role smallint, p_avatar_url text, p_is_active boolean, p_actor bigint, p_request text,
    out outcome smallint
) language plpgsql as $$
declare
    v users;
begin
    insert into users (id, name, role) values (p_id, p_name, p_role) on conflict do nothing;
    outcome := case when found then 0 else 6 end;
    select * into v from users u where u.id = p_id for no key update;
    if v.role = 3 or v.role = 2 and not p_is_active then
        outcome := 8;
        return;
    end if;
    update users u set name = p_name, avatar_url = p_avatar_url, claims_at = clock_timestamp(),
                       role = case when v.role = 2 then 2 else p_role end,
                       role_besides = case when v.role = 2 then p_role end,
                       deactivated_at = case p_is_active when true then null when false then coalesce(v.deactivated_at, now())
                                                         else v.deactivated_at end
        where u.id = p_id;
    insert into audit (actor_id, action, object, request_id, detail)
        values (p_actor, case outcome when 0 then 'user_created' else 'user_replaced' end, p_id::text, p_request,
                jsonb_strip_nulls(jsonb_build_object('role', (array['client', 'freelancer'])[p_role + 1], 'is_active', p_is_active)));
end $$;

-- Makes somebody an administrator, or takes that back; an operator's affair. Outcomes: 3 unknown, 6 it is so, 8 a machine or locked out.
create function set_administrator(p_id bigint, p_is_set boolean, out outcome smallint) language plpgsql as $$
declare
    v users;
begin
    select * into v from users u where u.id = p_id for no key update;
    outcome := case when v.id is null then 3 when v.role = 3 or p_is_set and v.deactivated_at is not null then 8 else 6 end;
    if outcome <> 6 or (v.role = 2) = p_is_set then return; end if;
    update users u set role = case when p_is_set then 2 else coalesce(v.role_besides, 0) end,
                       role_besides = case when p_is_set then v.role end
        where u.id = p_id;
    insert into audit (action, object) values (case when p_is_set then 'admin_granted' else 'admin_revoked' end, p_id::text);
end $$;

-- What somebody is on the platform who acts on a conversation from outside; null for those who are locked out.
create function outside_role(p_user bigint) returns smallint language sql stable as $$
    select u.role from users u where u.id = p_user and u.deactivated_at is null
$$;

-- What a machine says as the system is known again by who caused it.
create unique index messages_posted on messages (conversation_id, actor_id, client_id)
    where sender_id is null and client_id is not null;

-- Says something without a sender. It is never unread: it repeats the number of the message before it.
drop function append_system_message;
create function append_system_message(
    cmd placed_command, p_conversation uuid, p_ordinal int, p_actor bigint, p_content text, p_client text default null
) returns bigint language plpgsql as $$
declare
    v conversations;
begin
    update conversations c set last_seq = c.last_seq + 1, last_message_seq = c.last_seq + 1, updated_at = now()
        where c.id = p_conversation returning * into v;
    insert into messages (conversation_id, seq, id, number, actor_id, client_id, message_type, content, created_at, partition,
                          command_pos)
        values (v.id, v.last_seq, event_id(cmd.id, p_ordinal), v.message_count, p_actor, p_client, 4, p_content, now(),
                cmd.partition, cmd.pos);
    return v.last_seq;
end $$;

-- The answer to a machine that has said something.
create function posted_json(m messages, p_is_new boolean) returns jsonb language sql immutable as $$
    select jsonb_build_object('id', m.id, 'seq', m.seq, 'created_at', m.created_at, 'is_new', p_is_new)
$$;

-- Says something as the system, for a machine. What was said once is answered as the first time, whatever has changed since.
create function post_system_message(
    cmd placed_command, v conversations, p_role smallint, out outcome smallint, out detail jsonb
) language plpgsql as $$
declare
    v_conversation uuid := (cmd.body ->> 'conversation_id')::uuid;
    v_actor bigint := (cmd.body ->> 'actor_id')::bigint;
    v_client text := cmd.body ->> 'client_id';
    v_seq bigint;
    m messages;
begin
    outcome := 6;
    select * into m from messages x where x.id = cmd.id;
    if m.id is null and v_client is not null then
        select * into m from messages x where x.conversation_id = v_conversation and x.actor_id = v_actor
                                          and x.sender_id is null and x.client_id = v_client;
    end if;
    if m.id is not null then
        detail := posted_json(m, m.id = cmd.id);
    elsif v.id is null then
        outcome := 3;
    elsif (cmd.body ->> 'not_after')::timestamptz < clock_timestamp() then
        outcome := 4;
    elsif p_role is distinct from 3 then
        outcome := 7;
    else
        v_seq := append_system_message(cmd, v.id, 0, v_actor, cmd.body ->> 'content', v_client);
        select * into m from messages x where x.conversation_id = v.id and x.seq = v_seq;
        detail := posted_json(m, true);
    end if;
end $$;

-- Deletes a message for an administrator, who need not take part.
create function moderate_message(
    cmd placed_command, v conversations, p_role smallint, out outcome smallint, out detail jsonb
) language plpgsql as $$
declare
    me participants;
begin
    if v.id is null then
        outcome := 3;
    elsif (cmd.body ->> 'not_after')::timestamptz < clock_timestamp() then
        outcome := 4;
    elsif p_role is distinct from 2 then
        outcome := 7;
    else
        me.user_id := (cmd.body ->> 'actor_id')::bigint;
        me.role := 0;
        select * into outcome, detail from delete_message(cmd, v, me);
    end if;
end $$;

-- Carries out one command that is neither a message nor a creation. A known one is answered as the first time.
create or replace function carry_out(
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
    if p_kind = 'post_system_message' then
        select * into outcome, detail from post_system_message(cmd, v, outside_role((cmd.body ->> 'actor_id')::bigint));
    elsif p_kind = 'moderate_message' then
        select * into outcome, detail from moderate_message(cmd, v, outside_role((cmd.body ->> 'actor_id')::bigint));
    elsif me.user_id is null then
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

-- Begins one conversation, unless it is there. p_people: those of its people who exist; their rows are locked. A machine that begins it
-- for others names its owner, and takes no part in it.
create or replace function create_conversation(
    cmd placed_command, p_people bigint[],
    out outcome smallint, out id uuid, out seq bigint, out at timestamptz, out detail jsonb, out news jsonb
) language plpgsql as $$
#variable_conflict use_column
declare
    v_actor bigint := (cmd.body ->> 'actor_id')::bigint;
    v_owner bigint := coalesce((cmd.body ->> 'owner_id')::bigint, v_actor);
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
    if v_owner <> v_actor and outside_role(v_actor) is distinct from 3 then
        outcome := 7;
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
        select cmd.id, x, case when x = v_owner then 0 else 2 end, 1 from unnest(v_people) as x;
    detail := jsonb_build_object('conversation', conversation_summary(cmd.id));
    insert into log_events (conversation_id, seq, id, kind, actor_id, body, created_at, partition, command_pos)
        values (cmd.id, 1, cmd.id, 1, v_actor, detail, at, cmd.partition, cmd.pos);
    perform tell_memberships(cmd, cmd.id, v_people, array_fill(1::bigint, array[cardinality(v_people)]));
    if cardinality(v_people) <= 200 then perform tell_acquaintances(cmd, v_people); end if;
    news := news_of(cmd);
end $$;

-- Whose membership versions these commands may raise: locked in the order of their ids, so that no two batches wait for
-- each other. Returns those who exist and may take part: machines may not.
create or replace function lock_people(p_kinds text[], p_bodies jsonb[]) returns bigint[] language plpgsql as $$
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
            from (select u.id from users u where u.id = any (v_named) and u.role <> 3 order by u.id for no key update) x;
    end if;
    return coalesce(v_locked, '{}');
end $$;
