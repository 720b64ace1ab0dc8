-- The messages of all conversations of a person are merged by time, not indexed by it (docs/adr): within a conversation
-- their times follow their positions. Forward only.

-- The newest position of a conversation whose messages up to it were all stored before `p_at`; `p_last` is its newest
-- message, and nothing has happened in it after `p_updated_at`. Looks at a few messages, never at a stretch of them: first
-- at ever longer steps back from the newest, then by halving.
create function message_seq_before(p_conversation uuid, p_at timestamptz, p_updated_at timestamptz, p_last bigint)
returns bigint language plpgsql stable as $$
declare
    -- Everything up to and with v_low was before, everything after v_high was not.
    v_low bigint := 0;
    v_high bigint := p_last;
    v_probe bigint := p_last;
    v_step bigint := 1;
    v_seq bigint;
    v_time timestamptz;
begin
    if p_updated_at < p_at then return p_last; end if;
    while v_low < v_high loop
        select m.seq, m.created_at into v_seq, v_time from messages m
            where m.conversation_id = p_conversation and m.seq <= v_probe order by m.seq desc limit 1;
        if not found or v_seq <= v_low or v_time < p_at then
            v_low := v_probe;
        else
            v_high := v_seq - 1;
        end if;
        if v_low = 0 and v_high > v_step then
            v_probe := v_high - v_step;
            v_step := v_step * 2;
        else
            v_probe := (v_low + v_high + 1) / 2;
        end if;
    end loop;
    return v_low;
end $$;

-- Pictures, files, recordings and what the system says are few among many words: found without reading those.
create index messages_by_type on messages (conversation_id, message_type, seq) where message_type <> 0;
