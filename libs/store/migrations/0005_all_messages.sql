-- The messages of all conversations of a person are merged by time, not indexed by it (docs/adr/0016): within a conversation
-- their times follow their positions. Forward only.

-- The newest position of a conversation up to which all messages were stored before `p_at`; `p_last` is its newest message,
-- and everything in it has happened from `p_created_at` to `p_updated_at`. Looks at a few messages, never at a stretch of
-- them: twice where the time makes one expect the place, then in the middle of what is left, and so on.
create function message_seq_before(
    p_conversation uuid, p_at timestamptz, p_created_at timestamptz, p_updated_at timestamptz, p_last bigint
) returns bigint language plpgsql stable as $$
declare
    -- Everything up to and with v_low was before, everything after v_high was not.
    v_low bigint := 0;
    v_low_at timestamptz := p_created_at;
    v_high bigint := p_last;
    v_high_at timestamptz := p_updated_at;
    v_look int := 0;
    v_probe bigint;
    v_seq bigint;
    v_at timestamptz;
begin
    if p_updated_at < p_at then return p_last; end if;
    while v_low < v_high loop
        v_look := v_look + 1;
        v_probe := case when v_look % 3 = 0 then (v_low + v_high + 1) / 2
            else v_low + ceil((v_high - v_low) * date_part('epoch', p_at - v_low_at)
                              / greatest(date_part('epoch', v_high_at - v_low_at), 0.000001)) end;
        v_probe := greatest(least(v_probe, v_high), v_low + 1);
        select m.seq, m.created_at into v_seq, v_at from messages m
            where m.conversation_id = p_conversation and m.seq <= v_probe order by m.seq desc limit 1;
        if not found or v_seq <= v_low then
            v_low := v_probe;
        elsif v_at < p_at then
            v_low := v_probe;
            v_low_at := v_at;
        else
            v_high := v_seq - 1;
            v_high_at := v_at;
        end if;
    end loop;
    return v_low;
end $$;

-- Pictures, files, recordings and what the system says are few among many words: found without reading those.
create index messages_by_type on messages (conversation_id, message_type, seq) where message_type <> 0;
