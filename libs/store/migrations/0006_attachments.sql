-- Uploaded files: what is known of them, in which messages they were sent, and which are to be collected. Their bytes are objects
-- elsewhere, named by the id alone.

create table attachments (
    id uuid primary key,
    uploader_id bigint not null,
    name text not null,
    -- 0 arriving: nobody sees it. 1 finished. 2 doomed: its objects are being removed, nobody sees it any more.
    state smallint not null default 0,
    -- What was announced; once it is finished, what is there.
    size bigint not null,
    kind smallint,
    content_type text,
    sha256 bytea,
    width int,
    height int,
    duration_ms bigint,
    waveform smallint[],
    thumbnail_type text,
    created_at timestamptz not null default now(),
    -- Until when a signed URL may bring the bytes; null for what came through the api, and once what came late has been removed.
    upload_until timestamptz,
    -- Who completes such an upload, or removes the objects, has until then.
    busy_until timestamptz,
    -- When it is collected; null while it stands in a message.
    collect_after timestamptz
);
create index attachments_collect_after on attachments (collect_after) where collect_after is not null;
create index attachments_upload_until on attachments (upload_until) where upload_until is not null;

create table message_attachments (
    conversation_id uuid not null,
    seq bigint not null,
    ord smallint not null,
    attachment_id uuid not null,
    primary key (conversation_id, seq, ord)
);
create index message_attachments_attachment on message_attachments (attachment_id);

-- How many rows message_attachments has of a message: whoever reads a message without any looks no further.
alter table messages add column attachment_count smallint not null default 0;

create index conversations_deleted on conversations (deleted_at) where deleted_at is not null;

-- Whether all of these may be sent by this person: finished, the sender's own, each once, at most 10. Locks them in the order of their
-- ids against collection until the transaction ends; whoever stores several messages locks all of theirs first, with lock_attachments.
create function check_attachments(p_sender bigint, p_ids uuid[]) returns boolean language plpgsql as $$
declare
    v_count bigint := coalesce(cardinality(p_ids), 0);
begin
    if v_count = 0 then return true; end if;
    if v_count > 10 then return false; end if;
    return v_count = (
        select count(*) from (
            select 1 from attachments a
            where a.id = any (p_ids) and a.uploader_id = p_sender and a.state = 1
            order by a.id for no key update) x);
end $$;

create function lock_attachments(p_ids uuid[]) returns void language sql as $$
    select 1 from attachments a where a.id = any (p_ids) order by a.id for no key update
$$;

-- Puts checked attachments into a stored message, in this order. The message's own row carries their number.
create function link_attachments(p_conversation uuid, p_seq bigint, p_ids uuid[]) returns void language sql as $$
    insert into message_attachments (conversation_id, seq, ord, attachment_id)
        select p_conversation, p_seq, i.ord - 1, i.id from unnest(p_ids) with ordinality as i (id, ord);
    update attachments a set collect_after = null where a.id = any (p_ids) and a.collect_after is not null
$$;

-- Takes the attachments out of a deleted message. What stands in no other is seen and sent no more, and collected soon.
create function unlink_attachments(p_conversation uuid, p_seq bigint) returns void language plpgsql as $$
declare
    v_ids uuid[];
begin
    with gone as (
        delete from message_attachments l where l.conversation_id = p_conversation and l.seq = p_seq returning l.attachment_id
    ) select array_agg(g.attachment_id) into v_ids from gone g;
    perform lock_attachments(v_ids);
    update attachments a set state = 2, collect_after = now()
        where a.id = any (v_ids) and not exists (select 1 from message_attachments l where l.attachment_id = a.id);
end $$;

-- An attachment as clients see it.
create function attachment_json(a attachments) returns jsonb language sql stable as $$
    select jsonb_build_object(
        'id', a.id,
        'name', a.name,
        'content_type', a.content_type,
        'size', a.size,
        'sha256', encode(a.sha256, 'hex'),
        'kind', (array['image', 'voice', 'file'])[a.kind + 1],
        'width', a.width,
        'height', a.height,
        'duration_ms', a.duration_ms,
        'waveform', a.waveform,
        'url', '/api/chat/attachments/' || a.id || '/',
        'thumbnail_url', case when a.thumbnail_type is not null then '/api/chat/attachments/' || a.id || '/thumbnail/' end,
        'created_at', to_char(a.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
$$;

-- The attachments of a message, in their order.
create function message_attachments_json(p_conversation uuid, p_seq bigint) returns jsonb language sql stable as $$
    select coalesce(jsonb_agg(attachment_json(a) order by l.ord), '[]')
    from message_attachments l join attachments a on a.id = l.attachment_id
    where l.conversation_id = p_conversation and l.seq = p_seq
$$;
