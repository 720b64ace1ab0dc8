-- A batch costs less: what is rare has statements of its own, and a batch without it does not begin them.

-- Decides and stores one batch in one transaction: fence (f_*), messages (m_*), every other command (c_*).
-- Commands of one step touch each conversation with one kind only; steps are carried out in order.
create or replace function apply_commands(
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
    v_steps int := (select max(x) from unnest(m_step || c_step) x);
    v_people bigint[];
    v_held int;
    v_conversations uuid[];
    v_known uuid[];
    v_is_attached boolean := cardinality(array_remove(m_attachments, null)) > 0;
    v_command record;
begin
    -- Locked and compared in one: what had to be waited for is compared as it is then.
    select count(*) into v_held from (
        select from unnest(f_partition, f_epoch, f_from) as f (id, epoch, from_pos) join partitions p on p.id = f.id
        where p.owner = p_worker and p.epoch = f.epoch and p.incarnation = p_incarnation and p.stored_pos = f.from_pos
        order by p.id for no key update of p) x;
    if v_held < greatest(cardinality(f_partition), 1) then
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

    update partitions p set stored_pos = f.to_pos, stored_command = f.command, attempts = 0, suspect = null,
                            lease_until = clock_timestamp() + p_lease
        from unnest(f_partition, f_to, f_command) as f (id, to_pos, command) where p.id = f.id;

    v_conversations := m_conversation;
    if cardinality(c_ord) > 0 then
        v_conversations := v_conversations || array(
            select (i.body ->> 'conversation_id')::uuid from unnest(c_kind, c_body) as i (kind, body)
            where i.kind not in ('mark_as_read', 'create_conversation'));
    end if;
    if cardinality(v_conversations) > 0 then
        perform from conversations c where c.id = any (v_conversations) order by c.id for no key update;
    end if;
    if cardinality(c_ord) > 0 then v_people := lock_people(c_kind, c_body); end if;
    if v_is_attached then
        perform lock_attachments(array(
            select x::uuid from unnest(m_attachments) as i (ids), regexp_split_to_table(i.ids, ',') as x
            where i.ids is not null));
    end if;

    for v_step in 0..coalesce(v_steps, -1) loop
        if v_step = any (m_step) then
        if v_is_attached then
            v_known := array(select m.id from messages m where m.id = any (m_id));
        end if;
        return query
            with asked as materialized (
                select i.*, c.last_seq, c.message_count, p.user_id is not null and c.deleted_at is null as is_member,
                       coalesce(kc.id, kk.id) as known_id, coalesce(kc.seq, kk.seq) as known_seq,
                       coalesce(kc.created_at, kk.created_at) as known_at, kc.id is not null as is_same_command,
                       i.reply_to is not null and not exists (
                           select from messages r where r.id = i.reply_to and r.conversation_id = i.conversation_id) as is_reply_unknown,
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
        if v_is_attached then
            perform link_attachments(m.conversation_id, m.seq, string_to_array(i.attachments, ',')::uuid[])
                from unnest(m_step, m_id, m_attachments) as i (step, id, attachments) join messages m on m.id = i.id
                where i.step = v_step and i.attachments is not null and m.id <> all (v_known);
        end if;
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
