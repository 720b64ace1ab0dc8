-- Edits, deletions, reactions, blocks, and what the system says. Forward only.

alter table messages
    -- Of a system message: who caused it.
    add column actor_id bigint,
    -- What was said at first, once it was edited.
    add column original_content text,
    -- Where in the log its edits stand: their texts go with the message's.
    add column edit_seqs bigint[] not null default '{}',
    -- Whoever reads a message without any looks no further.
    add column has_reactions boolean not null default false;

create table reactions (
    conversation_id uuid not null,
    seq bigint not null,
    emoji text not null,
    user_id bigint not null,
    created_at timestamptz not null default now(),
    primary key (conversation_id, seq, emoji, user_id)
);

create table blocks (
    user_id bigint not null,
    blocked_id bigint not null,
    created_at timestamptz not null default now(),
    primary key (user_id, blocked_id)
);
create index blocks_blocked on blocks (blocked_id, user_id);

-- In how many blocks the person stands, on either side: whoever stands in none is not looked up.
alter table users add column block_count int not null default 0;

-- Whether anybody else in this conversation has blocked the person or is blocked by them.
create function is_blocked(p_conversation uuid, p_user bigint) returns boolean language sql stable as $$
    select exists (
        select 1 from participants q join blocks b on (b.user_id, b.blocked_id) in ((p_user, q.user_id), (q.user_id, p_user))
        where q.conversation_id = p_conversation and q.user_id <> p_user and q.left_seq is null)
$$;

-- Whether nothing passes between the two people of this conversation: a direct one, or one about a job.
create function is_silenced(v conversations, me participants) returns boolean language sql stable as $$
    select case when v.kind <> 1 and v.participant_count = 2
                     and (select u.block_count > 0 from users u where u.id = me.user_id)
                then is_blocked(v.id, me.user_id) else false end
$$;

-- The reactions on a message, the oldest kind first, as one of its readers sees them; without a reader `me` is false.
create function reactions_json(p_conversation uuid, p_seq bigint, p_reader bigint) returns jsonb language sql stable as $$
    select coalesce(jsonb_agg(jsonb_build_object('emoji', x.emoji, 'count', x.count, 'me', x.me) order by x.first, x.emoji), '[]')
    from (select r.emoji, count(*) as count, coalesce(bool_or(r.user_id = p_reader), false) as me, min(r.created_at) as first
          from reactions r where r.conversation_id = p_conversation and r.seq = p_seq group by r.emoji) x
$$;

