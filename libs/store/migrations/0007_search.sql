-- What messages are found by: blocks of neighbouring messages of one conversation with their tokens. Filled beside the write
-- path from messages alone, and could be filled anew from them at any time. Forward only.

-- A block has the messages in [first_seq, first_seq + 8), or, once the log has gone past them, in a stretch of up to 64 that
-- begins at a multiple of its length. The position of a token is its message: 1 is first_seq.
create table search_blocks (
    conversation_id uuid not null,
    first_seq bigint not null,
    -- Everything up to here is in.
    through_seq bigint not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    -- When each was stored, in microseconds since 1970, by its position.
    micros bigint[] not null,
    -- Words; `@` and a user's id; `#` and a type other than text.
    tokens tsvector not null,
    primary key (conversation_id, first_seq)
) with (fillfactor = 90, toast_tuple_target = 8160);
-- Looked at by the thousand: a block fits into a page, and is not taken apart.
alter table search_blocks alter column tokens set storage external;

-- How far each partition's commands are in the blocks. Whoever fills locks the row.
create table search_positions (
    partition smallint primary key,
    incarnation bigint not null,
    pos bigint not null,
    -- Beside that: up to where the rows of former incarnations, or of all when the blocks are made anew, have been gone through; null
    -- when there are none left.
    backlog_pos bigint,
    filled_at timestamptz not null default now()
) with (fillfactor = 50);
insert into search_positions (partition, incarnation, pos, backlog_pos)
    select p.id, p.incarnation, p.stored_pos, -9223372036854775808 from partitions p;
