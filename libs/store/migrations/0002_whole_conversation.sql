-- Who takes part, what each has read, and what is told without standing in the log. Forward only.

-- Raised with every conversation that the person enters or leaves: whoever follows the person sees a hole.
alter table users add column membership_version bigint not null default 0;

alter table participants
    -- Everything up to and with it is read.
    add column read_seq bigint not null default 0,
    add column read_at timestamptz;

-- Messages of others that were read after a gap: positions beyond their reader's read_seq.
create table read_marks (
    conversation_id uuid not null,
    user_id bigint not null,
    seq bigint not null,
    primary key (conversation_id, user_id, seq)
);

-- What a command tells without putting it into the log, and the first answer of commands that leave no other trace.
-- Kept for a while after it was told.
create table outbox (
    partition smallint not null,
    command_pos bigint not null,
    ord int not null,
    command_id uuid not null,
    -- The conversation, or the user, whose subject it goes to; neither in the row that keeps the answer.
    conversation_id uuid,
    user_id bigint,
    body jsonb not null,
    created_at timestamptz not null default now(),
    primary key (partition, command_pos, ord)
);
create index outbox_command on outbox (command_id);
