-- What is brought in from other systems waits here until it is stored as if it had been said here. Only the operator's tool,
-- as the owner, comes here. Forward only.

create schema import;

-- The one import that is under way, or was last: which files it reads, and how far it is.
create table import.run (
    only_row boolean primary key default true check (only_row),
    source text not null,
    -- SHA-256 over the files.
    digest bytea not null,
    -- How many entries of the files are in the tables below.
    entries bigint not null default 0,
    started_at timestamptz not null default now(),
    staged_at timestamptz,
    finished_at timestamptz,
    -- The position that the next row to be stored gets: below 0, before all commands and before earlier imports.
    next_pos bigint
);

create table import.people (
    original text primary key,
    -- Null until one is given.
    user_id bigint,
    name text,
    avatar_url text,
    role smallint not null default 0,
    last_seen timestamptz
);

create table import.conversations (
    id uuid primary key,
    kind smallint not null,
    title text,
    job jsonb,
    owner text,
    is_active boolean not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    -- 1 stored; 2 left alone, because a conversation of this id was there before.
    outcome smallint
);
create index conversations_waiting on import.conversations (updated_at, id) where outcome is null;

create table import.participants (
    conversation_id uuid not null,
    person text not null,
    primary key (conversation_id, person)
);

create table import.messages (
    id uuid primary key,
    conversation_id uuid not null,
    -- Decides between messages of one time.
    ord int not null,
    sender text,
    content text not null,
    message_type smallint not null,
    created_at timestamptz not null,
    edited_at timestamptz,
    reply_to uuid,
    -- Where its file lies beside the export, and what that became here.
    attachment text,
    attachment_id uuid,
    -- Whether somebody but the sender has read it.
    is_read boolean not null
);
create index messages_order on import.messages (conversation_id, created_at, ord, id);

create table import.reads (
    message_id uuid not null,
    person text not null,
    read_at timestamptz,
    primary key (message_id, person)
);

create table import.reactions (
    message_id uuid not null,
    person text not null,
    emoji text not null,
    created_at timestamptz not null,
    primary key (message_id, person, emoji)
);
