-- What is left of somebody who is erased: nothing that they said, sent or were called. An operator calls these, past the log, after the
-- messages were deleted by commands; nobody else has the rights that they need. Forward only.

-- The same value, in which this person has no name and no picture any more.
create function without_person(p_value jsonb, p_user bigint) returns jsonb language plpgsql immutable as $$
declare
    v jsonb;
begin
    case jsonb_typeof(p_value)
        when 'array' then
            return (select coalesce(jsonb_agg(without_person(x.item, p_user) order by x.ord), '[]')
                      from jsonb_array_elements(p_value) with ordinality as x (item, ord));
        when 'object' then
            select coalesce(jsonb_object_agg(x.key, without_person(x.value, p_user)), '{}') into v from jsonb_each(p_value) x;
            return case when v -> 'id' = to_jsonb(p_user) and v ? 'name'
                        then v || '{"name": "Deleted user", "avatar_url": null}' else v end;
        else
            return p_value;
    end case;
end $$;

-- Blanks up to p_limit messages of somebody in one conversation, and in its events their name: for what no command reaches any more, and
-- for what a deleted message keeps. Returns how many messages that were.
create function erase_in_conversation(p_user bigint, p_conversation uuid, p_limit int) returns bigint language plpgsql as $$
declare
    v_count bigint := 0;
    m messages;
begin
    perform 1 from conversations c where c.id = p_conversation for no key update;
    for m in
        select x.* from messages x
         where x.conversation_id = p_conversation and x.sender_id = p_user
           and (x.deleted_at is null or x.client_id is not null or x.content <> '' or x.original_content is not null)
         order by x.seq limit p_limit
    loop
        v_count := v_count + 1;
        if m.attachment_count > 0 then perform unlink_attachments(p_conversation, m.seq); end if;
        update log_events e set body = jsonb_set(jsonb_set(e.body, '{message,content}', '""'), '{message,attachments}', '[]')
            where e.conversation_id = p_conversation and e.seq = any (m.edit_seqs);
        update messages x set content = '', original_content = null, client_id = null, attachment_count = 0,
                              deleted_at = coalesce(x.deleted_at, now())
            where x.conversation_id = p_conversation and x.seq = m.seq;
    end loop;
    -- What may be found of conversations that are not deleted follows their log.
    delete from search_blocks b using conversations c
        where v_count < p_limit and b.conversation_id = p_conversation and c.id = p_conversation and c.deleted_at is not null;
    update log_events e set body = without_person(e.body, p_user)
        where v_count < p_limit and e.conversation_id = p_conversation and e.body::text like '%"id": ' || p_user || '%'
          and e.body <> without_person(e.body, p_user);
    update log_events e set body = jsonb_set(e.body, '{message,client_id}', 'null')
        where v_count < p_limit and e.conversation_id = p_conversation and e.body #>> '{message,client_id}' is not null
          and e.body #> '{message,sender,id}' = to_jsonb(p_user);
    return v_count;
end $$;

-- Takes from somebody the account, name, picture, devices and tokens, and what others have on record of their words. Nobody comes in
-- as them any more. The id stays: others' conversations refer to it.
create function erase_person(p_user bigint) returns void language plpgsql as $$
begin
    perform 1 from users u where u.id = p_user or u.id in (
        select b.blocked_id from blocks b where b.user_id = p_user
        union all select b.user_id from blocks b where b.blocked_id = p_user)
        order by u.id for no key update;
    with gone as (
        delete from blocks b where p_user in (b.user_id, b.blocked_id) returning b.user_id, b.blocked_id
    ) update users u set block_count = u.block_count - x.count
        from (select y.id, count(*) as count from gone g, unnest(array[g.user_id, g.blocked_id]) as y (id) group by y.id) x
        where u.id = x.id;
    update users u set name = 'Deleted user', avatar_url = null, claims_at = '9999-12-31', last_seen = null, presence_status = 2,
                       role = case u.role when 2 then coalesce(u.role_besides, 0) else u.role end, role_besides = null,
                       deactivated_at = coalesce(u.deactivated_at, now())
        where u.id = p_user;
    perform revoke_user(p_user, clock_timestamp());
    delete from accounts a where a.user_id = p_user;
    delete from refresh_tokens t using token_families f where f.id = t.family_id and f.user_id = p_user;
    delete from push_subscriptions s where s.user_id = p_user;
    delete from missed_messages x where x.user_id = p_user;
    delete from webhook_deliveries d where d.body -> 'user_id' = to_jsonb(p_user);
    update reports r set content = '' where r.sender_id = p_user and r.content <> '';
    update reports r set reason = '' where r.reporter_id = p_user and r.reason <> '';
    update attachments a set name = '' where a.uploader_id = p_user;
    update attachments a set state = 2, collect_after = now()
        where a.uploader_id = p_user and not exists (select from message_attachments l where l.attachment_id = a.id);
end $$;