-- A message as events show it, to nobody in particular.
create function message_json(p_conversation uuid, p_seq bigint) returns jsonb language sql stable as $$
    select jsonb_build_object(
        'id', m.id,
        'conversation_id', m.conversation_id,
        'seq', m.seq,
        'content', m.content,
        'message_type', (array['text', 'image', 'file', 'voice', 'system'])[m.message_type + 1],
        'sender', case when m.sender_id is not null then jsonb_build_object(
            'id', u.id, 'name', u.name, 'avatar_url', u.avatar_url,
            'role', (array['client', 'freelancer', 'admin', 'service'])[u.role + 1]) end,
        'attachments', case when m.attachment_count > 0 then message_attachments_json(m.conversation_id, m.seq) else '[]' end,
        'reply_to', m.reply_to,
        'reactions', case when m.has_reactions then reactions_json(m.conversation_id, m.seq, null) else '[]' end,
        'client_id', m.client_id,
        'created_at', to_char(m.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'edited_at', to_char(m.edited_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'deleted_at', to_char(m.deleted_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
    from messages m left join users u on u.id = m.sender_id
    where m.conversation_id = p_conversation and m.seq = p_seq
$$;

-- Says something without a sender. It is never unread: it repeats the number of the message before it.
create function append_system_message(
    cmd placed_command, p_conversation uuid, p_ordinal int, p_actor bigint, p_content text
) returns bigint language plpgsql as $$
declare
    v conversations;
begin
    update conversations c set last_seq = c.last_seq + 1, last_message_seq = c.last_seq + 1, updated_at = now()
        where c.id = p_conversation returning * into v;
    insert into messages (conversation_id, seq, id, number, actor_id, message_type, content, created_at, partition, command_pos)
        values (v.id, v.last_seq, event_id(cmd.id, p_ordinal), v.message_count, p_actor, 4, p_content, now(),
                cmd.partition, cmd.pos);
    return v.last_seq;
end $$;

-- The message that a command is about.
create function message_of(cmd placed_command, v conversations) returns messages language sql stable as $$
    select m from messages m where m.id = (cmd.body ->> 'message_id')::uuid and m.conversation_id = v.id
$$;

-- Gives one's own message another text.
create function edit_message(
    cmd placed_command, v conversations, me participants, out outcome smallint, out detail jsonb
) language plpgsql as $$
declare
    m messages := message_of(cmd, v);
    v_content text := cmd.body ->> 'content';
begin
    if m.id is null then
        outcome := 3;
    elsif m.sender_id is distinct from me.user_id then
        outcome := 7;
    elsif m.deleted_at is not null then
        outcome := 8;
        detail := to_jsonb('The message is deleted.'::text);
    elsif m.created_at < now() - make_interval(secs => (cmd.body ->> 'window_secs')::int) then
        outcome := 8;
        detail := to_jsonb('The message is too old to be edited.'::text);
    elsif cardinality(m.edit_seqs) >= 500 then
        outcome := 8;
        detail := to_jsonb('The message was edited too often.'::text);
    elsif is_silenced(v, me) then
        outcome := 10;
    elsif btrim(v_content, E' \t\r\n') = '' and m.attachment_count = 0 then
        outcome := 5;
        detail := '{"errors": {"content": ["May not be blank."]}}';
    else
        outcome := 6;
        if v_content = m.content then return; end if;
        update messages x set content = v_content, edited_at = now(), edit_seqs = x.edit_seqs || (v.last_seq + 1),
                              original_content = coalesce(x.original_content, x.content)
            where x.conversation_id = v.id and x.seq = m.seq;
        perform append_event(cmd, v.id, 0, 6, me.user_id,
                             jsonb_build_object('message_seq', m.seq, 'message', message_json(v.id, m.seq)));
    end if;
end $$;

-- Leaves a tombstone of a message: nothing of its text, its reactions and attachments stays.
create function delete_message(
    cmd placed_command, v conversations, me participants, out outcome smallint, out detail jsonb
) language plpgsql as $$
declare
    m messages := message_of(cmd, v);
begin
    if m.id is null then
        outcome := 3;
    elsif m.sender_id is distinct from me.user_id and me.role > 1 then
        outcome := 7;
    else
        outcome := 6;
        if m.deleted_at is not null then return; end if;
        update log_events e set body = jsonb_set(e.body, '{message,content}', '""')
            where e.conversation_id = v.id and e.seq = any (m.edit_seqs);
        delete from reactions r where r.conversation_id = v.id and r.seq = m.seq;
        if m.attachment_count > 0 then
            perform unlink_attachments(v.id, m.seq);
            update log_events e set body = jsonb_set(e.body, '{message,attachments}', '[]')
                where e.conversation_id = v.id and e.seq = any (m.edit_seqs);
        end if;
        update messages x set content = '', original_content = null, deleted_at = now(), has_reactions = false,
                              attachment_count = 0
            where x.conversation_id = v.id and x.seq = m.seq;
        perform append_event(cmd, v.id, 0, 7, me.user_id, jsonb_build_object(
            'message_seq', m.seq, 'message_id', m.id,
            'deleted_at', to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')));
    end if;
end $$;

-- Puts a reaction of one's own on a message, or takes it back.
create function set_reaction(
    cmd placed_command, v conversations, me participants, out outcome smallint, out detail jsonb
) language plpgsql as $$
declare
    m messages := message_of(cmd, v);
    v_emoji text := cmd.body ->> 'emoji';
    v_is_set boolean := (cmd.body ->> 'is_set')::boolean;
    v_is_there boolean := exists (select 1 from reactions r where r.conversation_id = v.id and r.seq = m.seq
                                     and r.emoji = v_emoji and r.user_id = me.user_id);
    v_kinds text[] := array(select distinct r.emoji from reactions r where r.conversation_id = v.id and r.seq = m.seq);
begin
    if m.id is null then
        outcome := 3;
    elsif v_is_set = v_is_there then
        outcome := 6;
    elsif m.deleted_at is not null then
        outcome := 8;
        detail := to_jsonb('The message is deleted.'::text);
    elsif v_is_set and is_silenced(v, me) then
        outcome := 10;
    elsif v_is_set and cardinality(v_kinds) >= 20 and not v_emoji = any (v_kinds) then
        outcome := 8;
        detail := to_jsonb('At most 20 kinds of reactions on a message.'::text);
    else
        outcome := 6;
        if v_is_set then
            insert into reactions (conversation_id, seq, emoji, user_id) values (v.id, m.seq, v_emoji, me.user_id);
        else
            delete from reactions r where r.conversation_id = v.id and r.seq = m.seq and r.emoji = v_emoji
                                      and r.user_id = me.user_id;
        end if;
        update messages x set has_reactions = v_is_set or exists (
                select 1 from reactions r where r.conversation_id = v.id and r.seq = m.seq)
            where x.conversation_id = v.id and x.seq = m.seq;
        perform append_event(cmd, v.id, 0, case when v_is_set then 8 else 9 end, me.user_id, jsonb_build_object(
            'message_seq', m.seq, 'message_id', m.id, 'emoji', v_emoji, 'user_id', me.user_id));
    end if;
end $$;
